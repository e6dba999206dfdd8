package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.StoreFixture;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseUrl;
import dev.ringback.server.store.db.TestDatabase;
import dev.ringback.server.store.job.IdempotencyKeys.Entry;
import dev.ringback.server.store.job.IdempotencyKeys.Key;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.postgresql.PGStatement;

/**
 * Tables that are not small, and how PostgreSQL goes about {@link HotStatement}s on them. Their
 * buckets are well filled, and what is looked up lies far from the end of its bucket.
 */
final class FilledTables implements AutoCloseable {
  static final int BATCH = 50;

  private static final String TABLES =
      "jobs, queue, attempts, executions, ended_jobs, idempotency_keys, events";

  // Each job has a row in the queue, half of them due, and an old attempt, most of them today, the
  // others on the days around. The first job has had thousands of attempts today.
  private static final String FILL =
      """
      create unlogged table filling as
      select i, (i % 8)::smallint as bucket,
        (lpad(to_hex(1700000000000 + i), 12, '0') || '7000800000000000'
          || lpad(to_hex(i % 8), 4, '0'))::uuid as id
      from generate_series(1, 20000) i;
      insert into jobs (bucket, id, project_id, url, method, headers, body, scheduled_at,
        delivery)
      select bucket, id, 1 + i % 3, 'http://127.0.0.1:1/', 'POST', '{}', '', now(), '{}'
      from filling;
      insert into ended_jobs (project_id, status, job_id, bucket, execution_id, scheduled_at,
        finished_at, attempt_count)
      select 1 + i % 3, (array['completed', 'failed'])[1 + i % 2]::execution_status, id, bucket, id, now(),
        now(), 1
      from filling where i > 10000 and i % 4 in (0, 1);
      insert into queue
        (bucket, job_id, execution_id, project_id, lane, due_at, scheduled_at, attempt)
      select bucket, id, id, 1 + i % 3, (1 + i % 3)::bigint << 32,
        now() + (i - 10000) * interval '1 s', now(), 1
      from filling;
      insert into attempts
        (bucket, job_id, execution_id, number, due_at, started_at, node, status, finished_at)
      select bucket, id, id, 1, now(),
        now() + (case when i % 4 = 0 then i % 7 else 0 end) * interval '1 day', 'old', 'succeeded',
        now()
      from filling;
      insert into attempts
        (bucket, job_id, execution_id, number, due_at, started_at, node, status, finished_at)
      select first.bucket, first.id, later.id, 1, now(), now(), 'old', 'succeeded', now()
      from filling first, filling later
      where first.i = 1 and later.i > 1 and later.i % 4 = 1;
      insert into events (position, at, kind, status, node, project_id, job_id, execution_id,
        number, due_at, started_at)
      select nextval('event_positions') * 4096, started_at, 'completed', 'completed', 'old', array[2],
        array[job_id], array[execution_id], array[number], array[started_at], array[started_at]
      from attempts order by started_at, job_id
      """;

  /** When and for what a statement is planned. */
  enum Planned {
    /** For the parameters that it has, before it is carried out. */
    FOR_ITS_PARAMETERS,
    /** For any parameters, now. */
    FOR_ANY_PARAMETERS,
    /** For any parameters, when all tables were empty. */
    WHEN_TABLES_WERE_EMPTY,
    /** As the first, in a session without the settings that {@link Database} makes. */
    WITHOUT_SETTINGS
  }

  final StoreFixture store;
  final Node node;
  final List<Key> keys = IntStream.range(0, BATCH).mapToObj(i -> new Key(1, "key " + i)).toList();

  /** Calls that the node is making, of those that were due first. */
  List<Claim> claims;

  /** Things that happened today. */
  List<Event> events;

  /** One session, which keeps the plans that it has made. */
  private final Database keeping;

  /** Fills the tables of a database, unseen by the planner: as after a quiet night. */
  FilledTables(DatabaseUrl url) throws SQLException {
    store = new StoreFixture(url);
    node = store.nodes.register("one");
    keeping = store.database.beside(1);
    store.create(StoreFixture.spec());
    claims = store.claim(node, 1);
    events = store.events.after(0, 1);
    store.execute("truncate " + TABLES);
    store.execute("vacuum analyze " + TABLES);
    for (HotStatement statement : HotStatement.values()) {
      keeping.run(connection -> run(connection, Planned.WHEN_TABLES_WERE_EMPTY, statement));
    }
    fill();
  }

  private void fill() throws SQLException {
    store.execute(FILL);
    events = store.events.after(5_000L * Events.POSITIONS_A_ROW, BATCH);
    claims = store.claim(node, BATCH);
    store.database.run(connection ->
        IdempotencyKeys.claim(
            connection,
            IntStream.range(0, 20_000)
                .boxed()
                .collect(
                    Collectors.toMap(
                        i -> new Key(1, "key " + i),
                        _ -> new Entry(claims.getFirst().jobId(), new byte[32])))));
  }

  /** Lets the planner see what there is. */
  void analyze() throws SQLException {
    store.execute("analyze " + TABLES);
  }

  /** A job that was there before. */
  JobId job(int number) throws SQLException {
    return new JobId(UUID.fromString(store.value("select id from filling where i = ?", number)));
  }

  LocalDate today() {
    return Partitions.day(claims.getFirst().startedAt());
  }

  /** Carries a statement out and takes back what it changed. */
  Plan plan(Planned how, HotStatement statement) throws SQLException {
    return switch (how) {
      case FOR_ITS_PARAMETERS, FOR_ANY_PARAMETERS, WITHOUT_SETTINGS ->
          store.database.run(connection -> run(connection, how, statement));
      case WHEN_TABLES_WERE_EMPTY -> keeping.run(connection -> run(connection, how, statement));
    };
  }

  private Plan run(Connection connection, Planned how, HotStatement hot) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement settings = connection.createStatement();
        PreparedStatement statement = connection.prepareStatement(hot.text(this))) {
      settings.execute(
          """
          load 'auto_explain';
          set local auto_explain.log_min_duration = 0;
          set local auto_explain.log_analyze = on;
          set local auto_explain.log_buffers = on;
          set local auto_explain.log_timing = off;
          set local client_min_messages = log;
          set local plan_cache_mode = force_%s_plan
          """
              .formatted(
                  switch (how) {
                    case FOR_ITS_PARAMETERS, WITHOUT_SETTINGS -> "custom";
                    case FOR_ANY_PARAMETERS, WHEN_TABLES_WERE_EMPTY -> "generic";
                  }));
      if (how == Planned.WITHOUT_SETTINGS) {
        settings.execute(TestDatabase.WITHOUT_SETTINGS);
      }
      // From now on it has a name, under which the session may keep its plan.
      statement.unwrap(PGStatement.class).setPrepareThreshold(-1);
      hot.bind(this, connection, statement);
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
      return Plan.of(lines);
    } finally {
      connection.rollback();
    }
  }

  /** Carries a query out. */
  Plan plan(String query) {
    return store.database.run(connection -> {
      try (Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery("explain (analyze, buffers, timing off) " + query)) {
        List<String> lines = new ArrayList<>();
        while (rows.next()) {
          lines.add(rows.getString(1));
        }
        return Plan.of(lines);
      }
    });
  }

  @Override
  public void close() throws Exception {
    keeping.close();
    store.close();
  }
}
