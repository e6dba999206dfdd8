package dev.ringback.server.job;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What a create asks for: what it says, and nothing that it leaves open.
 *
 * @param headers as given, in the order given
 * @param body empty for none
 * @param schedule when to fire; now, where it is not said
 * @param attemptDeadline how long one attempt may take as a whole
 */
public record JobRequest(
    TargetUrl url,
    Optional<String> method,
    Map<String, String> headers,
    byte[] body,
    Optional<Schedule> schedule,
    Retries retries,
    Optional<Duration> attemptDeadline,
    Map<String, String> labels) {
  private static final Schedule NOW = new Schedule.After(Duration.ZERO);

  /** What it says of its {@link RetryPolicy}. */
  public record Retries(
      Optional<Integer> max,
      Optional<Duration> minBackoff,
      Optional<Duration> maxBackoff,
      Optional<Duration> maxDuration) {
    private RetryPolicy policy(RetryPolicy defaults) {
      Duration min = minBackoff.orElse(defaults.minBackoff());
      // Who wants a long first wait has not asked for a shorter one later.
      Duration longest = min.compareTo(defaults.maxBackoff()) > 0 ? min : defaults.maxBackoff();
      return new RetryPolicy(
          max.orElse(defaults.maxRetries()),
          min,
          maxBackoff.orElse(longest),
          maxDuration.or(defaults::maxDuration));
    }
  }

  /** The job that is made of it: the one place where defaults are filled in. */
  public JobSpec spec(JobDefaults defaults) {
    return new JobSpec(
        new Callback(url, method.orElse("POST"), headers, body),
        schedule.orElse(NOW),
        new Delivery(
            retries.policy(defaults.retryPolicy()),
            attemptDeadline.orElse(defaults.attemptDeadline())),
        labels);
  }
}
