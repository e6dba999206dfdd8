package dev.ringback.server.api.call;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.v1.ErrorReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of reasons against the proto's reasons and the table of docs/api.md. */
class ReasonTest {
  /** HTTP status, gRPC code, reason. */
  private static final Pattern ROW =
      Pattern.compile("^\\| ([^|]+) \\| (\\d+) \\| `([A-Z_]+)` \\|", Pattern.MULTILINE);

  @Test
  void everyReasonHasARow() {
    Set<ErrorReason> reasons = EnumSet.allOf(ErrorReason.class);
    reasons.removeAll(Set.of(ErrorReason.ERROR_REASON_UNSPECIFIED, ErrorReason.UNRECOGNIZED));
    assertThat(Stream.of(Reason.values()).map(Reason::word).collect(Collectors.toSet()))
        .isEqualTo(reasons);
  }

  @Test
  void noRowIsThereTwice() {
    assertThat(rows()).doesNotHaveDuplicates();
  }

  @Test
  void theDocsHaveTheSameRows() throws IOException {
    String docs = Files.readString(Path.of("../docs/api.md"));
    String errors = docs.substring(docs.indexOf("\n## Errors\n"));
    assertThat(
            ROW.matcher(errors)
                .results()
                .map(row -> row.group(1) + " " + row.group(2) + " " + row.group(3)))
        .containsExactlyInAnyOrderElementsOf(rows());
  }

  private static List<String> rows() {
    return Stream.of(Reason.values())
        .map(reason -> http(reason) + " " + reason.code().value() + " " + reason.word())
        .toList();
  }

  /** A watcher over REST has had its 200 already. */
  private static String http(Reason reason) {
    return reason == Reason.WATCHER_TOO_SLOW ? "in a stream" : "" + reason.httpStatus();
  }
}
