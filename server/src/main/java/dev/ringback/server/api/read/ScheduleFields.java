package dev.ringback.server.api.read;

import dev.ringback.server.job.CronExpression;
import dev.ringback.server.job.DurationText;
import dev.ringback.server.job.Schedule;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Pattern;

/** When a job fires: a time, a delay, a cron expression. Each is empty where none is given. */
public final class ScheduleFields {
  /** Stricter than {@link OffsetDateTime#parse}, which takes a time without seconds too. */
  private static final Pattern RFC_3339 =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?([Zz]|[+-]\\d\\d:\\d\\d)");

  private static final Duration FARTHEST = Duration.ofDays(3_653);
  private static final int MAX_CRON = 200;

  private ScheduleFields() {}

  /**
   * A time.
   *
   * @param now from which it may be ten years away
   */
  public static Optional<Schedule> at(
      String field, String text, Instant now, Violations violations) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Instant scheduledAt;
    try {
      if (!RFC_3339.matcher(text).matches()) {
        throw new DateTimeException("not in RFC 3339");
      }
      scheduledAt = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS);
    } catch (DateTimeException e) {
      violations.add(field, "must be a time in RFC 3339, such as 2027-03-30T10:00:00Z");
      return Optional.empty();
    }
    if (scheduledAt.isAfter(now.plus(FARTHEST))) {
      violations.add(field, "must be at most 10 years ahead");
    }
    // PostgreSQL knows no year 0, and nobody means one.
    return Optional.of(
        new Schedule.At(scheduledAt.isBefore(Instant.EPOCH) ? Instant.EPOCH : scheduledAt));
  }

  /** A delay from when the job is created. */
  public static Optional<Schedule> after(String field, String text, Violations violations) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Duration> delay =
        DurationText.parse(text).filter(duration -> duration.compareTo(FARTHEST) <= 0);
    if (delay.isEmpty()) {
      violations.add(field, "must be a duration such as 24h, 1h30m or 90s, at most 10 years");
    }
    return delay.map(Schedule.After::new);
  }

  /** A cron expression. */
  public static Optional<Schedule> recurring(String field, String text, Violations violations) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (text.length() > MAX_CRON) {
        throw new IllegalArgumentException("more than " + MAX_CRON + " characters");
      }
      return Optional.of(new Schedule.Recurring(CronExpression.parse(text)));
    } catch (IllegalArgumentException e) {
      violations.add(
          field,
          "must be five fields (minute, hour, day of month, month, day of week) such as"
              + " 0 9 * * 1-5, or @hourly, @daily, @weekly, @monthly or @yearly: "
              + e.getMessage());
      return Optional.empty();
    }
  }
}
