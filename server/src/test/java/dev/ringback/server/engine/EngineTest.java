package dev.ringback.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.engine.http.ScriptedTarget;
import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Delivery;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.store.StoreFixture;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From the queue to the target and back. */
@Timeout(30)
final class EngineTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** The deadline of a call whose body waits for longer. */
  private static final Duration WAITED_FOR = Duration.ofMillis(900);

  @RegisterExtension private final EngineFixture engine = new EngineFixture();

  @Test
  void callsAnImmediateJobAtOnce() throws Exception {
    var called = new Semaphore(0);
    try (var target =
        new ScriptedTarget(line -> {
          while (line.request() != null) {
            called.release();
            line.send(OK);
          }
        })) {
      engine.start(8, GRACE);
      List<Duration> waits = new ArrayList<>();
      for (int i = 0; i < 21; i++) {
        long before = System.nanoTime();
        JobId job = engine.create(target);
        assertThat(called.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        waits.add(Duration.ofNanos(System.nanoTime() - before));
        engine.awaitStatus(job, JobStatus.COMPLETED);
      }
      waits.sort(null);
      assertThat(waits.get(10)).isLessThan(Duration.ofMillis(200));
    }
  }

  /** Compressed where it is stored, and not; more at once than may be in memory. */
  @Test
  void sendsLargeBodiesWhole() throws Exception {
    try (var target = EngineFixture.answering(200)) {
      List<byte[]> sent = new ArrayList<>();
      for (int length = 1 << 14; length <= 1 << 20; length *= 2) {
        sent.addAll(
            List.of(new byte[length], StoreFixture.noise(length), StoreFixture.noise(length + 1)));
      }
      engine.store.createAll(
          engine.store.project,
          sent.stream().map(body -> StoreFixture.spec(target.url(), body)).toList());
      engine.start(new Engine.Limits(64, 4 << 20, GRACE));
      Await.until(
          "all calls",
          () -> engine.store.count("ended_jobs where status = 'completed'") == sent.size());
      assertThat(target.requests())
          .extracting(ScriptedTarget.Request::body)
          .containsExactlyInAnyOrderElementsOf(sent);
    }
  }

  /** Its execution was given to another node while its body waited. */
  @Test
  void makesNoCallThatIsNoLongerItsOwn() throws Exception {
    var read = new CountDownLatch(1);
    try (var slow = readingOnceToldTo(read);
        var target = EngineFixture.answering(200)) {
      JobId waits = startWithABodyThatWaits(slow, target);
      engine.store.execute(
          "update queue set owner = null, started_at = null, due_at = now() + interval '1 h' where job_id = ?",
          waits.value());
      read.countDown();
      // One that comes after it is called when that one has been decided on.
      engine.awaitStatus(
          engine.store.create(StoreFixture.spec(slow.url(), new byte[1 << 20])).id(),
          JobStatus.COMPLETED);
      assertThat(target.requests()).isEmpty();
      engine.store.makeDue(waits);
      engine.awaitStatus(waits, JobStatus.COMPLETED);
      assertThat(target.requests()).hasSize(1);
      assertThat(target.requests().getFirst().lines()).contains("X-Ringback-Attempt: 2");
    }
  }

  @Test
  void waitsForTheDatabaseWithABody() throws Exception {
    var read = new CountDownLatch(1);
    try (var slow = readingOnceToldTo(read);
        var target = EngineFixture.answering(200)) {
      JobId waits = startWithABodyThatWaits(slow, target);
      long begun = System.nanoTime();
      String loads =
          """
          pg_stat_activity where application_name = 'ringback' and wait_event_type = 'Lock'
            and query like 'select j.body%'
          """;
      try (Connection stranger = engine.store.connect()) {
        stranger.setAutoCommit(false);
        stranger.createStatement().execute("lock table jobs in access exclusive mode");
        read.countDown();
        // Each time it pauses for 250 ms, so that all take longer than the call may.
        for (int i = 0; i < 4; i++) {
          Await.until("the body is asked for", () -> engine.store.count(loads) == 1);
          assertThat(engine.store.count(loads + " and pg_terminate_backend(pid)")).isEqualTo(1);
          Await.until("its connection is gone", () -> engine.store.count(loads) == 0);
        }
        assertThat(target.requests()).isEmpty();
        stranger.rollback();
      }
      engine.awaitStatus(waits, JobStatus.COMPLETED);
      assertThat(System.nanoTime() - begun).isGreaterThan(WAITED_FOR.toNanos());
      assertThat(engine.attempts(waits))
          .extracting(Attempt::status)
          .containsExactly(Attempt.Status.SUCCEEDED);
    }
  }

  /** A target that answers all, but does not begin to read for now. */
  private static ScriptedTarget readingOnceToldTo(CountDownLatch read) {
    return new ScriptedTarget(line -> {
      read.await();
      while (line.request() != null) {
        line.send(OK);
      }
    });
  }

  /** Starts with as much room as the body of one call takes, and with a second that waits. */
  private JobId startWithABodyThatWaits(ScriptedTarget slow, ScriptedTarget target)
      throws Exception {
    // More than the sockets between the two hold.
    byte[] body = new byte[24 << 20];
    engine.start(new Engine.Limits(8, body.length, GRACE));
    engine.store.create(StoreFixture.spec(slow.url(), body));
    Await.until("the first is written", () -> slow.connections() == 1);
    JobSpec next = StoreFixture.spec(target.url(), new byte[1 << 20]);
    JobId waits =
        engine
            .store
            .create(
                new JobSpec(
                    next.callback(),
                    next.schedule(),
                    new Delivery(next.delivery().retryPolicy(), WAITED_FOR),
                    next.labels()))
            .id();
    engine.awaitStatus(waits, JobStatus.RUNNING);
    return waits;
  }

  @Test
  void retriesUntilSuccessUnderOneDeliveryId() throws Exception {
    try (var target = EngineFixture.answering(500, 503, 200)) {
      engine.start(8, GRACE);
      Job job = engine.awaitStatus(engine.create(target), JobStatus.COMPLETED);
      assertThat(job.state().attemptCount()).isEqualTo(3);
      List<Attempt> attempts = engine.attempts(job.id());
      assertThat(attempts)
          .extracting(Attempt::status)
          .containsExactly(Attempt.Status.FAILED, Attempt.Status.FAILED, Attempt.Status.SUCCEEDED);
      String id = attempts.getFirst().executionId().toString();
      for (int i = 0; i < 3; i++) {
        assertThat(target.requests().get(i).lines())
            .contains(
                "webhook-id: " + id, "X-Fliq-Delivery-Id: " + id, "X-Ringback-Attempt: " + (i + 1));
      }
      Attempt.Result first = attempts.getFirst().result().orElseThrow();
      assertThat(attempts.get(1).startedAt()).isAfterOrEqualTo(first.finishedAt().plusMillis(7));
    }
  }

  @Test
  void givesUpAfterTheLastRetry() throws Exception {
    try (var target = EngineFixture.answering(500)) {
      engine.start(8, GRACE);
      var once = new RetryPolicy(1, Duration.ZERO, Duration.ZERO, Optional.empty());
      Job job = engine.awaitStatus(engine.create(target, once), JobStatus.FAILED);
      assertThat(job.state().attemptCount()).isEqualTo(2);
      assertThat(target.requests()).hasSize(2);
    }
  }

  @Test
  void firesAgainAndAgain() throws Exception {
    try (var target = EngineFixture.answering(200)) {
      engine.start(8, GRACE);
      Schedule minutely = StoreFixture.everyMinute();
      JobId job = engine.create(target, minutely, StoreFixture.RETRIES);
      for (int firing = 1; firing <= 3; firing++) {
        engine.store.makeDue(job);
        engine.store.signal.ring();
        int calls = firing;
        Await.until(
            "firing " + firing,
            () -> engine.store.count("executions where status = 'completed'") == calls);
      }
      assertThat(engine.attempts(job)).extracting(Attempt::executionId).doesNotHaveDuplicates();
      assertThat(engine.store.get(job).state().nextRunAt().orElseThrow())
          .isAfter(engine.store.clock.instant().minusSeconds(1));
    }
  }

  @Test
  void makesNoMoreCallsAtOnceThanItHasSlots() throws Exception {
    var calls = new AtomicInteger();
    var most = new AtomicInteger();
    var full = new CountDownLatch(3);
    try (var target =
        new ScriptedTarget(line -> {
          while (line.request() != null) {
            most.accumulateAndGet(calls.incrementAndGet(), Math::max);
            full.countDown();
            // As many as are allowed are here before the first may go.
            full.await();
            calls.decrementAndGet();
            line.send(OK);
          }
        })) {
      for (int i = 0; i < 30; i++) {
        engine.create(target);
      }
      engine.start(7, GRACE);
      Await.until(
          "all calls", () -> engine.store.count("ended_jobs where status = 'completed'") == 30);
      assertThat(most.get()).isEqualTo(3);
    }
  }

  @Test
  void letsCallsInFlightFinishWhenItStops() throws Exception {
    var called = new CountDownLatch(1);
    try (var target =
        new ScriptedTarget(line -> {
          line.request();
          called.countDown();
          line.waitMillis(300);
          line.send(OK);
        })) {
      engine.start(1, GRACE);
      JobId inFlight = engine.create(target);
      assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
      JobId waiting = engine.create(target);
      engine.stop();
      assertThat(engine.store.get(inFlight).state().status()).isEqualTo(JobStatus.COMPLETED);
      assertThat(engine.store.get(waiting).state().status()).isEqualTo(JobStatus.PENDING);
      assertThat(engine.store.get(waiting).state().attemptCount()).isZero();
      assertThat(engine.store.count("nodes")).isZero();
    }
  }

  @Test
  void handsBackWhatOutlastsTheGrace() throws Exception {
    var called = new CountDownLatch(1);
    try (var target =
        new ScriptedTarget(line -> {
          line.request();
          called.countDown();
          line.hold();
        })) {
      engine.start(4, Duration.ofMillis(50));
      JobId job = engine.create(target);
      assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
      engine.stop();
      assertThat(engine.store.get(job).state().status()).isEqualTo(JobStatus.PENDING);
      assertThat(engine.attempts(job))
          .extracting(Attempt::status)
          .containsExactly(Attempt.Status.LOST);
      assertThat(engine.store.count("queue where owner is null and lost = 1")).isEqualTo(1);
    }
  }

  @Test
  void goesOnByItselfAfterItsConnectionsWereCut() throws Exception {
    var called = new CountDownLatch(5);
    var answer = new CountDownLatch(1);
    try (var target =
        new ScriptedTarget(line -> {
          while (line.request() != null) {
            called.countDown();
            answer.await();
            line.send(OK);
          }
        })) {
      engine.start(16, GRACE);
      for (int i = 0; i < 5; i++) {
        engine.create(target);
      }
      assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
      int cut =
          engine.store.count(
              """
              pg_stat_activity
              where case when application_name = 'ringback' then pg_terminate_backend(pid) end
              """);
      assertThat(cut).isPositive();
      answer.countDown();
      Await.until(
          "all results", () -> engine.store.count("ended_jobs where status = 'completed'") == 5);
      assertThat(engine.store.count("attempts where status = 'succeeded'")).isEqualTo(5);
      assertThat(engine.store.count("attempts")).isEqualTo(5);
      engine.awaitStatus(engine.create(target), JobStatus.COMPLETED);
    }
  }

  /** What a claim leaves behind that was committed, and whose answer was lost on the way. */
  @Test
  void makesTheCallOfAClaimWhoseAnswerNeverCame() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    CountDownLatch called = new CountDownLatch(1);
    try (var slow =
            new ScriptedTarget(line -> {
              while (line.request() != null) {
                called.countDown();
                answer.await();
                line.send(OK);
              }
            });
        var target = EngineFixture.answering(200)) {
      engine.start(8, GRACE);
      JobId running = engine.create(slow);
      assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
      Schedule later = new Schedule.After(Duration.ofHours(1));
      JobId stray = engine.create(target, later, StoreFixture.RETRIES);
      engine.store.execute(
          """
          update queue set owner = ?, attempt = attempt + 1, due_at = now(), started_at = now()
          where job_id = ?
          """,
          engine.node().id(),
          stray.value());

      engine.awaitStatus(stray, JobStatus.COMPLETED);
      assertThat(engine.attempts(stray))
          .extracting(Attempt::status)
          .containsExactly(Attempt.Status.LOST, Attempt.Status.SUCCEEDED);
      // Meanwhile nobody took away the call that is really being made.
      answer.countDown();
      engine.awaitStatus(running, JobStatus.COMPLETED);
      assertThat(engine.attempts(running))
          .extracting(Attempt::status)
          .containsExactly(Attempt.Status.SUCCEEDED);
    }
  }
}
