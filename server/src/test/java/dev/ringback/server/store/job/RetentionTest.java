package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.Await;
import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Execution;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.store.StoreFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Old partitions are dropped, nothing else is, and nobody waits for it. */
@Timeout(60)
final class RetentionTest {
  private static final List<String> TABLES = List.of("attempts", "executions");
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(100);

  /** Partitions that are made ahead, today's included. */
  private static final int AHEAD = 8;

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Node node = store.nodes.register("one");
  private LocalDate today = LocalDate.EPOCH;

  @BeforeEach
  void readClock() {
    today = LocalDate.ofInstant(store.clock.instant(), ZoneOffset.UTC);
  }

  @AfterEach
  void close() {
    threads.close();
  }

  private Partitions partitions(Duration patience) {
    return new Partitions(store.database, store.clock, StoreFixture.RETENTION, patience);
  }

  private void make(LocalDate day) throws SQLException {
    try (Connection connection = store.connect();
        Statement statement = connection.createStatement()) {
      for (String table : TABLES) {
        Partitions.ensure(statement, table, day);
      }
    }
  }

  /** All tables whose name is that of a partition of the day. */
  private int tables(LocalDate day) throws SQLException {
    return store.count(
        """
        pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'
        and relname like '%_p' || ?
        """,
        day.format(DateTimeFormatter.BASIC_ISO_DATE));
  }

  private int attached(String table) throws SQLException {
    return store.count("pg_inherits where inhparent = ?::regclass", table);
  }

  private int pending() throws SQLException {
    return store.count("pg_inherits where inhdetachpending");
  }

