package dev.ringback.server.api.watch;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Delivery;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFacts;
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
            new Delivery(
                new RetryPolicy(3, Duration.ofSeconds(10), Duration.ofHours(1), Optional.empty()),
                Duration.ofSeconds(30)),
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

  public static JobFacts facts(String url, Map<String, String> labels) {
    return new JobFacts(ID, job(url, labels).spec(), Optional.of(TIME), TIME);
  }

  /** Of the first attempt, which gets no answer; a create and a cancel are of none. */
  public static Event event(long position, Event.Kind kind) {
    var status =
        switch (kind) {
          case CREATED, RETRIED, LOST -> JobStatus.PENDING;
          case STARTED -> JobStatus.RUNNING;
          case COMPLETED -> JobStatus.COMPLETED;
          case FAILED -> JobStatus.FAILED;
          case STOPPED, CANCELLED -> JobStatus.CANCELLED;
        };
    return new Event(
        position,
        kind,
        TIME.plusSeconds(2),
        1,
        ID,
        kind == Event.Kind.CANCELLED ? Optional.empty() : Optional.of(EXECUTION),
        new Event.After(1, status, 1, Optional.empty(), Optional.empty()),
        kind == Event.Kind.CREATED || kind == Event.Kind.CANCELLED
            ? Optional.empty()
            : Optional.of(new Event.Call(1, "node-1", 7, TIME, TIME, end(kind))));
  }

  private static Optional<Event.End> end(Event.Kind kind) {
    return kind == Event.Kind.STARTED
        ? Optional.empty()
        : Optional.of(
            new Event.End(
                Optional.of(1_000),
                Optional.empty(),
                0,
                false,
                kind == Event.Kind.COMPLETED ? Optional.empty() : Optional.of("closed")));
  }

  public static Change change(long position, Event.Kind kind) {
    return change(event(position, kind), "http://h/", Map.of(), "reset");
  }

  public static Change change(Event event, String url, Map<String, String> labels, String error) {
    return Change.of(event, facts(url, labels), Optional.of(error), Optional.empty());
  }
}
