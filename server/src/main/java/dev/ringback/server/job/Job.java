package dev.ringback.server.job;

import java.time.Instant;
import java.util.Optional;

/** A job as it stands. */
public record Job(JobId id, JobSpec spec, State state) {
  /**
   * What has become of it so far.
   *
   * @param scheduledAt when a job that fires once is due
   * @param nextRunAt when the firing or the retry that waits is due
   * @param attemptCount attempts begun, over all executions
   */
  public record State(
      JobStatus status,
      Optional<Instant> scheduledAt,
      Optional<Instant> nextRunAt,
      int attemptCount,
      Optional<Attempt> lastAttempt,
      Instant createdAt,
      Instant updatedAt,
      Optional<Instant> finishedAt) {}
}
