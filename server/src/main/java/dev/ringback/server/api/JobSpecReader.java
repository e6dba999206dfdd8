package dev.ringback.server.api;

import com.google.protobuf.ByteString;
import dev.ringback.server.job.Callback;
import dev.ringback.server.job.CronExpression;
import dev.ringback.server.job.DurationText;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.v1.CreateJobRequest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a create asks for, and tells all that is wrong with it at once.
 *
 * <p>Thread-safe.
 */
final class JobSpecReader {
  static final int DEFAULT_MAX_RETRIES = 3;
  static final int MAX_MAX_RETRIES = 1_000;

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  /** Stricter than {@link OffsetDateTime#parse}, which takes a time without seconds too. */
  private static final Pattern RFC_3339 =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?([Zz]|[+-]\\d\\d:\\d\\d)");

  private static final Set<String> UTC = Set.of("", "UTC", "Etc/UTC");
  private static final Duration FARTHEST = Duration.ofDays(3_653);
  static final int MAX_LABELS = 32;
  private static final Pattern LABEL_KEY = Pattern.compile("[A-Za-z0-9_./-]{1,63}");
  private static final int MAX_LABEL_VALUE = 255;
  private static final int MAX_CRON = 200;

  private final GrpcServer.Defaults defaults;
  private final InstantSource clock;

  JobSpecReader(GrpcServer.Defaults defaults, InstantSource clock) {
    this.defaults = defaults;
    this.clock = clock;
  }

  /**
   * The job that is asked for. Where something is wrong and is noted, it is not what was asked for,
   * and must not be used.
   */
  JobSpec read(CreateJobRequest request, Violations violations) {
    TargetUrl url = url(request.getUrl(), violations);
    HeaderCheck.check(request.getHeadersMap(), violations);
    checkLabels(request.getLabelsMap(), violations);
    String method = method(request, violations);
    byte[] body = body(request, violations);
    Schedule schedule = schedule(request, violations);
    RetryPolicy retryPolicy = retryPolicy(request, violations);
    Duration deadline =
        duration(
            "attempt_deadline",
            request.getAttemptDeadline(),
            defaults.attemptDeadline(),
            Duration.ofSeconds(1),
            Duration.ofMinutes(30),
            violations);
    return new JobSpec(
        new Callback(url, method, request.getHeadersMap(), body),
        schedule,
        retryPolicy,
        deadline,
        request.getLabelsMap());
  }

  private static TargetUrl url(String text, Violations violations) {
    try {
      return TargetUrl.parse(text);
    } catch (IllegalArgumentException e) {
      violations.add("url", String.valueOf(e.getMessage()));
      return TargetUrl.stored(text);
    }
  }

  private static String method(CreateJobRequest request, Violations violations) {
    String one = request.getMethod();
    String other = request.getHttpMethod();
    if (!one.isEmpty() && !other.isEmpty() && !one.equalsIgnoreCase(other)) {
      violations.add(
          "http_method", "is another name for method: when both are given they must be the same");
    }
    String field = one.isEmpty() ? "http_method" : "method";
    String method = one.isEmpty() ? other : one;
    if (method.isEmpty()) {
      return "POST";
    }
    if (!METHODS.contains(method.toUpperCase(Locale.ROOT))) {
      violations.add(field, "must be one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS");
    }
    return method.toUpperCase(Locale.ROOT);
  }

  private byte[] body(CreateJobRequest request, Violations violations) {
    ByteString text = request.getBodyBytes();
    ByteString binary = request.getBinaryBody();
    if (!text.isEmpty() && !binary.isEmpty()) {
      violations.add("binary_body", "must not be given together with body");
    }
    ByteString body = text.isEmpty() ? binary : text;
    if (body.size() > defaults.maxBodyBytes()) {
      violations.addTooLarge(
          text.isEmpty() ? "binary_body" : "body",
          "must have at most " + defaults.maxBodyBytes() + " bytes, not " + body.size());
      return new byte[0];
    }
    return body.toByteArray();
  }

  private Schedule schedule(CreateJobRequest request, Violations violations) {
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
    Schedule now = new Schedule.After(Duration.ZERO);
    Schedule at = at(request.getScheduledAt(), violations);
    Schedule after = after(request.getDelay(), violations);
    Schedule recurring = recurring(request.getCron(), violations);
    return recurring != null ? recurring : at != null ? at : after != null ? after : now;
  }

