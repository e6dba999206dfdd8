package dev.ringback.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.ErrorClass;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class CallLinesTest {
  private static final Instant NOW = Instant.parse("2027-01-01T00:00:00.123Z");
  private static final Duration SOON = Duration.ofSeconds(10);

  private final List<String> printed = new CopyOnWriteArrayList<>();

  private static Outcome answered(int status) {
    return new Outcome.Answered(
        status, Map.of(), Map.of(), new byte[0], false, Duration.ofMillis(34));
  }

  @ParameterizedTest
  @CsvSource({
    "http://h:8080/a/b?c=secret, http://h:8080/a/b",
    "https://h, https://h/",
    "https://h?c=secret, https://h/",
    "https://h/T012345/B012345/abcdSecretabcdefghijklmn, https://h/T012345/B012345/abcd...",
    "https://h/7f3dsecretabcdefghijkl/x/, https://h/7f3d.../x/",
    "https://h/send-notification-to-everybody, https://h/send-notification-to-everybody",
  })
  void hasNothingOfATargetThatMayBeASecret(String url, String shown) throws Exception {
    try (var lines = new CallLines(printed::add, () -> NOW)) {
      lines.ended(TestClaim.of(1, url), answered(200));
    }
    assertThat(printed)
        .singleElement()
        .asString()
        .matches(
            "\\d\\d:\\d\\d:00\\.123  POST \\Q" + shown + "\\E -> 200 in 34 ms  job_\\w+ attempt 1");
  }

  @Test
  void saysWhyThereWasNoAnswer() throws Exception {
    var outcome =
        new Outcome.Unanswered(
            ErrorClass.CONNECT_TIMEOUT, "nobody", Map.of(), Duration.ofSeconds(30));
    try (var lines = new CallLines(printed::add, () -> NOW)) {
      lines.ended(TestClaim.of(1, "http://h/"), outcome);
    }
    assertThat(printed).singleElement().asString().contains(" -> connect_timeout in 30 s  job_");
  }

  @Test
  void countsWhatHasNoPlaceAndHoldsUpNoCall() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    try (var lines =
        new CallLines(
            line -> {
              awaitUninterrupted(stuck);
              printed.add(line);
            },
            () -> NOW)) {
      int calls = 1_000;
      for (int i = 0; i < calls; i++) {
        lines.ended(TestClaim.of(1, "http://h/"), answered(200));
      }
      stuck.countDown();
      Await.until(
          "the others are counted", SOON, () -> printed.stream().anyMatch(l -> l.contains("more")));
      long lined = printed.stream().filter(line -> line.contains("job_")).count();
      assertThat(lined).isLessThanOrEqualTo(2 * CallLines.LINES);
      String more =
          printed.stream().filter(line -> line.contains("more")).findFirst().orElseThrow();
      assertThat(Long.parseLong(more.replaceAll("\\D", "")))
          .isGreaterThanOrEqualTo(calls - 2 * CallLines.LINES);
    }
  }

  /** Both while a line is being printed and before, whichever way it goes. */
  @RepeatedTest(3)
  void closesThoughTheTerminalTakesNothing() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    var lines = new CallLines(_ -> awaitForGood(stuck), () -> NOW);
    lines.ended(TestClaim.of(1, "http://h/"), answered(200));
    lines.ended(TestClaim.of(1, "http://h/"), answered(200));
    lines.close();
    stuck.countDown();
  }

  /** As a write to a terminal that is stopped, which no interrupt ends. */
  private static void awaitForGood(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      awaitUninterrupted(latch);
      var _ = Thread.interrupted();
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
