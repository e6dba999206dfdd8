package dev.ringback.server.store.job;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Size;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.store.StoreFixture;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The feed is in the order of its commits: what is behind a position that was read stays there. */
@Timeout(60)
final class EventsOrderTest {
  private static final int ROUNDS = Size.of(40, 100);

  @RegisterExtension private final StoreFixture store = new StoreFixture();

  /** Between its last statement and its commit a transaction takes its time. */
  @BeforeEach
  void letCommitsTakeAWhile() throws Exception {
    store.execute(
        """
        create function take_a_while() returns trigger language plpgsql as $$
        begin
          perform pg_sleep(0.005) where random() < 0.2;
          return null;
        end $$
        """);
    store.execute(
        """
        create constraint trigger take_a_while after insert on events
        deferrable initially deferred for each row execute function take_a_while()
        """);
  }

  @ParameterizedTest(name = "while another transaction stays open: {0}")
  @ValueSource(booleans = {false, true})
  void aReaderMissesNothing(boolean foreign) throws Exception {
    try (Connection other = store.connect();
        var statement = other.createStatement()) {
      other.setAutoCommit(false);
      if (foreign) {
        statement.execute("create table foreign_to_us as select pg_current_xact_id()");
      }
      List<Event> read = readAllTheTime();
      List<Event> all = store.events.after(0, Integer.MAX_VALUE);
      assertThat(all).hasSizeGreaterThan(ROUNDS);
      assertThat(read).isEqualTo(all);
      other.rollback();
    }
  }

  private List<Event> readAllTheTime() throws Exception {
    Random random = new Random(1);
    List<Event> read = new ArrayList<>();
    try (var traffic = new Traffic(store, List.of(store.project), ROUNDS)) {
      boolean last;
      do {
        last = traffic.isDone();
        long position = read.isEmpty() ? 0 : read.getLast().position();
        read.addAll(
            store.events.after(position, last ? Integer.MAX_VALUE : 1 + random.nextInt(20)));
      } while (!last);
      traffic.await();
    }
    return read;
  }

  @Test
  void snapshotsAgreeWithTheFeed() throws Exception {
    List<Standings.Snapshot> snapshots = new ArrayList<>();
    try (var traffic = new Traffic(store, List.of(store.project), ROUNDS)) {
      while (!traffic.isDone()) {
        snapshots.add(
            store.standings.snapshot(everything(), Optional.empty(), 10_000, Long.MAX_VALUE));
      }
      traffic.await();
    }
    assertThat(snapshots.size()).isGreaterThan(5);
    List<Change> changes = store.events.describe(store.events.after(0, Integer.MAX_VALUE));
    Map<JobId, Job> replayed = new HashMap<>();
    int next = 0;
    for (Standings.Snapshot snapshot : snapshots) {
      for (; isUpTo(snapshot.head().position(), changes, next); next++) {
        replayed.put(changes.get(next).job().id(), changes.get(next).job());
      }
      Map<JobId, Job> read = new HashMap<>();
      snapshot.jobs().forEach(job -> read.put(job.id(), job));
      assertThat(read.keySet()).isEqualTo(replayed.keySet());
      read.forEach(
          (id, job) -> assertThat(facts(job)).isEqualTo(facts(requireNonNull(replayed.get(id)))));
    }
  }

  private static boolean isUpTo(long position, List<Change> changes, int place) {
    return place < changes.size() && changes.get(place).event().position() <= position;
  }

  private JobFilter everything() {
    return JobFilter.all(store.project);
  }

  /** What a watcher knows of a job, but for the attempt, which may be of a later reading. */
  private static List<Object> facts(Job job) {
    Job.State state = job.state();
    return List.of(
        state.status(),
        state.status() == JobStatus.CANCELLED ? Optional.empty() : state.nextRunAt(),
        state.attemptCount(),
        state.finishedAt(),
        job.spec().labels());
  }

  /** The head never points at what is not there yet, and never goes back. */
  @Test
  void theHeadIsAlwaysTheLastEvent() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        var traffic = new Traffic(store, List.of(store.project), ROUNDS)) {
      Future<List<Long>> heads =
          threads.submit(() -> {
            List<Long> seen = new ArrayList<>();
            while (!traffic.isDone()) {
              long head = store.events.head().position();
              assertThat(store.events.after(head - 1, 1))
                  .extracting(Event::position)
                  .allMatch(position -> position >= head);
              seen.add(head);
            }
            return seen;
          });
      traffic.await();
      assertThat(heads.get()).isSorted().hasSizeGreaterThan(5);
    }
    List<Event> all = store.events.after(0, Integer.MAX_VALUE);
    assertThat(store.events.head().position()).isEqualTo(all.getLast().position());
  }
}
