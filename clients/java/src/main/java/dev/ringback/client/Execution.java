package dev.ringback.client;

import java.time.Instant;
import java.util.Optional;

/**
 * One firing of a job: all the attempts to bring it to success.
 *
 * @param id {@code exec_} and 26 characters: the delivery id that each of its calls carries
 * @param jobId the job that fired
 * @param status where the execution is in its life
 * @param scheduledAt when the firing was due
 * @param nextRunAt when its next call is due; empty while one is being made and after the end
 * @param finishedAt when it ended; empty until then
 * @param attemptCount how many attempts were begun
 */
public record Execution(
    String id,
    String jobId,
    Status status,
    Instant scheduledAt,
    Optional<Instant> nextRunAt,
    Optional<Instant> finishedAt,
    int attemptCount) {
  /** Where an execution is in its life. */
  public enum Status {
    /** Waits for its time or for its next retry. */
    PENDING,
    /** A call is being made. */
    RUNNING,
    /** Was answered with a 2xx status. Final. */
    COMPLETED,
    /** Was given up after its last retry. Final. */
    FAILED,
    /** Its job was cancelled before it succeeded. Final. */
    CANCELLED,
    /** A status that this client does not know; a newer client may. */
    UNKNOWN;

    /** Whether nothing more happens to the execution. */
    public boolean isFinal() {
      return this == COMPLETED || this == FAILED || this == CANCELLED;
    }
  }
}
