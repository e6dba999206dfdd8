package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.store.StoreFixture;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One job for each idempotency key. */
@Timeout(30)
final class CreatesIdempotencyTest {
  private static final JobSpec OTHER = StoreFixture.labelled(Map.of("other", "yes"));

  @RegisterExtension private final StoreFixture store = new StoreFixture();

  private Creation creation(String key, JobSpec spec) {
    return new Creation(store.project, spec, Optional.of(StoreFixture.key(key, spec)));
  }

  private Job created(String key) {
    return ((Created.New) store.creates.create(creation(key, StoreFixture.spec()))).job();
  }

  @Test
  void answersTheSameWithTheFirstJob() throws Exception {
    Job first = created("key");
    assertThat(store.creates.create(creation("key", StoreFixture.spec())))
        .isEqualTo(new Created.Before(first.id()));
    assertThat(store.count("jobs")).isEqualTo(1);
    assertThat(store.count("queue")).isEqualTo(1);
  }

  @Test
  void refusesOtherContent() throws Exception {
    Job first = created("key");
    assertThat(store.creates.create(creation("key", OTHER)))
        .isEqualTo(new Created.KeyReused(first.id()));
    assertThat(
            store.creates.create(
                creation("key", StoreFixture.spec(new Schedule.After(Duration.ofMillis(1))))))
        .isEqualTo(new Created.KeyReused(first.id()));
    assertThat(store.count("jobs")).isEqualTo(1);
  }

  /** What was asked is the same, whatever is made of it where nothing was said. */
  @Test
  void answersTheFirstJobWhenDefaultsHaveChanged() {
    Job first = created("key");
    var key = StoreFixture.key("key", StoreFixture.spec());
    assertThat(store.creates.create(new Creation(store.project, OTHER, Optional.of(key))))
        .isEqualTo(new Created.Before(first.id()));
  }

  /** A node of another version has written it, or one of the time before there were versions. */
  @ParameterizedTest
  @ValueSource(strings = {"\\x02", "\\x00", "\\x"})
  void takesAHashThatItDoesNotKnowForAMatch(String version) throws Exception {
    Job first = created("key");
    store.execute(
        "update idempotency_keys set content_hash = '%s'::bytea || sha256('other')"
            .formatted(version));
    assertThat(store.creates.create(creation("key", OTHER)))
        .isEqualTo(new Created.Before(first.id()));
  }

  @Test
  void tellsThemApartWithinOneBatchToo() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Created>> answers = new ArrayList<>();
      try (Connection door = store.connect();
          Statement statement = door.createStatement()) {
        door.setAutoCommit(false);
        statement.execute("lock table idempotency_keys in exclusive mode");
        for (int i = 0; i < 30; i++) {
          Creation creation = creation("key", i % 3 == 0 ? OTHER : StoreFixture.spec());
          answers.add(threads.submit(() -> store.creates.create(creation)));
        }
        Await.until("a writer at the door", () -> lockIsAwaited());
        door.commit();
      }
      List<Created> created = new ArrayList<>();
      for (Future<Created> answer : answers) {
        created.add(answer.get());
      }
      assertThat(created).filteredOn(Created.New.class::isInstance).hasSize(1);
      int news =
          created.indexOf(
              created.stream().filter(Created.New.class::isInstance).findAny().orElseThrow());
      for (int i = 0; i < created.size(); i++) {
        if (i != news) {
          assertThat(created.get(i))
              .isInstanceOf(
                  (i % 3 == 0) == (news % 3 == 0) ? Created.Before.class : Created.KeyReused.class);
        }
      }
    }
    assertThat(store.count("jobs")).isEqualTo(1);
  }

  private boolean lockIsAwaited() throws Exception {
    return store.count("pg_locks where not granted") > 0;
  }

  @Test
  void makesOneJobAKeyWhicheverWriterComesFirst() throws Exception {
    int keys = 150;
    var other = new Creates(store.database, store.ids, store.clock, store.wakeups);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Created>> creates = new ArrayList<>();
      for (int i = 0; i < keys; i++) {
        Creation forward = creation("key " + i, StoreFixture.spec());
        Creation backward = creation("key " + (keys - 1 - i), StoreFixture.spec());
        creates.add(() -> store.creates.create(forward));
        creates.add(() -> other.create(backward));
      }
      int made = 0;
      for (Future<Created> answer : threads.invokeAll(creates)) {
        switch (answer.get()) {
          case Created.New _ -> made++;
          case Created.Before(var job) -> store.get(job);
          case Created.KeyReused reused -> throw new AssertionError(reused);
        }
      }
      assertThat(made).isEqualTo(keys);
    } finally {
      other.close();
    }
    assertThat(store.count("jobs")).isEqualTo(keys);
    assertThat(store.count("queue")).isEqualTo(keys);
    assertThat(store.count("idempotency_keys k join jobs j on j.id = k.job_id")).isEqualTo(keys);
  }

  @Test
  void forgetsAnExpiredKey() throws Exception {
    Job first = created("key");
    store.execute("update idempotency_keys set expires_at = now() - interval '1 s'");
    Job second = ((Created.New) store.creates.create(creation("key", OTHER))).job();
    assertThat(second.id()).isNotEqualTo(first.id());
    assertThat(store.creates.create(creation("key", OTHER)))
        .isEqualTo(new Created.Before(second.id()));
  }

  @Test
  void keepsProjectsApart() {
    Job first = created("key");
    int other = store.project("other");
    Created second =
        store.creates.create(
            new Creation(
                other,
                StoreFixture.spec(),
                Optional.of(StoreFixture.key("key", StoreFixture.spec()))));
    assertThat(((Created.New) second).job().id()).isNotEqualTo(first.id());
  }

  @Test
  void sweepsExpiredKeysOnly() throws Exception {
    created("old");
    created("young");
    store.execute(
        "update idempotency_keys set expires_at = now() - interval '1 s' where key = 'old'");
    new Upkeep(store.database, store.clock, StoreFixture.RETENTION).run();
    assertThat(store.value("select string_agg(key, ' ') from idempotency_keys")).isEqualTo("young");
  }
}
