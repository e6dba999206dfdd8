package dev.ringback.server.store.job;

import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.Lane;
import dev.ringback.server.job.Schedule;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A job to insert, with its first execution.
 *
 * @param scheduledAt of its first firing; absent where that is a delay from now
 */
record NewJob(Creation creation, JobId id, ExecutionId execution, @Nullable Instant scheduledAt) {
  JobSpec spec() {
    return creation.spec();
  }

  @Nullable Long delayMillis() {
    return spec().schedule() instanceof Schedule.After after ? after.delay().toMillis() : null;
  }

  @Nullable String cron() {
    return spec().schedule() instanceof Schedule.Recurring recurring
        ? recurring.cron().text()
        : null;
  }

  Lane lane() {
    return Lane.of(creation.projectId(), spec().callback().url());
  }

  private Instant scheduledAt(Instant now) {
    Long delay = delayMillis();
    return delay != null ? now.plusMillis(delay) : scheduledAt != null ? scheduledAt : now;
  }

  /** The job as it stands, when now is the time of the transaction. */
  Job job(Instant now) {
    Instant first = scheduledAt(now);
    var state =
        new Job.State(
            JobStatus.PENDING,
            cron() == null ? Optional.of(first) : Optional.empty(),
            Optional.of(first.isBefore(now) ? now : first),
            0,
            Optional.empty(),
            now,
            now,
            Optional.empty());
    return new Job(id, spec(), state);
  }
}
