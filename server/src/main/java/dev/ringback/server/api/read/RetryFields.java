package dev.ringback.server.api.read;

import java.time.Duration;
import java.util.Optional;

/** How hard to try. */
public final class RetryFields {
  private static final int MOST_RETRIES = 1_000;
  private static final Duration LONGEST_BACKOFF = Duration.ofHours(24);

  private RetryFields() {}

  /** Empty where it is wrong. */
  public static Optional<Integer> maxRetries(String field, int given, Violations violations) {
    if (given < 0 || given > MOST_RETRIES) {
      violations.add(field, "must be from 0 to " + MOST_RETRIES);
      return Optional.empty();
    }
    return Optional.of(given);
  }

  public static Optional<Duration> minBackoff(String field, String text, Violations violations) {
    return DurationField.read(field, text, Duration.ofMillis(10), LONGEST_BACKOFF, violations);
  }

  /**
   * The longest wait.
   *
   * @param min the shortest, below which it must not be
   */
  public static Optional<Duration> maxBackoff(
      String field, String text, Duration min, Violations violations) {
    return DurationField.read(field, text, min, LONGEST_BACKOFF, violations);
  }

  public static Optional<Duration> maxDuration(String field, String text, Violations violations) {
    return DurationField.read(field, text, Duration.ofSeconds(1), Duration.ofDays(30), violations);
  }
}