  private @Nullable Schedule at(String text, Violations violations) {
    if (text.isEmpty()) {
      return null;
    }
    Instant time;
    try {
      if (!RFC_3339.matcher(text).matches()) {
        throw new DateTimeException("not in RFC 3339");
      }
      time = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS);
    } catch (DateTimeException e) {
      violations.add("scheduled_at", "must be a time in RFC 3339, such as 2027-03-30T10:00:00Z");
      return null;
    }
    if (time.isAfter(clock.instant().plus(FARTHEST))) {
      violations.add("scheduled_at", "must be at most 10 years ahead");
    }
    // PostgreSQL knows no year 0, and nobody means one.
    return new Schedule.At(time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time);
  }

  private static @Nullable Schedule after(String text, Violations violations) {
    if (text.isEmpty()) {
      return null;
    }
    Optional<Duration> delay =
        DurationText.parse(text).filter(duration -> duration.compareTo(FARTHEST) <= 0);
    if (delay.isEmpty()) {
      violations.add("delay", "must be a duration such as 24h, 1h30m or 90s, at most 10 years");
    }
    return delay.<Schedule>map(Schedule.After::new).orElse(null);
  }

  private static @Nullable Schedule recurring(String text, Violations violations) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      if (text.length() > MAX_CRON) {
        throw new IllegalArgumentException("more than " + MAX_CRON + " characters");
      }
      return new Schedule.Recurring(CronExpression.parse(text));
    } catch (IllegalArgumentException e) {
      violations.add(
          "cron",
          "must be five fields (minute, hour, day of month, month, day of week) such as"
              + " 0 9 * * 1-5, or @hourly, @daily, @weekly, @monthly or @yearly: "
              + e.getMessage());
      return null;
    }
  }

  private RetryPolicy retryPolicy(CreateJobRequest request, Violations violations) {
    int maxRetries = request.hasMaxRetries() ? request.getMaxRetries() : DEFAULT_MAX_RETRIES;
    if (maxRetries < 0 || maxRetries > MAX_MAX_RETRIES) {
      violations.add("max_retries", "must be from 0 to " + MAX_MAX_RETRIES);
      maxRetries = DEFAULT_MAX_RETRIES;
    }
    var given = request.getRetryPolicy();
    Duration day = Duration.ofHours(24);
    Duration min =
        duration(
            "retry_policy.min_backoff",
            given.getMinBackoff(),
            defaults.minBackoff(),
            Duration.ofMillis(10),
            day,
            violations);
    Duration defaultMax = min.compareTo(defaults.maxBackoff()) > 0 ? min : defaults.maxBackoff();
    Duration max =
        duration(
            "retry_policy.max_backoff", given.getMaxBackoff(), defaultMax, min, day, violations);
    Optional<Duration> maxDuration =
        given.getMaxRetryDuration().isEmpty()
            ? Optional.empty()
            : Optional.of(
                duration(
                    "retry_policy.max_retry_duration",
                    given.getMaxRetryDuration(),
                    day,
                    Duration.ofSeconds(1),
                    Duration.ofDays(30),
                    violations));
    return new RetryPolicy(maxRetries, min, max, maxDuration);
  }

  static Duration duration(
      String field,
      String text,
      Duration otherwise,
      Duration least,
      Duration most,
      Violations violations) {
    if (text.isEmpty()) {
      return otherwise;
    }
    Optional<Duration> duration =
        DurationText.parse(text)
            .filter(d -> d.compareTo(least) >= 0)
            .filter(d -> d.compareTo(most) <= 0);
    if (duration.isEmpty()) {
      violations.add(
          field,
          "must be a duration such as 30s or 1h, from "
              + DurationText.format(least)
              + " to "
              + DurationText.format(most));
    }
    return duration.orElse(otherwise);
  }

  private static void checkLabels(Map<String, String> labels, Violations violations) {
    if (labels.size() > MAX_LABELS) {
      violations.add("labels", "must be at most " + MAX_LABELS);
    }
    labels.forEach((key, value) ->
        labelProblem(key, value)
            .ifPresent(problem -> violations.add("labels[" + key + "]", problem)));
  }

  /** What is wrong with a label. */
  static Optional<String> labelProblem(String key, String value) {
    if (!LABEL_KEY.matcher(key).matches()) {
      return Optional.of("must have a key of 1 to 63 letters, digits, _, -, . or /");
    }
    if (value.length() > MAX_LABEL_VALUE || value.indexOf('\0') >= 0) {
      return Optional.of(
          "must have a value of at most " + MAX_LABEL_VALUE + " characters, without NUL");
    }
    return Optional.empty();
  }
}
