package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ringback.server.Await;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.refusal.Conflict.IdempotencyKeyReused;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.db.StoreException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Creates that are written together or not at all. */
@Timeout(60)
final class CreatesWholeTest {
  @RegisterExtension private final StoreFixture store = new StoreFixture();

  private Creation creation(JobSpec spec) {
    return new Creation(store.project, spec, Optional.empty());
  }

  private Creation creation(JobSpec spec, String key) {
    return new Creation(store.project, spec, Optional.of(StoreFixture.key(key, spec)));
  }

  private static JobSpec numbered(Object number) {
    return StoreFixture.labelled(Map.of("number", number.toString()));
  }

  private static List<Job> news(List<Created> created) {
    return created.stream().map(one -> ((Created.New) one).job()).toList();
  }

  private static JobId id(Created created) {
    return switch (created) {
      case Created.New(Job job) -> job.id();
      case Created.Before(JobId job) -> job;
      case Created.KeyReused reused -> throw new AssertionError(reused);
    };
  }

  private void assertNothingIsThere() throws Exception {
    for (String table : List.of("jobs", "queue", "idempotency_keys")) {
      assertThat(store.count(table)).as(table).isZero();
    }
  }

  @Test
  void writesAllInOrderAndInOneTransaction() throws Exception {
    List<Creation> batch = IntStream.range(0, 1_000).mapToObj(i -> creation(numbered(i))).toList();
    List<Job> jobs = news(store.creates.createAll(batch));
    assertThat(jobs.stream().map(Job::spec))
        .containsExactlyElementsOf(batch.stream().map(Creation::spec).toList());
    assertThat(store.count("jobs")).isEqualTo(1_000);
    assertThat(store.count("queue")).isEqualTo(1_000);
    assertThat(store.value("select count(distinct xmin::text) from jobs")).isEqualTo("1");
    assertThat(store.value("select count(distinct bucket) from jobs")).isEqualTo("1");
    Job one = jobs.get(500);
    assertThat(store.get(one.id()).state()).isEqualTo(one.state());
    assertThat(store.get(one.id()).spec().labels()).containsEntry("number", "500");
  }

