package dev.ringback.server.journey;

import dev.ringback.v1.CreateJobRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * Callers that create jobs one after the other until they are told to stop, through whatever
 * happens meanwhile.
 */
final class Load implements AutoCloseable {
  /** Between two creates of a caller, so that what is created can be called on a busy machine. */
  private static final long PAUSE_MS = 10;

  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final AtomicInteger created = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicLong longestNanos = new AtomicLong();
  private final List<String> faults = new CopyOnWriteArrayList<>();
  private final List<Thread> callers = new ArrayList<>();
  private volatile boolean stopped;

  /** What a create was answered. */
  sealed interface Answer {
    record Created(String job) implements Answer {}

    /** 503 or UNAVAILABLE, in the shape of our errors. */
    record Refused() implements Answer {}

    /** What must not be. */
    record Fault(String what) implements Answer {}
  }

  /** A way to create a job. */
  interface Door {
    Answer create(CreateJobRequest job) throws InterruptedException;
  }

  /** By gRPC, without Envoy. */
  static Door grpc(StubClient client) {
    return job -> {
      try {
        return new Answer.Created(client.jobs().createJob(job).getId());
      } catch (StatusRuntimeException e) {
        return e.getStatus().getCode() == Status.Code.UNAVAILABLE
            ? new Answer.Refused()
            : new Answer.Fault(e.toString());
      }
    };
  }

  /** By REST, through Envoy. */
  static Door rest(Rest rest) {
    return job -> {
      try {
        var answer = rest.post("/v1/jobs", "{\"url\":\"%s\"}".formatted(job.getUrl()));
        if (answer.status() == 201) {
          return new Answer.Created(answer.json().path("id").asString());
        }
        boolean ours =
            answer.status() == 503
                && answer.json().path("code").asInt() == Status.Code.UNAVAILABLE.value()
                && !answer.json().path("message").asString().isEmpty()
                && answer
                    .json()
                    .path("details")
                    .path(0)
                    .path("reason")
                    .asString()
                    .matches("[A-Z_]+");
        return ours
            ? new Answer.Refused()
            : new Answer.Fault(answer.status() + " " + answer.response().body());
      } catch (java.io.IOException e) {
        return new Answer.Fault(e.toString());
      }
    };
  }

  /** Starts as many callers as there are doors. */
  Load(CallbackTarget target, List<Door> doors) {
    IntFunction<CreateJobRequest> job =
        number -> CreateJobRequest.newBuilder().setUrl(target.url("/" + number)).build();
    for (Door door : doors) {
      callers.add(Thread.ofVirtual().start(() -> create(door, job)));
    }
  }

  private void create(Door door, IntFunction<CreateJobRequest> job) {
    try {
      while (!stopped) {
        long begun = System.nanoTime();
        Answer answer = door.create(job.apply(created.get()));
        longestNanos.accumulateAndGet(System.nanoTime() - begun, Math::max);
        switch (answer) {
          case Answer.Created(String id) -> {
            acknowledged.add(id);
            created.incrementAndGet();
          }
          case Answer.Refused _ -> refused.incrementAndGet();
          case Answer.Fault(String what) -> faults.add(what);
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  int created() {
    return created.get();
  }

  int refused() {
    return refused.get();
  }

  /** The longest that a create took, however it was answered. */
  Duration longest() {
    return Duration.ofNanos(longestNanos.get());
  }

  /** Answers that were neither a job nor a proper refusal. */
  List<String> faults() {
    return faults;
  }

  /** Stops, and answers the jobs that were acknowledged. */
  Set<String> stop() throws InterruptedException {
    close();
    return acknowledged;
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    for (Thread caller : callers) {
      caller.join();
    }
  }
}
