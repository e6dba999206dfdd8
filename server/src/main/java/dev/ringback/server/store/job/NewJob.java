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
 * @param givenAt its first time, unless that is a delay from now
 */
record NewJob(Creation creation, JobId id, ExecutionId execution, @Nullable Instant givenAt) {
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

  /** The first time, when now is the time of the transaction. */
  Instant dueAt(Instant now) {
    Long delay = delayMillis();
    return delay != null ? now.plusMillis(delay) : givenAt != null ? givenAt : now;
  }

  /** The job as it stands, when now is the time of the transaction. */
  Job job(Instant now) {
    Instant due = dueAt(now);
    var state =
        new Job.State(
            JobStatus.PENDING,
            cron() == null ? Optional.of(due) : Optional.empty(),
            Optional.of(due.isBefore(now) ? now : due),
            0,
            Optional.empty(),
            now,
            now,
            Optional.empty());
    return new Job(id, spec(), state);
  }
}