  @Test
  void writesNothingWhenOneFails() throws Exception {
    List<Creation> batch = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      batch.add(creation(numbered(i == 13 ? "N\0L" : i), "key " + i));
    }
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.creates.createAll(batch));
    assertNothingIsThere();
    batch.remove(13);
    assertThat(news(store.creates.createAll(batch))).hasSize(19);
  }

  @Test
  void writesNothingWhenOneKeyStandsForOtherContent() throws Exception {
    JobId first = id(store.creates.create(creation(numbered("first"), "taken")));
    List<Creation> batch =
        List.of(
            creation(numbered(1)),
            creation(numbered(2), "free"),
            creation(numbered("other"), "taken"));
    assertThatExceptionOfType(IdempotencyKeyReused.class)
        .isThrownBy(() -> store.creates.createAll(batch))
        .satisfies(e -> assertThat(e.job()).isEqualTo(first));
    assertThat(store.count("jobs")).isEqualTo(1);
    assertThat(store.count("queue")).isEqualTo(1);
    assertThat(store.value("select string_agg(key, ' ') from idempotency_keys")).isEqualTo("taken");
  }

  @Test
  void answersTheFirstJobsWhenItIsRepeated() throws Exception {
    List<Creation> batch =
        IntStream.range(0, 50).mapToObj(i -> creation(numbered(i), "key " + i)).toList();
    List<JobId> first = news(store.creates.createAll(batch)).stream().map(Job::id).toList();
    List<Creation> more = new ArrayList<>(batch);
    more.add(25, creation(numbered("more")));
    List<Created> again = store.creates.createAll(more);
    JobId added = id(again.get(25));
    assertThat(again.stream().map(CreatesWholeTest::id).filter(id -> !id.equals(added)))
        .containsExactlyElementsOf(first);
    assertThat(again.stream().filter(Created.Before.class::isInstance)).hasSize(50);
    assertThat(store.count("jobs")).isEqualTo(51);
  }

  @Test
  void makesOneJobOfTwoUnderOneKey() throws Exception {
    List<Created> created =
        store.creates.createAll(Collections.nCopies(2, creation(StoreFixture.spec(), "twice")));
    assertThat(id(created.get(1))).isEqualTo(id(created.get(0)));
    assertThat(store.count("jobs")).isEqualTo(1);
    assertThat(store.count("queue")).isEqualTo(1);
  }

  @Test
  void makesOneJobAKeyWhicheverBatchOrCreateComesFirst() throws Exception {
    int keys = 60;
    List<Creation> forward =
        IntStream.range(0, keys).mapToObj(i -> creation(StoreFixture.spec(), "key " + i)).toList();
    List<Callable<List<Created>>> calls = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      calls.add(() -> store.creates.createAll(forward));
      calls.add(() -> store.creates.createAll(forward.reversed()).reversed());
      calls.add(() -> forward.stream().map(store.creates::create).toList());
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<List<JobId>> answers = new ArrayList<>();
      for (Future<List<Created>> answer : threads.invokeAll(calls)) {
        answers.add(answer.get().stream().map(CreatesWholeTest::id).toList());
      }
      assertThat(answers).allMatch(answer -> answer.equals(answers.getFirst()));
    }
    assertThat(store.count("jobs")).isEqualTo(keys);
  }

  @Test
  void refusesWhatNoLongerFitsTheLineAndWritesTheRest() throws Exception {
    List<Creation> batch = Collections.nCopies(3, creation(StoreFixture.spec()));
    int refused = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Created>>> answers = new ArrayList<>();
      try (Connection door = store.connect();
          Statement statement = door.createStatement()) {
        door.setAutoCommit(false);
        statement.execute("lock table jobs in exclusive mode");
        for (int i = 0; i < 60; i++) {
          answers.add(threads.submit(() -> store.creates.createAll(batch)));
        }
        Await.until("a refused one", () -> answers.stream().anyMatch(Future::isDone));
        // There is a place left for those of another project.
        int other = store.project("other");
        var others = List.of(new Creation(other, StoreFixture.spec(), Optional.empty()));
        Future<List<Created>> last = threads.submit(() -> store.creates.createAll(others));
        door.commit();
        assertThat(news(last.get())).hasSize(1);
      }
      for (Future<List<Created>> answer : answers) {
        try {
          assertThat(news(answer.get())).hasSize(3);
        } catch (ExecutionException e) {
          assertThat(e).hasCauseInstanceOf(Overloaded.class);
          refused++;
        }
      }
      // One project has three quarters of the line.
      assertThat(refused).isBetween(1, 36);
      assertThat(store.count("jobs")).isEqualTo(1 + 3 * (answers.size() - refused));
    }
  }

  @Test
  void ringsWhenAnyOfThemIsDueSoon() throws Exception {
    // What is rung when wake-ups begin to be heard.
    store.signal.await(Duration.ofSeconds(20));
    Creation later = creation(StoreFixture.spec(new Schedule.After(Duration.ofHours(1))));
    Creation now = creation(StoreFixture.spec());
    assertThat(rings(List.of(later, later))).isFalse();
    assertThat(rings(List.of(later, now))).isTrue();
  }

  private boolean rings(List<Creation> batch) throws InterruptedException {
    store.creates.createAll(batch);
    Instant before = Instant.now();
    store.signal.await(Duration.ofMillis(500));
    return Duration.between(before, Instant.now()).toMillis() < 400;
  }

  @Test
  void areReadTogetherByTheirProjectOnly() {
    List<JobId> ids =
        news(store.creates.createAll(List.of(creation(numbered(1)), creation(numbered(2)))))
            .stream()
            .map(Job::id)
            .toList();
    Map<JobId, Job> read = store.listed(store.project, Set.copyOf(ids));
    assertThat(read).containsOnlyKeys(ids);
    assertThat(read.get(ids.get(1)))
        .extracting(job -> job.spec().labels().get("number"))
        .isEqualTo("2");
    assertThat(store.listed(store.project("other"), Set.copyOf(ids))).isEmpty();
    assertThat(store.listed(store.project, Set.of())).isEmpty();
  }
}
