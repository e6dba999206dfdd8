package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Lists of jobs: order, filters, pages. */
@Timeout(30)
final class JobsListTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  private List<JobId> list(Set<JobStatus> statuses, Map<String, String> labels) {
    return list(statuses, labels, Optional.empty(), 100);
  }

  private List<JobId> list(
      Set<JobStatus> statuses, Map<String, String> labels, Optional<JobId> before, int limit) {
    return ids(list(new JobFilter(store.project, Set.of(), labels, statuses), before, limit));
  }

  private static List<JobId> ids(List<Job> jobs) {
    return jobs.stream().map(Job::id).toList();
  }

  private List<Job> list(JobFilter filter, Optional<JobId> before, int limit) {
    List<Job> found = new ArrayList<>();
    store.jobs.list(filter, before, limit, job -> found.size() < limit && found.add(job));
    return found;
  }

  private JobId create() {
    return store.create(StoreFixture.spec()).id();
  }

  @Test
  void tellsEveryStatusApartNewestFirst() throws Exception {
    JobId completed = create();
    store.finishes.finish(List.of(StoreFixture.completed(store.claimOne(node))));
    JobId failed = create();
    store.finishes.finish(List.of(StoreFixture.givenUp(store.claimOne(node))));
    JobId cancelled = create();
    store.actions.cancel(store.project, cancelled);
    JobId paused = create();
    store.execute("update queue set hold = 'paused' where job_id = ?", paused.value());
    JobId running = create();
    store.claimOne(node);
    JobId pending = create();

    assertThat(list(Set.of(), Map.of()))
        .containsExactly(pending, running, paused, cancelled, failed, completed);
    assertThat(list(Set.of(JobStatus.PENDING), Map.of())).containsExactly(pending);
    assertThat(list(Set.of(JobStatus.RUNNING), Map.of())).containsExactly(running);
    assertThat(list(Set.of(JobStatus.COMPLETED), Map.of())).containsExactly(completed);
    assertThat(list(Set.of(JobStatus.FAILED), Map.of())).containsExactly(failed);
    assertThat(list(Set.of(JobStatus.CANCELLED), Map.of())).containsExactly(cancelled);
    assertThat(list(Set.of(JobStatus.PAUSED), Map.of())).containsExactly(paused);
    assertThat(list(EnumSet.of(JobStatus.PENDING, JobStatus.RUNNING), Map.of()))
        .containsExactly(pending, running);
    assertThat(list(EnumSet.of(JobStatus.RUNNING, JobStatus.FAILED), Map.of()))
        .containsExactly(running, failed);
  }

  @Test
  void readsNoFurtherThanJobsAreTaken() {
    store.createAll(store.project, Collections.nCopies(200, StoreFixture.spec()));
    var filter = JobFilter.all(store.project);
    List<JobId> all = ids(list(filter, Optional.empty(), 1_000));
    assertThat(all)
        .hasSize(200)
        .extracting(JobId::toString)
        .isSortedAccordingTo(Comparator.reverseOrder())
        .doesNotHaveDuplicates();
    for (int limit : List.of(1, 64, 65, 128, 199)) {
      assertThat(ids(list(filter, Optional.empty(), limit))).isEqualTo(all.subList(0, limit));
      List<JobId> offered = new ArrayList<>();
      store.jobs.list(
          filter,
          Optional.empty(),
          1_000,
          job -> {
            offered.add(job.id());
            return offered.size() < limit;
          });
      assertThat(offered).isEqualTo(all.subList(0, limit));
    }
  }

  /** Pending jobs among many that are being called: none of them is found by an index. */
  @Test
  void looksAtNoMoreJobsThanOneCallMayAndTellsWhereToGoOn() throws Exception {
    JobId oldest = create();
    store.execute(
        """
        with made as (
          insert into jobs (bucket, id, project_id, url, method, headers, body, scheduled_at,
            delivery)
          select 0, (lpad(to_hex(2000000000000 + i), 12, '0') || '70008000' || repeat('0', 12))::uuid,
            ?, 'http://127.0.0.1:1/', 'POST', '{}', '', now(), '{}'
          from generate_series(1, ?) i
          returning *
        )
        insert into queue (bucket, job_id, execution_id, project_id, lane, due_at, scheduled_at,
          owner, started_at)
        select bucket, id, id, project_id, 0, now(), now(), 1, now() from made
        """,
        store.project,
        JobSearch.MOST + 1_000);
    List<JobId> found = new ArrayList<>();
    Optional<JobId> rest = pending(Optional.empty(), found);
    assertThat(found).isEmpty();
    assertThat(rest).isPresent();
    assertThat(store.count("jobs where id >= ?", rest.get().value()))
        .as("jobs that were looked at")
        .isLessThanOrEqualTo(JobSearch.MOST);

    for (int calls = 0; rest.isPresent(); calls++) {
      assertThat(calls).as("calls that make no way").isLessThan(100);
      rest = pending(rest, found);
    }
    assertThat(found).containsExactly(oldest);
    // Those that are called are found by the queue at once, and those with a label by its index.
    assertThat(list(Set.of(JobStatus.RUNNING), Map.of())).hasSize(100);
    JobId labelled = new JobId(UUID.fromString(store.value("select min(id::text) from jobs")));
    store.execute("update jobs set labels = '{\"a\": \"b\"}' where id = ?", labelled.value());
    assertThat(list(Set.of(), Map.of("a", "b"))).containsExactly(labelled);
  }

  private Optional<JobId> pending(Optional<JobId> before, List<JobId> found) {
    var filter = new JobFilter(store.project, Set.of(), Map.of(), Set.of(JobStatus.PENDING));
    return store.jobs.list(filter, before, 10, job -> found.add(job.id()));
  }

  @Test
  void carriesAllButHeadersAndBodies() {
    Job job = store.create(StoreFixture.labelled(Map.of("a", "b")));
    Claim claim = store.claimOne(node);
    store.finishes.finish(List.of(StoreFixture.retried(claim, Duration.ofMinutes(1))));
    Job listed = list(JobFilter.all(store.project), Optional.empty(), 10).getFirst();
    Job.State whole = store.get(job.id()).state();
    assertThat(listed.spec().labels()).isEqualTo(Map.of("a", "b"));
    assertThat(listed.spec().callback().url()).isEqualTo(job.spec().callback().url());
    assertThat(listed.state().nextRunAt()).isEqualTo(whole.nextRunAt());
    assertThat(listed.state().attemptCount()).isEqualTo(1);
    var answer = listed.state().lastAttempt().orElseThrow().result().orElseThrow().answer();
    assertThat(answer.orElseThrow().statusCode()).isEqualTo(503);
    assertThat(answer.orElseThrow().body()).isEmpty();
  }

  @Test
  void matchesAllLabels() {
    JobId one = store.create(StoreFixture.labelled(Map.of("team", "blue"))).id();
    JobId two = store.create(StoreFixture.labelled(Map.of("team", "blue", "env", "p\"'"))).id();
    store.create(StoreFixture.labelled(Map.of("team", "red")));
    create();
    assertThat(list(Set.of(), Map.of("team", "blue"))).containsExactly(two, one);
    assertThat(list(Set.of(), Map.of("team", "blue", "env", "p\"'"))).containsExactly(two);
    assertThat(list(Set.of(), Map.of("env", "blue"))).isEmpty();
  }

  @Test
  void showsNothingOfOtherProjects() {
    create();
    assertThat(list(JobFilter.all(store.project("other")), Optional.empty(), 10)).isEmpty();
  }

  @Test
  void pagesOverEachJobOnceWhileOthersAreCreatedAndEnd() throws Exception {
    List<JobId> initial = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      initial.add(create());
    }
    var over = new AtomicBoolean();
    Thread creator =
        Thread.startVirtualThread(() -> {
          while (!over.get()) {
            create();
          }
        });
    Thread finisher =
        Thread.startVirtualThread(() -> {
          while (!over.get()) {
            store
                .claim(node, 3)
                .forEach(claim -> store.finishes.finish(List.of(StoreFixture.completed(claim))));
          }
        });
    try {
      for (int round = 0; round < 2; round++) {
        assertThat(pages(20)).doesNotHaveDuplicates().containsAll(initial);
      }
    } finally {
      over.set(true);
      creator.join();
      finisher.join();
    }
  }

  private List<JobId> pages(int size) {
    List<JobId> all = new ArrayList<>();
    Optional<JobId> before = Optional.empty();
    while (true) {
      List<JobId> page = list(Set.of(), Map.of(), before, size);
      if (page.isEmpty()) {
        return all;
      }
      all.addAll(page);
      before = Optional.of(page.getLast());
    }
  }
}
