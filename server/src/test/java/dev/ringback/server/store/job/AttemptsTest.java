package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.StoreFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A job's attempts: order, pages, and what each reading holds. */
@Timeout(30)
final class AttemptsTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  private JobId create() {
    return store.create(StoreFixture.spec()).id();
  }

  /** A call that fails and is tried again at once. */
  private Claim fail() {
    Claim claim = store.claimOne(node);
    store.finishes.finish(List.of(StoreFixture.retried(claim, Duration.ZERO)));
    return claim;
  }

  /** A further execution of a job, due now. */
  private void fireAgain(JobId job) throws Exception {
    store.execute(
        """
        insert into queue (bucket, job_id, execution_id, project_id, lane, due_at, scheduled_at,
          recurring, planned)
        values (?, ?, ?, ?, ?, now(), now(), true, true)
        """,
        job.bucket(),
        job.value(),
        store.ids.execution(job.bucket()).value(),
        store.project,
        (long) store.project << 32);
  }

  private List<Attempt> list(JobId job, Optional<Attempts.Cursor> after, int limit) {
    List<Attempt> found = new ArrayList<>();
    store.attempts.list(store.project, job, after, limit, found::add);
    return found;
  }

  private static Attempts.Cursor cursor(Attempt attempt) {
    return new Attempts.Cursor(attempt.executionId(), attempt.number());
  }

  private Map<JobId, Attempt> last(List<JobId> jobs) {
    return store.database.run(
        connection -> Attempts.last(connection, store.project, jobs, AttemptRows.SUMMARY));
  }

  @Test
  void tellsTheStoryInOrder() throws Exception {
    JobId job = create();
    Claim first = fail();
    Claim second = fail();
    store.finishes.finish(List.of(StoreFixture.givenUp(store.claimOne(node))));
    fireAgain(job);
    Claim other = store.claimOne(node);

    List<Attempt> all = list(job, Optional.empty(), 100);
    assertThat(all).extracting(Attempt::number).containsExactly(1, 2, 3, 1);
    assertThat(all)
        .extracting(Attempt::executionId)
        .containsExactly(
            first.executionId(), first.executionId(), first.executionId(), other.executionId());
    assertThat(all)
        .extracting(Attempt::status)
        .containsExactly(
            Attempt.Status.FAILED,
            Attempt.Status.FAILED,
            Attempt.Status.FAILED,
            Attempt.Status.OPEN);
    assertThat(all).extracting(Attempt::startedAt).isSorted();
    assertThat(all.get(0).dueAt()).isEqualTo(first.scheduledAt());
    assertThat(all.get(1).startedAt()).isEqualTo(second.startedAt());
    assertThat(all.getLast().result()).isEmpty();
    assertThat(all.getLast().node()).isEqualTo("one");
  }

  @Test
  void readsNoFurtherThanAttemptsAreTaken() {
    JobId job = create();
    for (int i = 0; i < 40; i++) {
      fail();
    }
    List<Integer> all = IntStream.rangeClosed(1, 40).boxed().toList();
    assertThat(list(job, Optional.empty(), 100)).extracting(Attempt::number).isEqualTo(all);
    for (int most : List.of(1, 16, 17, 39)) {
      List<Integer> offered = new ArrayList<>();
      store.attempts.list(
          store.project,
          job,
          Optional.empty(),
          100,
          attempt -> {
            offered.add(attempt.number());
            return offered.size() < most;
          });
      assertThat(offered).isEqualTo(all.subList(0, most));
    }
  }

  @Test
  void pagesOverEachAttemptOnce() throws Exception {
    JobId job = create();
    for (int execution = 0; execution < 3; execution++) {
      fail();
      fail();
      store.finishes.finish(List.of(StoreFixture.completed(store.claimOne(node))));
      fireAgain(job);
    }
    List<Attempts.Cursor> whole =
        list(job, Optional.empty(), 100).stream().map(AttemptsTest::cursor).toList();
    assertThat(whole).hasSize(9);
    for (int size : List.of(1, 2, 3, 4, 9)) {
      List<Attempts.Cursor> paged = new ArrayList<>();
      List<Attempt> page = list(job, Optional.empty(), size);
      while (!page.isEmpty()) {
        assertThat(page).hasSizeLessThanOrEqualTo(size);
        page.forEach(attempt -> paged.add(cursor(attempt)));
        page = list(job, Optional.of(paged.getLast()), size);
      }
      assertThat(paged).isEqualTo(whole);
    }
  }

  @Test
  void belongsToOneJob() {
    JobId job = create();
    fail();
    JobId none = create();
    assertThat(list(job, Optional.empty(), 100)).hasSize(1);
    assertThat(list(none, Optional.empty(), 100)).isEmpty();
  }

  @Test
  void isWholeInTheListAndShortInASummary() {
    JobId job = create();
    fail();
    Attempt whole = list(job, Optional.empty(), 100).getFirst();
    Attempt.Result told = whole.result().orElseThrow();
    assertThat(told.requestHeaders()).isEqualTo(Map.of("Host", "there"));
    Attempt.Answer answer = told.answer().orElseThrow();
    assertThat(answer.headers()).isEqualTo(Map.of("Content-Type", "text/plain"));
    assertThat(answer.body()).isEqualTo(new byte[] {'o', 'k'});

    Attempt summary = last(List.of(job)).get(job);
    var shortened =
        new Attempt.Result(
            told.finishedAt(),
            told.durationMillis(),
            Map.of(),
            Optional.of(new Attempt.Answer(503, Map.of(), new byte[0], false)),
            told.error());
    assertThat(summary)
        .usingRecursiveComparison()
        .isEqualTo(
            new Attempt(
                whole.executionId(),
                whole.number(),
                whole.status(),
                whole.dueAt(),
                whole.startedAt(),
                whole.node(),
                Optional.of(shortened)));
  }

  @Test
  void knowsTheLastOfManyJobs() throws Exception {
    JobId tried = create();
    fail();
    fail();
    store.claimOne(node);
    JobId refired = create();
    fail();
    store.finishes.finish(List.of(StoreFixture.completed(store.claimOne(node))));
    fireAgain(refired);
    Claim newest = store.claimOne(node);
    JobId untried = create();
    JobId unknown = new JobId(new UUID(1, 2));

    Map<JobId, Attempt> last = last(List.of(untried, refired, unknown, tried));
    assertThat(last).containsOnlyKeys(tried, refired);
    assertThat(last.get(tried)).extracting(Attempt::number).isEqualTo(3);
    assertThat(last.get(refired)).extracting(Attempt::executionId).isEqualTo(newest.executionId());
    assertThat(last(List.of())).isEmpty();
  }

  @Test
  void findsAttemptsOfAllDays() throws Exception {
    JobId job = create();
    fail();
    fail();
    store.execute(
        "update attempts set started_at = started_at + interval '1 day' where number = 2");
    assertThat(store.count("pg_inherits i join attempts a on a.tableoid = i.inhrelid"))
        .isEqualTo(2);
    assertThat(list(job, Optional.empty(), 100)).extracting(Attempt::number).containsExactly(1, 2);
    assertThat(last(List.of(job)).get(job)).extracting(Attempt::number).isEqualTo(2);
  }
}
