package dev.ringback.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of docs/settings.md against {@link ServerConfig}. */
class SettingsTableTest {
  /** Name and default; a default that is not in code quotes is a word, not a value. */
  private static final Pattern ROW =
      Pattern.compile("^\\| `(RINGBACK_[A-Z_]+)` \\| (?:`([^`]*)`)?", Pattern.MULTILINE);

  @Test
  void listsEverySettingInOrder() throws IOException {
    assertThat(rows())
        .extracting(row -> row.group(1))
        .containsExactlyElementsOf(ServerConfigTest.names());
  }

  @Test
  void itsDefaultsAreTheDefaults() throws IOException, InvalidSettings {
    Map<String, String> environment = new HashMap<>();
    for (MatchResult row : rows()) {
      if (row.group(2) != null) {
        environment.put(row.group(1), row.group(2));
      }
    }
    assertThat(environment).hasSize(17);
    assertThat(ServerConfig.read(environment, "node-1"))
        .isEqualTo(ServerConfig.read(Map.of(), "node-1"));
  }

  private static List<MatchResult> rows() throws IOException {
    return ROW.matcher(Files.readString(Path.of("../docs/settings.md"))).results().toList();
  }
}
