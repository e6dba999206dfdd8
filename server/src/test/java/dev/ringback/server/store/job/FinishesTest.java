package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Execution;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Verdict;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The finish of jobs that fire once. */
@Timeout(30)
final class FinishesTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  private List<Attempt> attempts(JobId job) {
    return store.attempts(job);
  }

  private Execution execution(JobId job) {
    List<Execution> all = store.executions.list(store.project, job, Optional.empty(), 100);
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  @Test
  void completes() throws Exception {
    JobId id = store.create(StoreFixture.spec()).id();
    Claim claim = store.claimOne(node);
    assertThat(store.get(id).state().status()).isEqualTo(JobStatus.RUNNING);
    assertThat(store.get(id).state().attemptCount()).isEqualTo(1);
    assertThat(store.finishes.finish(List.of(StoreFixture.completed(claim)))).isEqualTo(1);

    Job.State state = store.get(id).state();
    assertThat(state.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(state.attemptCount()).isEqualTo(1);
    assertThat(state.nextRunAt()).isEmpty();
    assertThat(state.finishedAt()).contains(state.updatedAt());
    assertThat(state.updatedAt()).isAfter(state.createdAt());
    assertThat(store.count("queue")).isZero();

    Attempt attempt = attempts(id).getFirst();
    assertThat(attempt.status()).isEqualTo(Attempt.Status.SUCCEEDED);
    assertThat(attempt.startedAt()).isEqualTo(claim.startedAt());
    Attempt.Result result = attempt.result().orElseThrow();
    assertThat(result.durationMillis()).contains(12);
    assertThat(result.requestHeaders()).isEqualTo(Map.of("Host", "there"));
    assertThat(result.error()).isEmpty();
    assertThat(result.answer())
        .get()
        .usingRecursiveComparison()
        .isEqualTo(
            new Attempt.Answer(
                200, Map.of("Content-Type", "text/plain"), new byte[] {'o', 'k'}, false));
    assertThat(state.lastAttempt()).get().usingRecursiveComparison().isEqualTo(attempt);

    Execution execution = execution(id);
    assertThat(execution.status()).isEqualTo(Execution.Status.COMPLETED);
    assertThat(execution.id()).isEqualTo(claim.executionId());
    assertThat(execution.attemptCount()).isEqualTo(1);
    assertThat(execution.finishedAt()).isEqualTo(state.finishedAt());
  }

  @Test
  void retriesAfterTheBackoff() throws Exception {
    JobId id = store.create(StoreFixture.spec()).id();
    Claim first = store.claimOne(node);
    store.finishes.finish(List.of(StoreFixture.retried(first, Duration.ofSeconds(30))));

    Job.State state = store.get(id).state();
    assertThat(state.status()).isEqualTo(JobStatus.PENDING);
    assertThat(state.attemptCount()).isEqualTo(1);
    Attempt attempt = attempts(id).getFirst();
    assertThat(attempt.status()).isEqualTo(Attempt.Status.FAILED);
    Attempt.Result result = attempt.result().orElseThrow();
    assertThat(result.error())
        .contains(new Attempt.Error("status", "the target answered 503, not 2xx"));
    assertThat(state.nextRunAt()).contains(result.finishedAt().plusSeconds(30));
    assertThat(store.claim(node, 10)).isEmpty();

    store.makeDue(id);
    Claim second = store.claimOne(node);
    assertThat(second.executionId()).isEqualTo(first.executionId());
    assertThat(second.number()).isEqualTo(2);
    assertThat(second.retries()).isEqualTo(1);
    assertThat(second.scheduledAt()).isEqualTo(first.scheduledAt());
    store.finishes.finish(List.of(StoreFixture.completed(second)));
    assertThat(store.get(id).state().attemptCount()).isEqualTo(2);
    assertThat(execution(id).attemptCount()).isEqualTo(2);
  }

  @Test
  void givesUp() {
    JobId id = store.create(StoreFixture.spec()).id();
    var outcome =
        new Outcome.Unanswered(
            Outcome.ErrorClass.CONNECT_TIMEOUT, "no\0body", Map.of(), Duration.ofSeconds(10));
    store.finishes.finish(
        List.of(new Finish(store.claimOne(node), outcome, new Verdict.GiveUp(), Optional.empty())));
    Job.State state = store.get(id).state();
    assertThat(state.status()).isEqualTo(JobStatus.FAILED);
    assertThat(state.finishedAt()).isPresent();
    assertThat(execution(id).status()).isEqualTo(Execution.Status.FAILED);
    Attempt.Result result = attempts(id).getFirst().result().orElseThrow();
    assertThat(result.answer()).isEmpty();
    assertThat(result.error()).contains(new Attempt.Error("connect_timeout", "nobody"));
  }

  @Test
  void changesNothingWhenTheRowWasRescued() throws Exception {
    JobId id = store.create(StoreFixture.spec()).id();
    Claim late = store.claimOne(node);
    store.rescue.retire(node);
    assertThat(store.finishes.finish(List.of(StoreFixture.completed(late)))).isZero();
    assertThat(store.get(id).state().status()).isEqualTo(JobStatus.PENDING);
    assertThat(attempts(id)).extracting(Attempt::status).containsExactly(Attempt.Status.LOST);

    Claim again = store.claimOne(store.nodes.register("two"));
    assertThat(again.lost()).isEqualTo(1);
    assertThat(again.retries()).isZero();
    assertThat(store.finishes.finish(List.of(StoreFixture.givenUp(late)))).isZero();
    assertThat(store.finishes.finish(List.of(StoreFixture.completed(again)))).isEqualTo(1);
    assertThat(store.finishes.finish(List.of(StoreFixture.givenUp(late)))).isZero();
    assertThat(attempts(id))
        .extracting(Attempt::status)
        .containsExactly(Attempt.Status.LOST, Attempt.Status.SUCCEEDED);
    assertThat(store.get(id).state().status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(store.get(id).state().attemptCount()).isEqualTo(2);
  }

  @Test
  void keepsTheLateOutcomeOfALostAttempt() throws Exception {
    JobId id = store.create(StoreFixture.spec()).id();
    Claim late = store.claimOne(node);
    store.rescue.retire(node);
    Attempt.Result lost = attempts(id).getFirst().result().orElseThrow();
    assertThat(lost.answer()).isEmpty();
    assertThat(store.finishes.finish(List.of(StoreFixture.completed(late)))).isZero();

    Attempt attempt = attempts(id).getFirst();
    assertThat(attempt.status()).isEqualTo(Attempt.Status.LOST);
    Attempt.Result result = attempt.result().orElseThrow();
    assertThat(result.finishedAt()).isEqualTo(lost.finishedAt());
    assertThat(result.error()).isPresent().isEqualTo(lost.error());
    assertThat(result.durationMillis()).contains(12);
    assertThat(result.requestHeaders()).isEqualTo(Map.of("Host", "there"));
    assertThat(result.answer().orElseThrow().statusCode()).isEqualTo(200);
    assertThat(result.answer().orElseThrow().body()).asString().isEqualTo("ok");

    // The first that comes is kept.
    assertThat(store.finishes.finish(List.of(StoreFixture.givenUp(late)))).isZero();
    assertThat(attempts(id).getFirst()).usingRecursiveComparison().isEqualTo(attempt);
  }

  @Test
  void recordsTwiceAsOnce() throws Exception {
    JobId id = store.create(StoreFixture.spec()).id();
    Finish finish = StoreFixture.completed(store.claimOne(node));
    assertThat(store.finishes.finish(List.of(finish))).isEqualTo(1);
    assertThat(store.finishes.finish(List.of(finish))).isZero();
    assertThat(store.get(id).state().attemptCount()).isEqualTo(1);
    assertThat(store.count("ended_jobs")).isEqualTo(1);
  }

  @Test
  void recordsTheCallOfACancelledJob() throws Exception {
    JobId completed = store.create(StoreFixture.spec()).id();
    Claim completing = store.claimOne(node);
    JobId retried = store.create(StoreFixture.spec()).id();
    Claim retrying = store.claimOne(node);
    store.actions.cancel(store.project, completed);
    store.actions.cancel(store.project, retried);

    int owned =
        store.finishes.finish(
            List.of(
                StoreFixture.completed(completing), StoreFixture.retried(retrying, Duration.ZERO)));
    assertThat(owned).isEqualTo(2);
    assertThat(store.count("queue")).isZero();
    for (JobId id : List.of(completed, retried)) {
      assertThat(store.get(id).state().status()).isEqualTo(JobStatus.CANCELLED);
      assertThat(store.get(id).state().attemptCount()).isEqualTo(1);
    }
    assertThat(attempts(completed).getFirst().status()).isEqualTo(Attempt.Status.SUCCEEDED);
    assertThat(execution(completed).status()).isEqualTo(Execution.Status.COMPLETED);
    assertThat(attempts(retried).getFirst().status()).isEqualTo(Attempt.Status.FAILED);
    assertThat(execution(retried).status()).isEqualTo(Execution.Status.CANCELLED);
  }
}
