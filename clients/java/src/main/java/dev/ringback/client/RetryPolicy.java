package dev.ringback.client;

import java.time.Duration;
import java.util.Optional;

/**
 * How the retries of an execution are spaced: the waits double from the first to the longest, with
 * ±25 % jitter.
 *
 * @param minBackoff the wait before the first retry, from 10 ms to 24 hours
 * @param maxBackoff the longest wait, to 24 hours
 * @param maxRetryDuration no retry is planned for later than this after the scheduled time, from 1
 *     second to 30 days; empty for no such limit
 */
public record RetryPolicy(
    Duration minBackoff, Duration maxBackoff, Optional<Duration> maxRetryDuration) {
  /** Waits between two lengths, without an end but {@code maxRetries}. */
  public static RetryPolicy between(Duration minBackoff, Duration maxBackoff) {
    return new RetryPolicy(minBackoff, maxBackoff, Optional.empty());
  }

  /** The same, with an end. */
  public RetryPolicy atMost(Duration maxRetryDuration) {
    return new RetryPolicy(minBackoff, maxBackoff, Optional.of(maxRetryDuration));
  }

  dev.ringback.v1.RetryPolicy message() {
    return dev.ringback.v1.RetryPolicy.newBuilder()
        .setMinBackoff(Durations.text("minBackoff", minBackoff))
        .setMaxBackoff(Durations.text("maxBackoff", maxBackoff))
        .setMaxRetryDuration(
            maxRetryDuration.map(end -> Durations.text("maxRetryDuration", end)).orElse(""))
        .build();
  }
}
