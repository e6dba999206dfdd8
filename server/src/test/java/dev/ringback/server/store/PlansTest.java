package dev.ringback.server.store;

import static dev.ringback.server.store.schema.Tables.JOBS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.conf.ParamType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGStatement;

/** How PostgreSQL goes about the statements that run all the time, on tables that are not small. */
@Timeout(60)
final class PlansTest {
  private static final int BATCH = 50;

  // Jobs in all buckets, each with a row in the queue, half of them due, and with an old
  // attempt, most of them today, the others on the days around.
  private static final String FILL =
      """
      create unlogged table filling as
      select i, (i % 1024)::smallint as bucket,
        (lpad(to_hex(1700000000000 + i), 12, '0') || '7000800000000000'
          || lpad(to_hex(i % 1024), 4, '0'))::uuid as id
      from generate_series(1, 20000) i;
      insert into jobs (bucket, id, project_id, url, method, headers, body, scheduled_at,
        max_retries, min_backoff_ms, max_backoff_ms, attempt_deadline_ms, status, finished_at)
      select bucket, id, 1 + i % 3, 'http://127.0.0.1:1/', 'POST', '{}', '', now(), 3, 10, 20, 1000,
        (case when i % 4 = 0 then 'completed' else 'pending' end)::job_status,
        case when i % 4 = 0 then now() end
      from filling;
      insert into queue (bucket, job_id, execution_id, project_id, due_at, scheduled_at)
      select bucket, id, id, 1 + i % 3, now() + (i - 10000) * interval '1 s', now() from filling;
      insert into attempts
        (bucket, job_id, execution_id, number, scheduled_at, started_at, node, status, finished_at)
      select bucket, id, id, 1, now(), now() + (case when i % 4 = 0 then i % 7 else 0 end) * interval '1 day', 'old', 'succeeded', now()
      from filling;
      analyze jobs, queue, attempts, executions
      """;

  @RegisterExtension private final StoreFixture store = new StoreFixture();
  private final Node node = store.nodes.register("one");

  @FunctionalInterface
  private interface Binding {
    void bind(Connection connection, PreparedStatement statement) throws SQLException;
  }

  /** As it is planned for these parameters, and as it may be kept for any. */
  enum Mode {
    CUSTOM,
    GENERIC
  }

  /**
   * The lines of a statement's plan, as it was when it ran on a connection of the pool; what it
   * changed is rolled back.
   */
  private List<String> plan(Mode mode, String sql, Binding binding) {
    return store.database.run(connection -> {
      connection.setAutoCommit(false);
      try (Statement settings = connection.createStatement();
          PreparedStatement statement = connection.prepareStatement(sql)) {
        settings.execute("load 'auto_explain'");
        settings.execute("set local auto_explain.log_min_duration = 0");
        settings.execute("set local auto_explain.log_analyze = on");
        settings.execute("set local auto_explain.log_timing = off");
        settings.execute("set local client_min_messages = log");
        settings.execute(
            "set local plan_cache_mode = force_%s_plan"
                .formatted(mode.name().toLowerCase(Locale.ROOT)));
        // A statement with a name, whose plan the server may keep.
        statement.unwrap(PGStatement.class).setPrepareThreshold(-1);
        binding.bind(connection, statement);
        statement.execute();
        // One that only reads has not ended, and is not told of, before another begins.
        settings.execute("select");
        List<String> lines = new ArrayList<>();
        for (Statement of : List.of(statement, settings)) {
          for (var told = of.getWarnings(); told != null; told = told.getNextWarning()) {
            lines.addAll(String.valueOf(told.getMessage()).lines().toList());
          }
        }
        assertThat(lines).anyMatch(line -> line.contains("actual rows"));
        return lines;
      } finally {
        connection.rollback();
      }
    });
  }

