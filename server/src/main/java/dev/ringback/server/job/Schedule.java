package dev.ringback.server.job;

import java.time.Duration;
import java.time.Instant;

/** When a job fires. Times are the database's, to the microsecond. */
public sealed interface Schedule {
  /** Once, at a time; a time in the past means now. */
  record At(Instant scheduledAt) implements Schedule {}

  /** Once, a while after the job was created; zero means now. */
  record After(Duration delay) implements Schedule {}

  /** Again and again, in UTC. */
  record Recurring(CronExpression cron) implements Schedule {}
}
