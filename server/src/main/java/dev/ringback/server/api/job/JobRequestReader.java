package dev.ringback.server.api.job;

import com.google.protobuf.ByteString;
import dev.ringback.server.api.read.BodyField;
import dev.ringback.server.api.read.DurationField;
import dev.ringback.server.api.read.HeaderFields;
import dev.ringback.server.api.read.LabelFields;
import dev.ringback.server.api.read.MethodField;
import dev.ringback.server.api.read.RetryFields;
import dev.ringback.server.api.read.ScheduleFields;
import dev.ringback.server.api.read.UrlField;
import dev.ringback.server.api.read.Violations;
import dev.ringback.server.job.JobRequest;
import dev.ringback.server.job.JobRequest.Retries;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.v1.CreateJobRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what a create asks for, and tells all that is wrong with it at once.
 *
 * <p>Thread-safe.
 */
final class JobRequestReader {
  private static final Set<String> UTC = Set.of("", "UTC", "Etc/UTC");

  private final Duration minBackoff;
  private final int maxBodyBytes;
  private final InstantSource clock;

  /**
   * @param minBackoff the shortest wait between attempts, where a create says none
   */
  JobRequestReader(Duration minBackoff, int maxBodyBytes, InstantSource clock) {
    this.minBackoff = minBackoff;
    this.maxBodyBytes = maxBodyBytes;
    this.clock = clock;
  }

  /**
   * What is asked for. Where something is wrong and is noted, it is not that, and must not be used.
   */
  JobRequest read(CreateJobRequest request, Violations violations) {
    TargetUrl url = UrlField.read("url", request.getUrl(), violations);
    Map<String, String> headers = HeaderFields.read("headers", request.getHeadersMap(), violations);
    Map<String, String> labels = LabelFields.read("labels", request.getLabelsMap(), violations);
    Optional<String> method = method(request, violations);
    byte[] body = body(request, violations);
    Optional<Schedule> schedule = schedule(request, violations);
    Retries retries = retries(request, violations);
    Optional<Duration> deadline =
        DurationField.read(
            "attempt_deadline",
            request.getAttemptDeadline(),
            Duration.ofSeconds(1),
            Duration.ofMinutes(30),
            violations);
    return new JobRequest(url, method, headers, body, schedule, retries, deadline, labels);
  }

  private static Optional<String> method(CreateJobRequest request, Violations violations) {
    String one = request.getMethod();
    String other = request.getHttpMethod();
    if (!one.isEmpty() && !other.isEmpty() && !one.equalsIgnoreCase(other)) {
      violations.add(
          "http_method", "is another name for method: when both are given they must be the same");
    }
    return one.isEmpty()
        ? MethodField.read("http_method", other, violations)
        : MethodField.read("method", one, violations);
  }

  private byte[] body(CreateJobRequest request, Violations violations) {
    ByteString text = request.getBodyBytes();
    ByteString binary = request.getBinaryBody();
    if (!text.isEmpty() && !binary.isEmpty()) {
      violations.add("binary_body", "must not be given together with body");
    }
    return text.isEmpty()
        ? BodyField.read("binary_body", binary, maxBodyBytes, violations)
        : BodyField.read("body", text, maxBodyBytes, violations);
  }

  private Optional<Schedule> schedule(CreateJobRequest request, Violations violations) {
    int given =
        (request.getScheduledAt().isEmpty() ? 0 : 1)
            + (request.getDelay().isEmpty() ? 0 : 1)
            + (request.getCron().isEmpty() ? 0 : 1);
    if (given > 1) {
      String surplus = request.getCron().isEmpty() ? "delay" : "cron";
      violations.add(surplus, "scheduled_at, delay and cron exclude each other: give one");
    }
    if (!UTC.contains(request.getTimeZone())) {
      violations.add("time_zone", "must be UTC: other time zones are not there yet");
    } else if (!request.getTimeZone().isEmpty() && request.getCron().isEmpty()) {
      violations.add("time_zone", "is for cron; scheduled_at holds its own offset");
    }
    Optional<Schedule> at =
        ScheduleFields.at("scheduled_at", request.getScheduledAt(), clock.instant(), violations);
    Optional<Schedule> after = ScheduleFields.after("delay", request.getDelay(), violations);
    Optional<Schedule> recurring = ScheduleFields.recurring("cron", request.getCron(), violations);
    return recurring.or(() -> at).or(() -> after);
  }

  private Retries retries(CreateJobRequest request, Violations violations) {
    var given = request.getRetryPolicy();
    Optional<Integer> max =
        request.hasMaxRetries()
            ? RetryFields.maxRetries("max_retries", request.getMaxRetries(), violations)
            : Optional.empty();
    Optional<Duration> min =
        RetryFields.minBackoff("retry_policy.min_backoff", given.getMinBackoff(), violations);
    return new Retries(
        max,
        min,
        RetryFields.maxBackoff(
            "retry_policy.max_backoff", given.getMaxBackoff(), min.orElse(minBackoff), violations),
        RetryFields.maxDuration(
            "retry_policy.max_retry_duration", given.getMaxRetryDuration(), violations));
  }
}
