package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.Await;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.refusal.Conflict.JobEnded;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.store.StoreFixture;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Cancelling, also at the very moment of a claim or a finish. */
@Timeout(30)
final class JobsCancelTest {
  private static final int ROUNDS = 40;

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  private Job cancel(JobId job) {
    return store.actions.cancel(store.project, job);
  }

  @Test
  void endsWhatWaits() throws Exception {
    JobId id = store.create(StoreFixture.spec()).id();
    store.finishes.finish(
        List.of(StoreFixture.retried(store.claimOne(node), Duration.ofMinutes(1))));
    Job cancelled = cancel(id);
    assertThat(cancelled.state().status()).isEqualTo(JobStatus.CANCELLED);
    assertThat(cancelled.state().finishedAt()).isPresent();
    assertThat(cancelled.state().attemptCount()).isEqualTo(1);
    assertThat(cancelled.state().nextRunAt()).isEmpty();
    assertThat(store.count("queue")).isZero();
    assertThat(store.value("select concat_ws(' ', status, attempt_count) from executions"))
        .isEqualTo("cancelled 1");
  }

  @Test
  void letsACallEnd() throws Exception {
    JobId id = store.create(StoreFixture.spec()).id();
    store.claimOne(node);
    assertThat(cancel(id).state().status()).isEqualTo(JobStatus.CANCELLED);
    assertThat(store.count("queue where cancelled_at is not null and owner = " + node.id()))
        .isEqualTo(1);
  }

  @Test
  void isTheSameTwice() {
    JobId id = store.create(StoreFixture.spec()).id();
    Job first = cancel(id);
    assertThat(cancel(id).state()).isEqualTo(first.state());
  }

  @Test
  void isRefusedOnceEnded() {
    JobId id = store.create(StoreFixture.spec()).id();
    store.finishes.finish(List.of(StoreFixture.completed(store.claimOne(node))));
    assertThatThrownBy(() -> cancel(id))
        .isInstanceOfSatisfying(
            JobEnded.class, ended -> assertThat(ended.status()).isEqualTo(JobStatus.COMPLETED));
  }

  @Test
  void findsNoJobOfAnotherProject() throws Exception {
    JobId id = store.create(StoreFixture.spec()).id();
    int other = store.project("other");
    assertThatThrownBy(() -> store.actions.cancel(other, id)).isInstanceOf(JobNotFound.class);
    assertThatThrownBy(() -> store.jobs.get(other, id)).isInstanceOf(JobNotFound.class);
    assertThatThrownBy(() -> store.jobs.require(other, id)).isInstanceOf(JobNotFound.class);
    assertThat(store.count("queue")).isEqualTo(1);
  }

  @Test
  void agreesWithAFinishAtTheSameTime() throws Exception {
    int cancelled = 0;
    for (int i = 0; i < ROUNDS; i++) {
      JobId id = store.create(StoreFixture.spec()).id();
      Claim claim = store.claimOne(node);
      var finish =
          i % 2 == 0
              ? StoreFixture.completed(claim)
              : StoreFixture.retried(claim, Duration.ofMinutes(1));
      cancelled += race(id, () -> store.finishes.finish(List.of(finish)));
    }
    agree(cancelled);
    assertThat(store.count("queue where started_at is not null")).isZero();
    assertThat(store.count("attempts where finished_at is not null")).isEqualTo(ROUNDS);
    assertThat(store.count("queue")).isZero();
    assertThat(store.count("executions")).isEqualTo(cancelled);
    assertThat(store.count("ended_jobs where execution_id is not null"))
        .isEqualTo(ROUNDS - cancelled);
  }

  @Test
  void agreesWithAClaimAtTheSameTime() throws Exception {
    int cancelled = 0;
    for (int i = 0; i < ROUNDS; i++) {
      JobId id = store.create(StoreFixture.spec()).id();
      cancelled += race(id, () -> store.claim(node, 1));
    }
    assertThat(cancelled).isEqualTo(ROUNDS);
    agree(cancelled);
    int claimed = store.count("queue where owner is not null and cancelled_at is not null");
    assertThat(store.count("queue where started_at is not null")).isEqualTo(claimed);
    assertThat(store.count("executions")).isEqualTo(ROUNDS - claimed);
  }

  /** How many jobs of one were cancelled, while something else was done at the same time. */
  private int race(JobId id, Runnable other) throws Exception {
    var start = new CountDownLatch(2);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> done =
          threads.submit(() -> {
            start.countDown();
            start.await();
            other.run();
            return true;
          });
      Future<Integer> cancelled =
          threads.submit(() -> {
            start.countDown();
            start.await();
            try {
              cancel(id);
              return 1;
            } catch (JobEnded e) {
              return 0;
            }
          });
      done.get();
      return cancelled.get();
    }
  }

  /**
   * The row that it waits for is gone, and the next firing's was not there when it began to wait.
   */
  @Test
  void findsTheFiringThatAFinishPlannedMeanwhile() throws Exception {
    JobId id = store.create(StoreFixture.spec(StoreFixture.everyMinute())).id();
    store.makeDue(id);
    Claim claim = store.claimOne(node);
    Finish completed = StoreFixture.completed(claim);
    Finish finish =
        new Finish(
            claim,
            completed.outcome(),
            completed.verdict(),
            Optional.of(claim.startedAt().plusSeconds(60)));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor();
        Connection turn = store.connect();
        var statement = turn.createStatement()) {
      turn.setAutoCommit(false);
      statement.execute("select from feed for update");
      Future<?> finished = threads.submit(() -> store.finishes.finish(List.of(finish)));
      Await.until("the finish waits for its turn", () -> waiting() == 1);
      Future<Job> cancelled = threads.submit(() -> cancel(id));
      Await.until("the cancel waits for the finish", () -> waiting() == 2);
      turn.rollback();
      finished.get();
      assertThat(cancelled.get().state().status()).isEqualTo(JobStatus.CANCELLED);
    }
    assertThat(store.count("queue")).isZero();
    agree(1);
  }

  private int waiting() throws Exception {
    return store.count(
        "pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()");
  }

  private void agree(int cancelled) throws Exception {
    assertThat(store.count("ended_jobs where status = 'cancelled'")).isEqualTo(cancelled);
    assertThat(store.count("jobs where id not in (select job_id from ended_jobs)")).isZero();
    assertThat(store.count("(select from ended_jobs group by job_id having count(*) > 1) twice"))
        .isZero();
    assertThat(
            store.count(
                """
                queue q join ended_jobs j on j.job_id = q.job_id
                where q.owner is null or q.cancelled_at is null
                """))
        .isZero();
  }
}
