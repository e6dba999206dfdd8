package dev.ringback.server.job;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/** What follows from an outcome. */
public sealed interface Verdict {
  /** Succeeded: the execution is over. */
  record Complete() implements Verdict {}

  /** Try again after a wait, counted from the moment of recording. */
  record Retry(Duration backoff) implements Verdict {}

  /** Failed for good: the execution is over. */
  record GiveUp() implements Verdict {}

  /**
   * Decides: a pure function of the claim, the outcome, the time and the dice.
   *
   * @param now by the database's clock
   */
  static Verdict of(Claim claim, Outcome outcome, Instant now, RandomGenerator random) {
    if (outcome instanceof Outcome.Answered answered && answered.succeeded()) {
      return new Complete();
    }
    RetryPolicy policy = claim.delivery().retryPolicy();
    if (claim.retries() >= policy.maxRetries()) {
      return new GiveUp();
    }
    Duration backoff = policy.backoff(claim.retries() + 1, random);
    boolean tooLate =
        policy.maxDuration().stream()
            .anyMatch(limit -> now.plus(backoff).isAfter(claim.scheduledAt().plus(limit)));
    return tooLate ? new GiveUp() : new Retry(backoff);
  }
}