  /** A transaction that has read a table and holds its lock on it until it is closed. */
  private Connection reader(String table) throws SQLException {
    Connection connection = store.connect();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("select count(*) from " + table);
    }
    return connection;
  }

  /** A drop that waits for a reader. */
  private Future<Boolean> waitingDrop(Duration patience) throws Exception {
    Future<Boolean> drop =
        threads.submit(() -> {
          partitions(patience).drop();
          return true;
        });
    Await.until("a drop that waits", this::dropWaits);
    return drop;
  }

  private boolean dropWaits() throws SQLException {
    return store.count(
            """
            pg_locks l join pg_stat_activity a using (pid)
            where not l.granted and a.query like 'alter table attempts detach%'
            """)
        > 0;
  }

  @Test
  void dropsWhatIsOldAndNothingElse() throws Exception {
    for (int days : List.of(400, 32, 31, 29, 1)) {
      make(today.minusDays(days));
    }
    new Upkeep(store.database, store.clock, StoreFixture.RETENTION).run();
    for (int days : List.of(400, 32, 31)) {
      assertThat(tables(today.minusDays(days))).isZero();
    }
    for (int days : List.of(29, 1)) {
      assertThat(tables(today.minusDays(days))).isEqualTo(2);
    }
    for (String table : TABLES) {
      assertThat(attached(table)).isEqualTo(AHEAD + 2);
    }
  }

  /** A day is as old as its last moment. */
  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void keepsADayUntilAllOfItIsOld(int minutes) throws Exception {
    LocalDate day = today.minusDays(5);
    make(day);
    Duration age =
        Duration.between(
            day.plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC), store.clock.instant());
    Duration kept = age.plusMinutes(minutes);
    new Partitions(store.database, store.clock, new Partitions.Retention(kept, kept)).drop();
    assertThat(tables(day)).isEqualTo(minutes > 0 ? 2 : 0);
  }

  @Test
  void leavesTablesOfOtherNamesAlone() throws Exception {
    for (String name :
        List.of("attempts_p20010101_copy", "my_attempts_p20010101", "attempts_p2001")) {
      store.execute("create table %s (x integer)".formatted(name));
    }
    partitions(LONG).drop();
    assertThat(
            store.count(
                "pg_tables where tablename ~ 'attempts_p2001' and schemaname = current_schema()"))
        .isEqualTo(3);
  }

  @Test
  void isDroppedOnceByManyNodes() throws Exception {
    for (int days = 31; days <= 35; days++) {
      make(today.minusDays(days));
    }
    var together = new CyclicBarrier(4);
    List<Future<Boolean>> drops =
        Stream.generate(() -> partitions(LONG))
            .limit(4)
            .map(partitions ->
                threads.submit(() -> {
                  together.await();
                  partitions.drop();
                  return true;
                }))
            .toList();
    for (Future<Boolean> drop : drops) {
      assertThat(drop.get()).isTrue();
    }
    for (String table : TABLES) {
      assertThat(attached(table)).isEqualTo(AHEAD);
    }
  }

  @Test
  void leavesItToTheNodeThatIsAtIt() throws Exception {
    make(today.minusDays(31));
    try (Connection _ = reader("attempts")) {
      Future<Boolean> first = waitingDrop(LONG);
      partitions(LONG).drop();
      assertThat(first.isDone()).isFalse();
      assertThat(tables(today.minusDays(31))).isEqualTo(2);
    }
    Await.until("both drops", () -> tables(today.minusDays(31)) == 0);
  }

  /** Also what a crash between the two halves of a detach leaves. */
  @Test
  void givesUpOnALongReaderAndFinishesTheNextTime() throws Exception {
    make(today.minusDays(32));
    make(today.minusDays(31));
    try (Connection reader = reader("attempts")) {
      partitions(SHORT).drop();
      assertThat(pending()).isEqualTo(1);
      assertThat(attached("attempts")).isEqualTo(AHEAD + 2);
      // Who reads one table holds up no other.
      assertThat(attached("executions")).isEqualTo(AHEAD);
      // Nor is it harmed by further looks.
      partitions(SHORT).drop();
      try (Statement statement = reader.createStatement()) {
        statement.execute("select count(*) from attempts");
      }
    }
    partitions(LONG).drop();
    assertThat(pending()).isZero();
    assertThat(attached("attempts")).isEqualTo(AHEAD);
    assertThat(tables(today.minusDays(32)) + tables(today.minusDays(31))).isZero();
  }

  @Test
  void dropsWhatACrashLeftDetached() throws Exception {
    make(today.minusDays(31));
    store.execute(
        "alter table attempts detach partition attempts_p"
            + today.minusDays(31).format(DateTimeFormatter.BASIC_ISO_DATE));
    partitions(LONG).drop();
    assertThat(tables(today.minusDays(31))).isZero();
  }

  /** Not even behind one who reads the very partition that is to go. */
  @Test
  void claimsFinishesAndReadsGoOnWhileItWaits() throws Exception {
    make(today.minusDays(31));
    try (Connection _ = reader("attempts")) {
      Future<Boolean> drop = waitingDrop(LONG);
      for (int i = 0; i < 20; i++) {
        JobId job = store.create(StoreFixture.spec()).id();
        Claim claim = store.claimOne(node);
        assertThat(store.finishes.finish(List.of(StoreFixture.completed(claim)))).isEqualTo(1);
        assertThat(store.get(job).state().lastAttempt()).isPresent();
        assertThat(store.attempts(job)).hasSize(1);
      }
      store.create(StoreFixture.spec());
      store.claimOne(node);
      assertThat(store.rescue.retire(node)).isEqualTo(1);
      partitions(LONG).ensure();
      assertThat(dropWaits()).isTrue();
      assertThat(drop.isDone()).isFalse();
    }
    Await.until("the drop", () -> attached("attempts") == AHEAD);
  }

  /** A pending detach, too, is finished without standing in anyone's way. */
  @Test
  void claimsAndFinishesGoOnWhileAPendingDetachWaits() throws Exception {
    make(today.minusDays(31));
    try (Connection reader = store.connect()) {
      reader.setAutoCommit(false);
      reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      try (Statement statement = reader.createStatement()) {
        statement.execute("select count(*) from attempts");
      }
      partitions(SHORT).drop();
      assertThat(pending()).isEqualTo(1);
      Future<Boolean> drop = waitingDrop(LONG);
      store.create(StoreFixture.spec());
      Claim claim = store.claimOne(node);
      assertThat(store.finishes.finish(List.of(StoreFixture.completed(claim)))).isEqualTo(1);
      assertThat(dropWaits()).isTrue();
      assertThat(drop.isDone()).isFalse();
    }
    Await.until("the drop", () -> attached("attempts") == AHEAD);
  }

  @Test
  void readersSeeWhatIsLeft() throws Exception {
    make(today.minusDays(31));
    JobId ended = store.create(StoreFixture.spec()).id();
    store.finishes.finish(List.of(StoreFixture.completed(store.claimOne(node))));
    JobId retried = store.create(StoreFixture.spec()).id();
    store.finishes.finish(List.of(StoreFixture.retried(store.claimOne(node), Duration.ofHours(1))));
    age();
    JobId waiting = store.create(StoreFixture.spec()).id();
    store.finishes.finish(List.of(StoreFixture.retried(store.claimOne(node), Duration.ofHours(1))));
    store.makeDue(retried);
    store.makeDue(waiting);
    assertThat(store.get(waiting).state().lastAttempt()).isPresent();
    List<Claim> claims = store.claim(node, 10);
    assertThat(claims).hasSize(2);
    store.finishes.finish(claims.stream().map(StoreFixture::completed).toList());
    partitions(LONG).drop();

    Job old = store.get(ended);
    assertThat(old.state().status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(old.state().attemptCount()).isEqualTo(1);
    assertThat(old.state().lastAttempt()).isEmpty();
    assertThat(store.attempts(ended)).isEmpty();
    assertThat(store.executions.list(store.project, ended, Optional.empty(), 10))
        .as("what ended a job is kept with it")
        .extracting(Execution::attemptCount)
        .containsExactly(1);

    assertThat(store.get(retried).state().attemptCount()).isEqualTo(2);
    assertThat(store.get(retried).state().lastAttempt())
        .get()
        .extracting(Attempt::number)
        .isEqualTo(2);
    assertThat(store.attempts(retried)).extracting(Attempt::number).containsExactly(2);
    assertThat(store.executions.list(store.project, retried, Optional.empty(), 10))
        .extracting(Execution::attemptCount)
        .containsExactly(2);
    List<Job> listed = new ArrayList<>();
    store.jobs.list(JobFilter.all(store.project), Optional.empty(), 10, listed::add);
    assertThat(listed)
        .extracting(job -> job.state().lastAttempt().map(Attempt::number))
        .containsExactly(Optional.of(2), Optional.of(2), Optional.empty());
  }

  /** Lets all that was recorded so far have happened a month and a day ago. */
  private void age() throws SQLException {
    store.execute("update attempts set started_at = started_at - interval '31 days'");
    store.execute("update executions set finished_at = finished_at - interval '31 days'");
    assertThat(store.count("attempts where started_at < now() - interval '30 days'")).isEqualTo(2);
  }

  private void makeEvents(int daysAgo, int count) throws SQLException {
    try (Connection connection = store.connect();
        Statement statement = connection.createStatement()) {
      Partitions.ensure(statement, "events", today.minusDays(daysAgo));
    }
    store.execute(
        """
        insert into events (position, at, kind, status, project_id, job_id)
        select nextval('event_positions') * 4096, ?::timestamptz, 'cancelled', 'cancelled', array[1],
          array[gen_random_uuid()]
        from generate_series(1, ?)
        """,
        today.minusDays(daysAgo) + "T12:00:00Z",
        count);
  }

  private List<Long> positions() {
    return store.events.after(0, 1_000).stream()
        .map(event -> event.position() / Events.POSITIONS_A_ROW)
        .toList();
  }

  /** Attempts of that age are kept. */
  @Test
  void dropsEventsByTheirOwnAgeAndRaisesTheHorizonOfTheFeed() throws Exception {
    make(today.minusDays(9));
    makeEvents(9, 3);
    makeEvents(8, 0);
    makeEvents(6, 2);
    store.create(StoreFixture.spec());
    assertThat(positions()).hasSize(6);
    partitions(LONG).drop();
    assertThat(positions()).containsExactly(4L, 5L, 6L);
    assertThat(store.events.head().horizon()).isEqualTo(3 * Events.POSITIONS_A_ROW);
    assertThat(store.events.head().position()).isEqualTo(6 * Events.POSITIONS_A_ROW);
    assertThat(tables(today.minusDays(9))).as("those of attempts and executions").isEqualTo(2);
    assertThat(tables(today.minusDays(8))).isZero();
    assertThat(tables(today.minusDays(6))).isEqualTo(1);
    partitions(LONG).drop();
    assertThat(store.events.head().horizon()).isEqualTo(3 * Events.POSITIONS_A_ROW);
    store.create(StoreFixture.spec());
    assertThat(positions()).containsExactly(4L, 5L, 6L, 7L);
  }

  @Test
  void theHorizonOfAFeedThatWasDroppedWholeIsItsHead() throws Exception {
    makeEvents(9, 3);
    partitions(LONG).drop();
    assertThat(positions()).isEmpty();
    assertThat(store.events.head().horizon()).isEqualTo(3 * Events.POSITIONS_A_ROW);
    assertThat(store.events.head().position()).isEqualTo(3 * Events.POSITIONS_A_ROW);
  }

  /** Nobody may take what is left for all there was, nor wait until it is dropped. */
  @Test
  void raisesTheHorizonBeforeTheDrop() throws Exception {
    makeEvents(9, 3);
    try (Connection _ = reader("events")) {
      Future<Boolean> drop =
          threads.submit(() -> {
            partitions(LONG).drop();
            return true;
          });
      Await.until(
          "a drop that waits",
          () ->
              store.count(
                      """
                      pg_locks l join pg_stat_activity a using (pid)
                      where not l.granted and a.query like 'alter table events detach%'
                      """)
                  > 0);
      assertThat(store.events.head().horizon()).isEqualTo(3 * Events.POSITIONS_A_ROW);
      store.create(StoreFixture.spec());
      assertThat(positions()).endsWith(4L);
      assertThat(drop.isDone()).isFalse();
    }
    Await.until("the drop", () -> tables(today.minusDays(9)) == 0);
    assertThat(positions()).containsExactly(4L);
  }
}
