package dev.ringback.server.job;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * One firing of a job.
 *
 * @param nextRunAt when its next call is due, while one waits
 */
public record Execution(
    ExecutionId id,
    JobId jobId,
    Status status,
    Instant scheduledAt,
    Optional<Instant> nextRunAt,
    Optional<Instant> finishedAt,
    int attemptCount) {
  /** Where an execution is in its life, in the words of the API. */
  public enum Status {
    PENDING,
    RUNNING,
    COMPLETED,
    FAILED,
    CANCELLED;

    /** The word in the API and in the database. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Status of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }
}
