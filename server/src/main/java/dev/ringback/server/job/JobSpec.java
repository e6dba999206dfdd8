package dev.ringback.server.job;

import java.time.Duration;
import java.util.Map;

/**
 * What a user asks for: what to call, when, and how hard to try.
 *
 * @param attemptDeadline how long one attempt may take as a whole
 */
public record JobSpec(
    Callback callback,
    Schedule schedule,
    RetryPolicy retryPolicy,
    Duration attemptDeadline,
    Map<String, String> labels) {
  public JobSpec {
    labels = Map.copyOf(labels);
  }
}
