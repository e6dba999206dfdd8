package dev.ringback.server.job;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What happened to a job, at its place in the feed of all that happened, and how the job stood
 * after it. What comes later changes none of it.
 *
 * @param position places rise with time, with gaps: an event that is seen has all before it
 * @param execution absent where the job was cancelled
 * @param attempt that began or ended, if one did
 */
public record Event(
    long position,
    Kind kind,
    Instant at,
    int projectId,
    JobId job,
    Optional<ExecutionId> execution,
    After after,
    Optional<Call> attempt) {
  /** What happened. */
  public enum Kind {
    /** The job was created. */
    CREATED,
    /** An attempt was begun. */
    STARTED,
    /** An attempt succeeded, and its execution with it. */
    COMPLETED,
    /** An attempt failed, and its execution with it. */
    FAILED,
    /** An attempt failed and is made again. */
    RETRIED,
    /** An attempt was lost and is made again, unless its job was cancelled meanwhile. */
    LOST,
    /** An attempt failed, and its execution ended: its job had been cancelled meanwhile. */
    STOPPED,
    /** The job was cancelled. */
    CANCELLED;

    /** Of the word in the database. */
    public static Kind of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * How the job stood.
   *
   * @param revision of what the user said; see {@link Job}
   * @param attemptCount attempts begun, over all executions
   * @param nextRunAt when its next attempt or firing was due
   * @param finishedAt when it had ended, where its status is final
   */
  public record After(
      int revision,
      JobStatus status,
      int attemptCount,
      Optional<Instant> nextRunAt,
      Optional<Instant> finishedAt) {}

  /**
   * An attempt that began or ended.
   *
   * @param number in its execution, from 1
   * @param node that made it
   * @param host a hash of the host that it called, see {@link Lane}
   * @param dueAt how late it began follows from that
   * @param end of one that ended
   */
  public record Call(
      int number, String node, int host, Instant dueAt, Instant startedAt, Optional<End> end) {}

  /**
   * How an attempt ended, as far as it is known. Of one that was lost nothing is.
   *
   * @param statusCode absent where there was no answer
   * @param bytes of the answer's body, as far as it is kept
   * @param errorClass absent where it succeeded, or was lost
   */
  public record End(
      Optional<Integer> durationMillis,
      Optional<Integer> statusCode,
      int bytes,
      boolean truncated,
      Optional<String> errorClass) {}
}
