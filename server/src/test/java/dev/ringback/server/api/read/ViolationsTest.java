package dev.ringback.server.api.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ringback.server.refusal.Invalid.InvalidFields;
import dev.ringback.server.refusal.Violation;
import java.util.List;
import org.junit.jupiter.api.Test;

public class ViolationsTest {
  @Test
  void areToldTogether() {
    Violations violations = new Violations();
    violations.add("x-fetch-url", "is required");
    violations.add("delay", "is wrong");
    assertThatExceptionOfType(InvalidFields.class)
        .isThrownBy(violations::check)
        .satisfies(e -> {
          assertThat(e.violations())
              .containsExactly(
                  new Violation("x-fetch-url", "is required"), new Violation("delay", "is wrong"));
          assertThat(e.words()).isEqualTo("x-fetch-url: is required; delay: is wrong");
          assertThat(e.isOnlyTooLarge()).isFalse();
        });
  }

  @Test
  void areNamedByTheFieldTheyAreWithin() {
    Violations violations = new Violations();
    violations.add("header", "is wrong");
    violations.within("requests[3]").add("url", "is required");
    violations.within("requests[4]").add("url", "is wrong");
    assertThat(told(violations))
        .extracting(Violation::field)
        .containsExactly("header", "requests[3].url", "requests[4].url");
  }

  @Test
  void areNotToldOfWhatCouldNotBeRead() {
    Violations violations = new Violations();
    violations.addUnread("requests[3].labels", "is given twice");
    Violations within = violations.within("requests[3]");
    within.addUnread("url", "must be text");
    within.add("url", "is required");
    within.add("labels[a]", "is wrong");
    within.add("urls", "is wrong");
    violations.add("requests[3].url", "is required");
    violations.within("requests[4]").add("url", "is required");
    assertThat(told(violations))
        .extracting(Violation::field)
        .containsExactly(
            "requests[3].labels", "requests[3].url", "requests[3].urls", "requests[4].url");
  }

  @Test
  void noneIsNoError() {
    new Violations().check();
  }

  @Test
  void sayWhetherSizeIsAllThatIsWrong() {
    Violations violations = new Violations();
    violations.addTooLarge("body", "is too large");
    assertThatExceptionOfType(InvalidFields.class)
        .isThrownBy(violations::check)
        .matches(InvalidFields::isOnlyTooLarge);
    violations.add("url", "is required");
    assertThatExceptionOfType(InvalidFields.class)
        .isThrownBy(violations::check)
        .matches(e -> !e.isOnlyTooLarge());
  }

  /** They travel in HTTP/2 trailers, of which a client may take no more than 8 KiB. */
  @Test
  void areNoMoreThanAnAnswerCanHold() {
    Violations many = new Violations();
    for (int i = 0; i < 1_000; i++) {
      many.add("headers[" + i + "]", "has an invalid name");
    }
    assertThat(told(many)).hasSizeBetween(20, 100);
    int listed = told(many).size() - 1;
    assertThat(told(many).getLast())
        .isEqualTo(
            new Violation(
                "request", "has " + (1_000 - listed) + " further violations, not listed"));

    Violations large = new Violations();
    large.add("headers[" + "a".repeat(100_000) + "]", "b".repeat(100_000));
    large.add("headers[" + "ä".repeat(100_000) + "]", "has an invalid name");
    assertThat(told(large))
        .hasSize(2)
        .allMatch(v -> v.field().length() <= 101 && v.description().length() <= 501)
        .allMatch(v -> v.field().startsWith("headers[") && v.field().endsWith("…"));
  }

  public static List<Violation> told(Violations violations) {
    try {
      violations.check();
      return List.of();
    } catch (InvalidFields e) {
      return e.violations();
    }
  }
}