  /** The lines of a query's plan. */
  private List<String> plan(String query) {
    return store.database.run(connection -> {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("explain (analyze, timing off) " + query)) {
        List<String> lines = new ArrayList<>();
        while (rows.next()) {
          lines.add(rows.getString(1));
        }
        return lines;
      }
    });
  }

  /** The plan's steps that read rows of a table, and that were carried out. */
  private static List<String> scans(List<String> plan) {
    return plan.stream()
        .map(String::strip)
        .filter(line -> line.contains(" Scan ") && line.contains(" on "))
        .filter(line -> !line.contains("CTE Scan") && !line.contains("Function Scan"))
        .filter(line -> !line.contains("Subquery Scan") && !line.contains("never executed"))
        .toList();
  }

  private void bindClaim(Connection connection, PreparedStatement statement) throws SQLException {
    Queue.bind(connection, statement, node, Queue.Demand.of(BATCH));
  }

  @ParameterizedTest
  @EnumSource
  void claimsByTheIndexOfWhatIsDue(Mode mode) throws Exception {
    store.execute(FILL);
    claimsByIndex(mode);
  }

  /** As after a quiet night. */
  @ParameterizedTest
  @EnumSource
  void claimsByIndexesWhenTheTablesWereEmptyAtTheirLastAnalyze(Mode mode) throws Exception {
    fillBehindThePlannersBack();
    claimsByIndex(mode);
  }

  private void claimsByIndex(Mode mode) {
    List<String> plan = plan(mode, Queue.CLAIM, this::bindClaim);
    assertThat(scans(plan))
        .noneMatch(scan -> scan.contains("Seq Scan"))
        .anyMatch(scan -> scan.contains("using queue_due on queue "))
        .anyMatch(scan -> scan.contains("Tid Scan on queue q"))
        .anyMatch(scan -> scan.contains("using jobs_pkey on jobs") && eachByItsKey(scan));
    // Nothing is put in order but what was claimed.
    assertThat(plan).filteredOn(line -> line.contains("Sort  (")).hasSize(1);
  }

  /** To know how large a body is, it need not be read. */
  @Test
  void claimsWithoutReadingLargeBodies() throws Exception {
    for (int i = 0; i < BATCH; i++) {
      store.create(StoreFixture.spec("http://127.0.0.1:1/", StoreFixture.noise(100_000)));
    }
    store.database.run(connection -> {
      connection.setAutoCommit(false);
      try (PreparedStatement claim = connection.prepareStatement(Queue.CLAIM);
          Statement whole = connection.createStatement()) {
        bindClaim(connection, claim);
        int before = readsOfLargeValues(connection);
        try (ResultSet rows = claim.executeQuery()) {
          for (int i = 0; i < BATCH; i++) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt("body_bytes")).isEqualTo(100_000);
          }
        }
        assertThat(readsOfLargeValues(connection) - before).isZero();
        whole.execute("select sum(length(encode(body, 'hex'))) from jobs");
        assertThat(readsOfLargeValues(connection) - before)
            .as("what reading them would have cost")
            .isEqualTo(BATCH);
      } finally {
        connection.rollback();
      }
      return true;
    });
  }

  /** How often this session has read a value of a job that is stored outside its row. */
  private static int readsOfLargeValues(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                select sum(pg_stat_get_xact_numscans(indexrelid)) from pg_index
                where indrelid = (select reltoastrelid from pg_class where oid = 'jobs'::regclass)
                """)) {
      rows.next();
      return rows.getInt(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void loadsABodyByItsKey(Mode mode) throws Exception {
    fillBehindThePlannersBack();
    Claim claim = store.claim(node, BATCH).getLast();
    assertThat(scans(plan(mode, Queue.BODY, (_, statement) -> Queue.bind(statement, claim))))
        .hasSize(2)
        .anyMatch(scan -> scan.contains("using queue_pkey on queue q ") && scan.contains("rows=1"))
        .anyMatch(scan -> scan.contains("using jobs_pkey on jobs j ") && scan.contains("rows=1"));
  }

  @ParameterizedTest
  @EnumSource
  void finishesByKeysInOnePartition(Mode mode) throws Exception {
    store.execute(FILL);
    finishesByKeys(mode);
  }

  /** As after a quiet night. */
  @ParameterizedTest
  @EnumSource
  void finishesByKeysWhenTheTablesWereEmptyAtTheirLastAnalyze(Mode mode) throws Exception {
    fillBehindThePlannersBack();
    finishesByKeys(mode);
  }

  private void fillBehindThePlannersBack() throws SQLException {
    store.execute("vacuum analyze jobs, queue, attempts, executions");
    store.execute(FILL.substring(0, FILL.lastIndexOf("analyze")));
  }

  private static boolean eachByItsKey(String scan) {
    return scan.contains("loops=" + BATCH + ")");
  }

  private void finishesByKeys(Mode mode) {
    List<Claim> claims = store.claim(node, BATCH);
    List<Finish> finishes = claims.stream().map(StoreFixture::completed).toList();
    assertThat(finishes).hasSize(BATCH);
    LocalDate day = Partitions.day(claims.getFirst().startedAt());
    String finish = Recording.statement(day);
    List<String> scans = scans(plan(mode, finish, (c, s) -> store.recording.bind(c, s, finishes)));
    assertThat(scans)
        .noneMatch(scan -> scan.contains("Seq Scan"))
        .noneMatch(scan -> scan.contains("queue_owned"))
        .anyMatch(scan -> scan.contains("using queue_pkey on queue q ") && eachByItsKey(scan))
        .anyMatch(scan -> scan.contains("using jobs_pkey on jobs") && eachByItsKey(scan));
    String today = Partitions.name("attempts", day);
    assertThat(scans)
        .filteredOn(scan -> scan.contains("attempts"))
        .hasSize(1)
        .allMatch(scan -> scan.contains("using %s_pkey on %s ".formatted(today, today)))
        .allMatch(PlansTest::eachByItsKey);
  }

  @Test
  void listsByTheIndexOfLists() throws Exception {
    store.execute(FILL);
    JobId middle =
        new JobId(UUID.fromString(store.value("select id from filling where i = 10000")));
    for (var before : List.of(Optional.<JobId>empty(), Optional.of(middle))) {
      for (Set<JobStatus> statuses :
          List.of(Set.<JobStatus>of(), Set.of(JobStatus.PENDING), Set.of(JobStatus.RUNNING))) {
        var filter = new Jobs.Filter(2, statuses, Map.of(), Set.of(), before);
        for (Condition condition : Jobs.conditions(filter)) {
          List<String> scans = scans(plan(list(condition)));
          assertThat(scans).noneMatch(scan -> scan.contains("Seq Scan"));
          // Running jobs are few, and may be found in the queue first.
          if (!statuses.equals(Set.of(JobStatus.RUNNING))) {
            assertThat(scans).anyMatch(scan -> scan.contains("Backward using jobs_list on jobs"));
          }
        }
      }
    }
  }

  @Test
  void readsManyJobsByTheirKeys() throws Exception {
    store.execute(FILL);
    Set<JobId> ids = new HashSet<>();
    for (int i = 1; i <= 1_000; i++) {
      String id = store.value("select id from filling where i = ?", i);
      ids.add(new JobId(UUID.fromString(id)));
    }
    assertThat(scans(plan(list(Jobs.isOneOf(ids)))))
        .noneMatch(scan -> scan.contains("Seq Scan"))
        .anyMatch(scan -> scan.contains("using jobs_pkey on jobs"));
  }

  // Some of each of the days ahead, as the attempts have them.
  private static final String HAPPEN =
      """
      insert into events
        (position, kind, at, project_id, job_id, execution_id, number, started_at)
      select nextval('event_positions'), 'completed', started_at, 1 + number, job_id, execution_id,
        number, started_at
      from attempts order by started_at, job_id;
      analyze events
      """;

  private List<Event> happened(int count) throws SQLException {
    store.execute(FILL);
    store.execute(HAPPEN);
    List<Event> events = store.events.after(5_000, count);
    assertThat(events).hasSize(count);
    return events;
  }

  /** The feed's rows are read in its order, and none but those wanted. */
  private static void assertReadsTheFeedInOrder(List<String> plan, int rows) {
    assertThat(plan).noneMatch(line -> line.contains("Sort  ("));
    assertThat(scans(plan))
        .filteredOn(scan -> scan.contains(" events_p"))
        .isNotEmpty()
        .allMatch(scan -> scan.contains("_pkey on events_p"))
        .allMatch(scan -> rows(scan) <= rows);
    assertThat(scans(plan)).noneMatch(scan -> scan.contains("Seq Scan on events"));
  }

  /** How many rows a step of a plan has found. */
  private static double rows(String scan) {
    return Double.parseDouble(scan.replaceFirst(".*actual rows=([0-9.]+) .*", "$1"));
  }

  @ParameterizedTest
  @EnumSource
  void readsTheFeedByPositions(Mode mode) throws Exception {
    long position = happened(1).getFirst().position();
    assertReadsTheFeedInOrder(
        plan(
            mode,
            Events.AFTER,
            (_, statement) -> {
              statement.setLong(1, position);
              statement.setInt(2, BATCH);
            }),
        BATCH);
  }

  @ParameterizedTest
  @EnumSource
  void findsTheHeadOfTheFeedAtTheEndsOfItsDays(Mode mode) throws Exception {
    happened(1);
    assertReadsTheFeedInOrder(plan(mode, Events.HEAD, (_, _) -> {}), 1);
  }

  @ParameterizedTest
  @EnumSource
  void raisesTheHorizonByTheEndOfADay(Mode mode) throws Exception {
    String day = Partitions.name("events", Partitions.day(happened(1).getFirst().at()));
    assertReadsTheFeedInOrder(plan(mode, Partitions.raiseHorizon(day), (_, _) -> {}), 1);
  }

  @ParameterizedTest
  @EnumSource
  void readsAPartOfTheFeedForAProjectByPositions(Mode mode) throws Exception {
    List<Event> events = happened(BATCH);
    for (Set<JobId> jobs : List.of(Set.<JobId>of(), Set.of(events.get(7).job()))) {
      assertReadsTheFeedInOrder(
          plan(
              mode,
              Events.OF_PROJECT,
              (connection, statement) -> {
                long after = events.getFirst().position();
                long to = events.getLast().position();
                Events.bind(connection, statement, 2, jobs, after, to, BATCH);
              }),
          BATCH);
    }
  }

  @ParameterizedTest
  @EnumSource
  void looksEventsUpByKeysInThePartitionsOfTheirDays(Mode mode) throws Exception {
    List<Event> events = happened(BATCH);
    List<String> scans = scans(plan(mode, Events.DESCRIBE, (c, s) -> Events.bind(c, s, events)));
    assertThat(scans)
        .noneMatch(scan -> scan.contains("Seq Scan"))
        .anyMatch(scan -> scan.contains("using jobs_pkey on jobs") && eachByItsKey(scan))
        .anyMatch(scan -> scan.contains("using queue_pkey on queue") && eachByItsKey(scan));
    String day = Partitions.name("attempts", Partitions.day(events.getFirst().at()));
    assertThat(events)
        .allMatch(
            event -> Partitions.day(event.at()).equals(Partitions.day(events.getFirst().at())));
    assertThat(scans)
        .filteredOn(scan -> scan.contains("attempts"))
        .hasSize(1)
        .allMatch(scan -> scan.contains("using %s_pkey on %s ".formatted(day, day)))
        .allMatch(PlansTest::eachByItsKey);
  }

  /** Its row, its live execution and its newest attempt, wherever that is, and the feed's head. */
  @ParameterizedTest
  @EnumSource
  void readsHowAJobStandsByKeys(Mode mode) throws Exception {
    happened(1);
    JobId id = new JobId(UUID.fromString(store.value("select id from filling where i = 10000")));
    int project = Integer.parseInt(store.value("select 1 + 10000 % 3"));
    List<String> plan = plan(mode, Jobs.STANDING, (_, s) -> Jobs.bind(s, project, id));
    assertThat(scans(plan))
        .noneMatch(scan -> scan.contains("Seq Scan"))
        .allMatch(scan -> rows(scan) <= 1)
        .anyMatch(scan -> scan.contains("using jobs_pkey on jobs"))
        .anyMatch(scan -> scan.contains("_pkey on attempts_p"))
        .anyMatch(scan -> scan.contains("_pkey on events_p"));
  }

  private String list(Condition condition) {
    return store.database.run(connection ->
        JobRows.where(Database.sql(connection), JobRows.SUMMARY, condition)
            .orderBy(JOBS.ID.desc())
            .limit(20)
            .getSQL(ParamType.INLINED));
  }
}
