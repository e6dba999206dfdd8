package dev.ringback.server.engine;

import static java.util.Objects.requireNonNull;

import dev.ringback.server.Await;
import dev.ringback.server.engine.http.AddressGuard;
import dev.ringback.server.engine.http.HttpCaller;
import dev.ringback.server.engine.http.OwnPorts;
import dev.ringback.server.engine.http.ScriptedTarget;
import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.job.Node;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** An engine on a store of its own. */
final class EngineFixture implements AfterEachCallback {
  final StoreFixture store = new StoreFixture();

  /** The calls that have ended, as their log has them. */
  final List<Outcome> ended = new CopyOnWriteArrayList<>();

  private @Nullable HttpCaller caller;
  private @Nullable Engine engine;
  private @Nullable Membership membership;

  void start(int slots, Duration grace) {
    start(new Engine.Limits(slots, 64 << 20, grace));
  }

  void start(Engine.Limits limits) {
    var http =
        new HttpCaller(AddressGuard.parse("127.0.0.0/8"), new OwnPorts(), limits.slots(), "test");
    caller = http;
    var alive = new Membership(store.nodes, store.rescue, store.clock, "one");
    membership = alive;
    engine =
        new Engine(
            new EngineStore(
                store.claims,
                store.finishes,
                store.signingSecrets,
                store.rescue,
                store.clock,
                store.signal),
            alive,
            http,
            (_, outcome) -> ended.add(outcome),
            limits);
  }

  /** The life of the node that runs. */
  Node node() {
    return requireNonNull(membership).node();
  }

  /** Drains; once. */
  void stop() throws InterruptedException {
    if (engine != null) {
      engine.close();
      engine = null;
    }
  }

  /** Answers with each status in turn, and with the last one from then on. */
  static ScriptedTarget answering(int... statuses) {
    var asked = new AtomicInteger();
    return new ScriptedTarget(line -> {
      while (line.request() != null) {
        int status = statuses[Math.min(asked.getAndIncrement(), statuses.length - 1)];
        line.send("HTTP/1.1 " + status + " Said\r\nContent-Length: 0\r\n\r\n");
      }
    });
  }

  JobId create(ScriptedTarget target) {
    return create(target, StoreFixture.RETRIES);
  }

  JobId create(ScriptedTarget target, RetryPolicy retries) {
    return create(target, new Schedule.After(Duration.ZERO), retries);
  }

  JobId create(ScriptedTarget target, Schedule schedule, RetryPolicy retries) {
    return store.create(StoreFixture.spec(target.url(), schedule, retries, Map.of())).id();
  }

  Job awaitStatus(JobId job, JobStatus status) throws Exception {
    Await.until(job + " to be " + status.word(), () -> store.get(job).state().status() == status);
    return store.get(job);
  }

  List<Attempt> attempts(JobId job) {
    return store.attempts(job);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    stop();
    if (caller != null) {
      caller.close();
    }
    store.afterEach(context);
  }
}
