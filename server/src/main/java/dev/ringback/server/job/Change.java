package dev.ringback.server.job;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An event with the job as it stood after it, and the attempt that began or ended.
 *
 * @param told what watchers are told of it, in order
 */
public record Change(Event event, Job job, Optional<Attempt> attempt, List<Type> told) {
  /** Beside the job, with an attempt that has neither headers nor a body. */
  private static final int CHANGE = 1_024;

  /** About how many bytes it takes in memory. */
  public long bytes() {
    return CHANGE + job.spec().bytes();
  }

  /** What a message of a watch tells, in the words of the API. */
  public enum Type {
    SNAPSHOT,
    JOB_CREATED,
    JOB_UPDATED,
    ATTEMPT_STARTED,
    ATTEMPT_FINISHED,
    RETRY_SCHEDULED,
    JOB_COMPLETED,
    JOB_FAILED,
    JOB_CANCELLED,
    JOB_PAUSED,
    JOB_RESUMED,
    CHECKPOINT;

    /** The word in the API. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Type of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * The change that an event was.
   *
   * @param read the job as it was read at some time after the event, with its last attempt where
   *     the event is of none
   * @param attempt the event's attempt as it was read then; absent where it is no longer kept
   */
  public static Change of(Event event, Job read, Optional<Attempt> attempt) {
    Optional<Attempt> then = attempt.map(found -> after(event, found));
    Job.State state =
        read.spec().schedule() instanceof Schedule.Recurring
            ? recurring(event, read.state(), then)
            : once(event, read.state(), then);
    return new Change(
        event, new Job(read.id(), read.spec(), state), then, told(event, read.spec(), state));
  }

  /** An attempt that has ended since was open when it was begun. */
  private static Attempt after(Event event, Attempt read) {
    return event.kind() != Event.Kind.STARTED
        ? read
        : new Attempt(
            read.executionId(),
            read.number(),
            Attempt.Status.OPEN,
            read.scheduledAt(),
            read.startedAt(),
            read.node(),
            Optional.empty());
  }

  /** All that happens to a job that fires once happens to one execution, so the event tells it. */
  private static Job.State once(Event event, Job.State read, Optional<Attempt> attempt) {
    JobStatus status = statusAfter(event, read);
    boolean ends = status.isFinal();
    // A job that was cancelled stays as it was then, whatever becomes of its call.
    boolean ended = ends && status == JobStatus.CANCELLED && event.kind() != Event.Kind.CANCELLED;
    Instant updatedAt = ended ? read.updatedAt() : ends ? event.at() : read.createdAt();
    return new Job.State(
        status,
        read.scheduledAt(),
        ends ? Optional.empty() : event.nextAt(),
        event.number() > 0 || event.kind() == Event.Kind.CREATED
            ? event.number()
            : read.attemptCount(),
        lastAttempt(event, read, attempt),
        read.createdAt(),
        updatedAt,
        ended ? read.finishedAt() : ends ? Optional.of(event.at()) : Optional.empty());
  }

  private static JobStatus statusAfter(Event event, Job.State read) {
    return switch (event.kind()) {
      case CREATED, RETRIED -> JobStatus.PENDING;
      case STARTED -> JobStatus.RUNNING;
      // Only a cancel can have come before.
      case COMPLETED ->
          read.status() == JobStatus.CANCELLED ? JobStatus.CANCELLED : JobStatus.COMPLETED;
      case FAILED -> JobStatus.FAILED;
      case LOST -> event.nextAt().isPresent() ? JobStatus.PENDING : JobStatus.CANCELLED;
      case STOPPED, CANCELLED -> JobStatus.CANCELLED;
    };
  }

  /** Where firings overlap, only the job as it was read knows all of them. */
  private static Job.State recurring(Event event, Job.State read, Optional<Attempt> attempt) {
    boolean created = event.kind() == Event.Kind.CREATED;
    JobStatus status =
        switch (event.kind()) {
          case CREATED -> JobStatus.PENDING;
          case STARTED -> JobStatus.RUNNING;
          case CANCELLED, STOPPED -> JobStatus.CANCELLED;
          case COMPLETED, FAILED, RETRIED, LOST ->
              read.finishedAt().filter(event.at()::isBefore).isPresent()
                  ? JobStatus.PENDING
                  : read.status();
        };
    return new Job.State(
        status,
        read.scheduledAt(),
        created ? event.nextAt() : read.nextRunAt(),
        created ? 0 : read.attemptCount(),
        lastAttempt(event, read, attempt),
        read.createdAt(),
        read.updatedAt(),
        status == JobStatus.CANCELLED ? read.finishedAt() : Optional.empty());
  }

  private static Optional<Attempt> lastAttempt(
      Event event, Job.State read, Optional<Attempt> attempt) {
    return switch (event.kind()) {
      case CREATED -> Optional.empty();
      case CANCELLED -> read.lastAttempt();
      default -> attempt;
    };
  }

  private static List<Type> told(Event event, JobSpec spec, Job.State state) {
    boolean once = !(spec.schedule() instanceof Schedule.Recurring);
    return switch (event.kind()) {
      case CREATED -> List.of(Type.JOB_CREATED);
      case STARTED -> List.of(Type.ATTEMPT_STARTED);
      case COMPLETED ->
          once && state.status() == JobStatus.COMPLETED
              ? List.of(Type.ATTEMPT_FINISHED, Type.JOB_COMPLETED)
              : List.of(Type.ATTEMPT_FINISHED);
      case FAILED ->
          once ? List.of(Type.ATTEMPT_FINISHED, Type.JOB_FAILED) : List.of(Type.ATTEMPT_FINISHED);
      case RETRIED -> List.of(Type.ATTEMPT_FINISHED, Type.RETRY_SCHEDULED);
      case LOST ->
          event.nextAt().isPresent()
              ? List.of(Type.ATTEMPT_FINISHED, Type.RETRY_SCHEDULED)
              : List.of(Type.ATTEMPT_FINISHED);
      case STOPPED -> List.of(Type.ATTEMPT_FINISHED);
      case CANCELLED -> List.of(Type.JOB_CANCELLED);
    };
  }
}
