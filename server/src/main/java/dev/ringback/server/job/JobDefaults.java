package dev.ringback.server.job;

import java.time.Duration;
import java.util.Optional;

/** What holds where a create says nothing. */
public record JobDefaults(RetryPolicy retryPolicy, Duration attemptDeadline) {
  private static final int MAX_RETRIES = 3;

  /** Of a relay: it is retried until it succeeds, for a week. */
  private static final int RELAY_MAX_RETRIES = 1_000;

  private static final Duration RELAY_MAX_DURATION = Duration.ofDays(7);

  /** The defaults that an operator gives. */
  public static JobDefaults of(Duration minBackoff, Duration maxBackoff, Duration attemptDeadline) {
    return new JobDefaults(
        new RetryPolicy(MAX_RETRIES, minBackoff, maxBackoff, Optional.empty()), attemptDeadline);
  }

  /** The same for what is relayed. */
  public JobDefaults ofRelays() {
    return new JobDefaults(
        new RetryPolicy(
            RELAY_MAX_RETRIES,
            retryPolicy.minBackoff(),
            retryPolicy.maxBackoff(),
            Optional.of(RELAY_MAX_DURATION)),
        attemptDeadline);
  }
}
