package dev.ringback.server.job;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An event with the job as it stood after it, and the attempt that began or ended.
 *
 * @param told what watchers are told of it, in order
 */
public record Change(Event event, Job job, Optional<Attempt> attempt, List<Type> told) {
  private static final byte[] NONE = {};

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
   * @param errorMessage of the attempt that failed, where it is neither known by its error class
   *     nor forgotten
   * @param lastAttempt of a job that was cancelled, when it was
   */
  public static Change of(
      Event event, JobFacts job, Optional<String> errorMessage, Optional<Attempt> lastAttempt) {
    Event.After after = event.after();
    Optional<Attempt> attempt = event.attempt().map(call -> attempt(event, call, errorMessage));
    var state =
        new Job.State(
            after.status(),
            job.scheduledAt(),
            after.nextRunAt(),
            after.attemptCount(),
            event.kind() == Event.Kind.CANCELLED ? lastAttempt : attempt,
            job.createdAt(),
            event.at(),
            after.finishedAt());
    return new Change(
        event, new Job(job.id(), job.spec(), state), attempt, told(event, job.spec()));
  }

  private static Attempt attempt(Event event, Event.Call call, Optional<String> errorMessage) {
    return new Attempt(
        event.execution().orElseThrow(),
        call.number(),
        switch (event.kind()) {
          case CREATED, CANCELLED, STARTED -> Attempt.Status.OPEN;
          case COMPLETED -> Attempt.Status.SUCCEEDED;
          case FAILED, RETRIED, STOPPED -> Attempt.Status.FAILED;
          case LOST -> Attempt.Status.LOST;
        },
        call.dueAt(),
        call.startedAt(),
        call.node(),
        call.end().map(end -> result(event, call, end, errorMessage)));
  }

  private static Attempt.Result result(
      Event event, Event.Call call, Event.End end, Optional<String> errorMessage) {
    return new Attempt.Result(
        event.at(),
        end.durationMillis(),
        Map.of(),
        end.statusCode().map(code -> new Attempt.Answer(code, Map.of(), NONE, end.truncated())),
        event.kind() == Event.Kind.LOST
            ? Optional.of(Attempt.Error.lost(call.node()))
            : end.errorClass().map(word -> error(word, end, errorMessage)));
  }

  private static Attempt.Error error(
      String errorClass, Event.End end, Optional<String> errorMessage) {
    return end.statusCode()
        .map(Attempt.Error::status)
        .orElseGet(() -> new Attempt.Error(errorClass, errorMessage.orElse("")));
  }

  private static List<Type> told(Event event, JobSpec spec) {
    boolean once = !(spec.schedule() instanceof Schedule.Recurring);
    return switch (event.kind()) {
      case CREATED -> List.of(Type.JOB_CREATED);
      case STARTED -> List.of(Type.ATTEMPT_STARTED);
      case COMPLETED ->
          once && event.after().status() == JobStatus.COMPLETED
              ? List.of(Type.ATTEMPT_FINISHED, Type.JOB_COMPLETED)
              : List.of(Type.ATTEMPT_FINISHED);
      case FAILED ->
          once ? List.of(Type.ATTEMPT_FINISHED, Type.JOB_FAILED) : List.of(Type.ATTEMPT_FINISHED);
      case RETRIED -> List.of(Type.ATTEMPT_FINISHED, Type.RETRY_SCHEDULED);
      case LOST ->
          event.after().status() != JobStatus.CANCELLED
              ? List.of(Type.ATTEMPT_FINISHED, Type.RETRY_SCHEDULED)
              : List.of(Type.ATTEMPT_FINISHED);
      case STOPPED -> List.of(Type.ATTEMPT_FINISHED);
      case CANCELLED -> List.of(Type.JOB_CANCELLED);
    };
  }
}
