package dev.ringback.server.job;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What happened to a job, in a few words, at its place in the feed of all that happened.
 *
 * @param position places rise with time, with gaps: an event that is seen has all before it
 * @param execution absent where the job was cancelled
 * @param number of the attempt; 0 where there was none
 * @param startedAt of the attempt, where it is known
 * @param nextAt when the next call is due, where that follows from what happened
 */
public record Event(
    long position,
    Kind kind,
    Instant at,
    int projectId,
    JobId job,
    Optional<ExecutionId> execution,
    int number,
    Optional<Instant> startedAt,
    Optional<Instant> nextAt) {
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

  /** The attempt that was begun or ended, if it is of one. */
  public Optional<AttemptKey> attempt() {
    return number == 0 ? Optional.empty() : execution.map(id -> new AttemptKey(id, number));
  }
}
