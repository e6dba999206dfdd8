package dev.ringback.client;

import java.time.Instant;
import java.util.Optional;

/**
 * One message of a watch. Those of a job come in the order in which they happened, each once.
 *
 * @param type what is told
 * @param resumeToken resumes after this message, on any node, also in another process; good for as
 *     long as Ringback keeps events, 7 days by default
 * @param at when it happened; of a snapshot or a checkpoint, when it was read
 * @param job as it stood after the change, without headers and bodies; empty in a checkpoint
 * @param executionId the execution that changed; of a new job, its first
 * @param attempt that began, ended, or led to this
 */
public record WatchMessage(
    Type type,
    String resumeToken,
    Instant at,
    Optional<Job> job,
    Optional<String> executionId,
    Optional<Attempt> attempt) {
  /** What is told. */
  public enum Type {
    /** The state of a job as the watch began. */
    SNAPSHOT,
    /** The job was created. */
    JOB_CREATED,
    /** The job was changed by its owner. */
    JOB_UPDATED,
    /** A call is being made. */
    ATTEMPT_STARTED,
    /** A call ended. */
    ATTEMPT_FINISHED,
    /** The attempt will be made again, at the job's {@code nextRunAt}. */
    RETRY_SCHEDULED,
    /** The job fired once and succeeded. Final. */
    JOB_COMPLETED,
    /** The job fired once and was given up. Final. */
    JOB_FAILED,
    /** The job was cancelled. */
    JOB_CANCELLED,
    /** The job was held back by its owner. */
    JOB_PAUSED,
    /** The job was let go on by its owner. */
    JOB_RESUMED,
    /** Where the watch stands: its token is newer than that of the last message. */
    CHECKPOINT,
    /** A type that this client does not know; a newer client may. */
    UNKNOWN
  }
}
