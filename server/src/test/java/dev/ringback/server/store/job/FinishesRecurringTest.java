package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Execution;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.Verdict;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The finish of jobs that fire again and again. */
@Timeout(30)
final class FinishesRecurringTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");
  private final JobId job = store.create(StoreFixture.spec(StoreFixture.everyMinute())).id();
  private final Instant next =
      store.clock.instant().plusSeconds(3_600).truncatedTo(ChronoUnit.MICROS);

  private Claim claim() throws Exception {
    store.makeDue(job);
    return store.claimOne(node);
  }

  private Finish then(Finish finish) {
    return new Finish(finish.claim(), finish.outcome(), finish.verdict(), Optional.of(next));
  }

  private List<Execution> executions() {
    return store.executions.list(store.project, job, Optional.empty(), 100);
  }

  @Test
  void plansTheNextFiring() throws Exception {
    Claim first = claim();
    store.finishes.finish(List.of(then(StoreFixture.completed(first))));
    Job.State state = store.get(job).state();
    assertThat(state.status()).isEqualTo(JobStatus.PENDING);
    assertThat(state.finishedAt()).isEmpty();
    assertThat(state.nextRunAt()).contains(next);
    assertThat(state.attemptCount()).isEqualTo(1);
    assertThat(executions())
        .extracting(Execution::status)
        .containsExactly(Execution.Status.PENDING, Execution.Status.COMPLETED);
    assertThat(executions().getFirst().scheduledAt()).isEqualTo(next);

    Claim second = claim();
    assertThat(second.executionId()).isNotEqualTo(first.executionId());
    assertThat(second.cron()).isPresent();
    assertThat(second.number()).isEqualTo(1);
  }

  @Test
  void goesOnAfterAFiringFailedForGood() throws Exception {
    store.finishes.finish(List.of(then(StoreFixture.givenUp(claim()))));
    assertThat(store.get(job).state().status()).isEqualTo(JobStatus.PENDING);
    assertThat(executions())
        .extracting(Execution::status)
        .containsExactly(Execution.Status.PENDING, Execution.Status.FAILED);
  }

  @Test
  void passesTheScheduleOnOnceThoughTheFiringIsRetried() throws Exception {
    Claim first = claim();
    store.finishes.finish(List.of(then(StoreFixture.retried(first, Duration.ofMinutes(1)))));
    assertThat(store.count("queue where not planned")).isEqualTo(1);
    assertThat(store.count("queue where planned")).isEqualTo(1);

    store.execute("update queue set due_at = now() where planned");
    Claim retry = store.claimOne(node);
    assertThat(retry.executionId()).isEqualTo(first.executionId());
    assertThat(retry.cron()).isEmpty();
    // Even if it had planned one, it no longer carries the schedule.
    store.finishes.finish(List.of(then(StoreFixture.completed(retry))));
    assertThat(store.count("queue where not planned")).isEqualTo(1);
    assertThat(store.count("queue")).isEqualTo(1);
    assertThat(store.get(job).state().attemptCount()).isEqualTo(2);
  }

  @Test
  void keepsTheScheduleWhenAnAttemptIsLost() throws Exception {
    Claim lost = claim();
    store.rescue.retire(node);
    Claim again = store.claimOne(store.nodes.register("two"));
    assertThat(again.cron()).isPresent();
    store.finishes.finish(List.of(then(StoreFixture.completed(lost))));
    assertThat(store.count("queue")).isEqualTo(1);
    store.finishes.finish(List.of(then(StoreFixture.completed(again))));
    assertThat(store.get(job).state().nextRunAt()).contains(next);
  }

  @Test
  void endsTwoFiringsOfOneJobInOneBatch() throws Exception {
    Claim first = claim();
    store.finishes.finish(List.of(then(StoreFixture.retried(first, Duration.ZERO))));
    store.makeDue(job);
    List<Claim> both = store.claim(node, 10);
    assertThat(both).hasSize(2);
    int owned =
        store.finishes.finish(
            both.stream()
                .map(claim ->
                    claim.cron().isPresent()
                        ? then(StoreFixture.completed(claim))
                        : StoreFixture.givenUp(claim))
                .toList());
    assertThat(owned).isEqualTo(2);
    assertThat(store.get(job).state().attemptCount()).isEqualTo(3);
    assertThat(executions())
        .extracting(Execution::status)
        .containsExactly(
            Execution.Status.PENDING, Execution.Status.COMPLETED, Execution.Status.FAILED);
    assertThat(executions()).extracting(Execution::attemptCount).containsExactly(0, 1, 2);
  }

  @Test
  void plansNothingMoreForACancelledJob() throws Exception {
    Claim running = claim();
    store.actions.cancel(store.project, job);
    store.finishes.finish(
        List.of(
            then(
                new Finish(
                    running,
                    StoreFixture.answered(500),
                    new Verdict.Retry(Duration.ZERO),
                    Optional.empty()))));
    assertThat(store.count("queue")).isZero();
    assertThat(executions())
        .extracting(Execution::status)
        .containsExactly(Execution.Status.CANCELLED);
  }
}
