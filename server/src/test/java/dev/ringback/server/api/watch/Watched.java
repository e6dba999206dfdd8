package dev.ringback.server.api.watch;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A job that is watched, and its changes. */
public final class Watched {
  public static final JobId ID = new JobId(new UUID(1, 2));
  public static final ExecutionId EXECUTION = new ExecutionId(new UUID(1, 3));
  public static final Instant TIME = Instant.parse("2027-03-30T10:00:00.123456Z");

  private Watched() {}

  public static Job job(String url, Map<String, String> labels) {
    var spec =
        new JobSpec(
            new Callback(TargetUrl.stored(url), "POST", Map.of("A", "1"), new byte[] {1}),
            new Schedule.At(TIME),
            new RetryPolicy(3, Duration.ofSeconds(10), Duration.ofHours(1), Optional.empty()),
            Duration.ofSeconds(30),
            labels);
    var state =
        new Job.State(
            JobStatus.PENDING,
            Optional.of(TIME),
            Optional.empty(),
            1,
            Optional.empty(),
            TIME,
            TIME,
            Optional.empty());
    return new Job(ID, spec, state);
  }

  public static Job job() {
    return job("http://h/", Map.of());
  }

  /** The job's first attempt, which got no answer. */
  public static Attempt failed(String error) {
    return new Attempt(
        EXECUTION,
        1,
        Attempt.Status.FAILED,
        TIME,
        TIME,
        "node-1",
        Optional.of(
            new Attempt.Result(
                TIME.plusSeconds(1),
                Optional.of(1_000),
                Map.of(),
                Optional.empty(),
                Optional.of(new Attempt.Error("closed", error)))));
  }

  /** Of the first attempt; a create and a cancel are of none. */
  public static Event event(long position, Event.Kind kind) {
    boolean ofAttempt = kind != Event.Kind.CREATED && kind != Event.Kind.CANCELLED;
    return new Event(
        position,
        kind,
        TIME.plusSeconds(2),
        1,
        ID,
        kind == Event.Kind.CANCELLED ? Optional.empty() : Optional.of(EXECUTION),
        ofAttempt ? 1 : 0,
        ofAttempt ? Optional.of(TIME) : Optional.empty(),
        Optional.empty());
  }

  public static Change change(long position, Event.Kind kind) {
    Event event = event(position, kind);
    return Change.of(event, job(), event.attempt().map(_ -> failed("reset")));
  }
}
