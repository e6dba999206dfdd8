package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Outcome.Answered;
import dev.ringback.server.job.Outcome.ErrorClass;
import dev.ringback.server.job.Outcome.Unanswered;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerdictTest {
  private static final Instant DUE = Instant.parse("2027-03-30T10:00:00Z");

  /** No jitter. */
  private static final RandomGenerator DICE = () -> Long.MIN_VALUE;

  @ParameterizedTest
  @ValueSource(ints = {200, 201, 204, 299})
  void successCompletesWhateverTheRetries(int status) {
    assertThat(verdict(claim(1, 0, 0), answer(status), DUE)).isEqualTo(new Verdict.Complete());
    assertThat(verdict(claim(9, 0, 3), answer(status), DUE)).isEqualTo(new Verdict.Complete());
  }

  @ParameterizedTest
  @ValueSource(ints = {101, 199, 300, 301, 304, 400, 404, 410, 429, 500, 503, 599})
  void anyOtherAnswerIsTriedAgain(int status) {
    assertThat(verdict(claim(1, 0, 3), answer(status), DUE)).isEqualTo(retry(10));
  }

  @ParameterizedTest
  @EnumSource(ErrorClass.class)
  void anyFailureIsTriedAgain(ErrorClass error) {
    Outcome failed = new Unanswered(error, "failed", Map.of(), Duration.ZERO);
    assertThat(verdict(claim(1, 0, 3), failed, DUE)).isEqualTo(retry(10));
    assertThat(verdict(claim(4, 0, 3), failed, DUE)).isEqualTo(new Verdict.GiveUp());
  }

  /** 3 retries are up to 4 attempts that are not lost. */
  @ParameterizedTest
  @CsvSource({
    "1, 0, 3, 10",
    "2, 0, 3, 20",
    "3, 0, 3, 40",
    "4, 0, 3, ",
    "1, 0, 0, ",
    "2, 1, 0, ",
    "2, 1, 3, 10",
    "4, 1, 3, 40",
    "5, 1, 3, ",
    "7, 6, 1, 10",
    "1000, 0, 1000, 3600",
    "1001, 0, 1000, ",
  })
  void lostAttemptsAreNoRetries(int number, int lost, int maxRetries, @Nullable Long seconds) {
    assertThat(verdict(claim(number, lost, maxRetries), answer(500), DUE))
        .isEqualTo(seconds == null ? new Verdict.GiveUp() : retry(seconds));
  }

  /** Of 60 s from the due time, when the next wait is 10 s. */
  @ParameterizedTest
  @CsvSource({"-5, true", "0, true", "49, true", "50, true", "51, false", "3600, false"})
  void givesUpWhereTheNextRetryWouldComeTooLate(long secondsAfterDue, boolean again) {
    assertThat(
            verdict(
                claim(1, 0, 3, Optional.of(Duration.ofSeconds(60))),
                answer(500),
                DUE.plusSeconds(secondsAfterDue)))
        .isEqualTo(again ? retry(10) : new Verdict.GiveUp());
  }

  @Test
  void jitterCountsForTheLimitToo() {
    Claim claim = claim(1, 0, 3, Optional.of(Duration.ofSeconds(12)));
    assertThat(Verdict.of(claim, answer(500), DUE, () -> -1)).isEqualTo(new Verdict.GiveUp());
    assertThat(Verdict.of(claim, answer(500), DUE, () -> 0))
        .isEqualTo(new Verdict.Retry(Duration.ofMillis(7_500)));
  }

  private static Verdict verdict(Claim claim, Outcome outcome, Instant now) {
    return Verdict.of(claim, outcome, now, DICE);
  }

  private static Verdict retry(long seconds) {
    return new Verdict.Retry(Duration.ofSeconds(seconds));
  }

  private static Outcome answer(int status) {
    return new Answered(status, Map.of(), Map.of(), new byte[0], false, Duration.ZERO);
  }

  private static Claim claim(int number, int lost, int maxRetries) {
    return claim(number, lost, maxRetries, Optional.empty());
  }

  private static Claim claim(int number, int lost, int maxRetries, Optional<Duration> limit) {
    return new Claim(
        1,
        "one",
        new Lane(1),
        new JobId(new UUID(1, 1)),
        new ExecutionId(new UUID(1, 2)),
        number,
        lost,
        DUE,
        DUE,
        DUE,
        Optional.empty(),
        new Callback(TargetUrl.stored("https://example.com"), "POST", Map.of(), new byte[0]),
        0,
        new Delivery(
            new RetryPolicy(maxRetries, Duration.ofSeconds(10), Duration.ofHours(1), limit),
            Duration.ofSeconds(30)));
  }
}
