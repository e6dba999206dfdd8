package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.job.Bucket;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Execution;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.refusal.NotFound.ExecutionNotFound;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A job's executions, the live and the ended ones as one list. */
@Timeout(30)
final class ExecutionsTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  private ExecutionId fireAgain(JobId job) throws Exception {
    ExecutionId id = store.ids.execution(job.bucket());
    fire(job, id);
    return id;
  }

  private void fire(JobId job, ExecutionId id) throws Exception {
    store.execute(
        """
        insert into queue (bucket, job_id, execution_id, project_id, lane, due_at, scheduled_at,
          recurring, planned)
        values (?, ?, ?, ?, ?, now(), now(), true, true)
        """,
        job.bucket(),
        job.value(),
        id.value(),
        store.project,
        (long) store.project << 32);
  }

  private List<Execution> list(JobId job) {
    return store.executions.list(store.project, job, Optional.empty(), 100);
  }

  private static List<ExecutionId> ids(List<Execution> executions) {
    return executions.stream().map(Execution::id).toList();
  }

  @Test
  void showsLiveAndEndedOnesNewestFirst() throws Exception {
    JobId job = store.create(StoreFixture.spec()).id();
    store.finishes.finish(List.of(StoreFixture.completed(store.claimOne(node))));
    fireAgain(job);
    Claim failed = store.claimOne(node);
    store.finishes.finish(List.of(StoreFixture.givenUp(failed)));
    fireAgain(job);
    store.finishes.finish(
        List.of(StoreFixture.retried(store.claimOne(node), Duration.ofMinutes(1))));
    ExecutionId running = fireAgain(job);
    store.claimOne(node);
    fireAgain(job);

    List<Execution> all = list(job);
    assertThat(all)
        .extracting(Execution::status)
        .containsExactly(
            Execution.Status.PENDING,
            Execution.Status.RUNNING,
            Execution.Status.PENDING,
            Execution.Status.FAILED,
            Execution.Status.COMPLETED);
    assertThat(all).extracting(Execution::attemptCount).containsExactly(0, 1, 1, 1, 1);
    assertThat(all).extracting(Execution::jobId).containsOnly(job);
    assertThat(all)
        .extracting(execution -> execution.nextRunAt().isPresent())
        .containsExactly(true, false, true, false, false);
    assertThat(all)
        .extracting(execution -> execution.finishedAt().isPresent())
        .containsExactly(false, false, false, true, true);
    assertThat(all.get(1).id()).isEqualTo(running);
    assertThat(all.get(3).id()).isEqualTo(failed.executionId());
    assertThat(all.get(3).scheduledAt()).isEqualTo(failed.scheduledAt());
    // The retry is due later than its firing was.
    assertThat(all.get(2).nextRunAt().orElseThrow())
        .isAfter(all.get(2).scheduledAt().plusSeconds(50));
  }

  @Test
  void pagesOverEachExecutionOnce() throws Exception {
    JobId job = store.create(StoreFixture.spec()).id();
    // Ended and live ones in turn.
    for (int i = 0; i < 4; i++) {
      Claim ends = store.claimOne(node);
      store.finishes.finish(List.of(StoreFixture.completed(ends)));
      fireAgain(job);
      store.claimOne(node);
      fireAgain(job);
    }
    List<ExecutionId> whole = ids(list(job));
    assertThat(whole).hasSize(9);
    assertThat(whole.reversed()).extracting(id -> id.value().toString()).isSorted();
    for (int size : List.of(1, 2, 4, 9)) {
      List<ExecutionId> paged = new ArrayList<>();
      List<ExecutionId> page =
          ids(store.executions.list(store.project, job, Optional.empty(), size));
      while (!page.isEmpty()) {
        assertThat(page).hasSizeLessThanOrEqualTo(size);
        paged.addAll(page);
        page = ids(store.executions.list(store.project, job, Optional.of(page.getLast()), size));
      }
      assertThat(paged).isEqualTo(whole);
    }
  }

  @Test
  void findsOneByItsIdAloneWhereverItIs() throws Exception {
    JobId once = store.create(StoreFixture.spec()).id();
    Claim running = store.claimOne(node);
    assertThat(get(running.executionId())).isEqualTo(list(once).getFirst());
    store.finishes.finish(List.of(StoreFixture.completed(running)));
    assertThat(get(running.executionId()))
        .returns(once, Execution::jobId)
        .returns(Execution.Status.COMPLETED, Execution::status);

    JobId recurring = store.create(StoreFixture.spec(StoreFixture.everyMinute())).id();
    // Made long after its job was, as those of later firings are.
    UUID later =
        new UUID(
            list(recurring).getFirst().id().value().getMostSignificantBits() + (3_600_000L << 16),
            Bucket.of(recurring.value()));
    ExecutionId next = new ExecutionId(later);
    fire(recurring, next);
    assertThat(get(next)).isEqualTo(list(recurring).getFirst());
    store.finishes.finish(List.of(StoreFixture.completed(store.claimOne(node))));
    assertThat(get(next)).returns(Execution.Status.COMPLETED, Execution::status);
  }

  @Test
  void tellsThatThereIsNoneOfAnId() {
    store.create(StoreFixture.spec());
    ExecutionId id = store.claimOne(node).executionId();
    assertThatThrownBy(() -> store.executions.get(store.project("another"), id))
        .isInstanceOf(ExecutionNotFound.class);
    assertThatThrownBy(() -> get(store.ids.execution(Bucket.of(id.value()))))
        .isInstanceOf(ExecutionNotFound.class);
  }

  private Execution get(ExecutionId id) {
    return store.executions.get(store.project, id);
  }

  @Test
  void belongsToOneJob() {
    JobId job = store.create(StoreFixture.spec(new Schedule.After(Duration.ofMinutes(1)))).id();
    store.create(StoreFixture.spec());
    store.finishes.finish(List.of(StoreFixture.completed(store.claimOne(node))));
    assertThat(list(job)).hasSize(1);
  }

  @Test
  void isNeverLostOrSeenTwiceWhileItEnds() throws Exception {
    JobId job = store.create(StoreFixture.spec()).id();
    var over = new AtomicBoolean();
    Thread worker =
        Thread.startVirtualThread(() -> {
          while (!over.get()) {
            store.finishes.finish(List.of(StoreFixture.completed(store.claimOne(node))));
            try {
              fireAgain(job);
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          }
        });
    try {
      Set<ExecutionId> seen = Set.of();
      for (int i = 0; i < 100; i++) {
        List<ExecutionId> now =
            ids(store.executions.list(store.project, job, Optional.empty(), 100_000));
        Set<ExecutionId> distinct = Set.copyOf(now);
        assertThat(distinct).hasSameSizeAs(now);
        assertThat(distinct.containsAll(seen)).isTrue();
        seen = distinct;
      }
      assertThat(seen).isNotEmpty();
    } finally {
      over.set(true);
      worker.join();
    }
  }
}
