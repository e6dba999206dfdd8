package dev.ringback.server.job;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How often and how soon a failed attempt is repeated: exponential backoff with jitter.
 *
 * @param maxRetries how many attempts may follow the first
 * @param minBackoff the wait before the first retry; it doubles with each further one
 * @param maxBackoff the longest wait, before jitter
 * @param maxDuration no retry begins later than this after the execution's scheduled time
 */
public record RetryPolicy(
    int maxRetries, Duration minBackoff, Duration maxBackoff, Optional<Duration> maxDuration) {
  /** Each wait is lengthened or shortened by up to this part of it. */
  private static final double JITTER = 0.25;

  public RetryPolicy {
    if (maxRetries < 0 || minBackoff.isNegative() || maxBackoff.compareTo(minBackoff) < 0) {
      throw new IllegalArgumentException("impossible retry policy");
    }
  }

  /** The wait before a retry, 1 being the first, to the millisecond. */
  public Duration backoff(int retry, RandomGenerator random) {
    // 2^40 times the smallest wait is beyond every limit, and still no overflow.
    double doubled = (double) minBackoff.toMillis() * Math.pow(2, Math.min(retry - 1, 40));
    double capped = Math.min(doubled, (double) maxBackoff.toMillis());
    return Duration.ofMillis(Math.round(capped * random.nextDouble(1 - JITTER, 1 + JITTER)));
  }
}
