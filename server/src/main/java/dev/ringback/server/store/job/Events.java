package dev.ringback.server.store.job;

import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.table;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.store.db.Columns;
import dev.ringback.server.store.db.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;

/**
 * Reads the feed of all that happened to jobs. The statements that change jobs write it, each in
 * its turn (see the migration): who sees an event sees all that have a lower position.
 *
 * <p>Thread-safe.
 */
public final class Events {
  /** How many positions a row of events has to itself, with gaps. */
  public static final int POSITIONS_A_ROW = Tell.MOST;

  /** What each event of a row has of its own. */
  private static final List<String> EACH =
      List.of(
          "project_id",
          "job_id",
          "execution_id",
          "revision",
          "attempt_count",
          "next_at",
          "finished_at",
          "number",
          "host",
          "due_at",
          "started_at",
          "duration_ms",
          "status_code",
          "bytes",
          "truncated",
          "error_class");

  // In order: those of a row follow one another. A row may begin that far before its last event.
  private static final String READ =
      """
      select e.position + i.place - 1 as position, e.kind, e.at, e.status, e.node, i.*
      from events e cross join lateral unnest(%s) with ordinality as i(%s, place)
      where e.feed = 0 and e.position > ?::bigint - %d and e.position + i.place - 1 > ?%%s
      order by e.position limit ?
      """
          .formatted(
              EACH.stream().map("e."::concat).collect(Collectors.joining(", ")),
              String.join(", ", EACH),
              Tell.MOST);

  static final String AFTER = READ.formatted("");

  static final String OF_PROJECT =
      READ.formatted(
          """
           and e.position <= ? and e.position + i.place - 1 <= ?
              and i.project_id = ? and (cardinality(?::uuid[]) = 0 or i.job_id = any (?))\
          """);

  static final String HEAD =
      """
      select now() as at, horizon,
        greatest(horizon, (
          select position + cardinality(job_id) - 1 from events where feed = 0
          order by position desc limit 1)) as position
      from feed where id = 0
      """;

  /** Of so many of the last rows at most. */
  static final String BACK =
      """
      select min(position) - 1 as position from (
        select position, sum(cardinality(job_id)) over (order by position desc) as events
        from (
          select position, job_id from events where feed = 0
          order by position desc limit 1000) last) counted
      where events <= ?
      """;

  private static final Field<Long> POSITION = field("head.position", SQLDataType.BIGINT);
  private static final Field<Long> HORIZON = field("head.horizon", SQLDataType.BIGINT);
  private static final Field<OffsetDateTime> AT =
      field("head.at", SQLDataType.TIMESTAMPWITHTIMEZONE);

  /** The columns of {@link #headTable}. */
  static final List<Field<?>> HEAD_FIELDS = List.of(POSITION, HORIZON, AT);

  private final Database database;
  private final Changes changes;

  public Events(Database database) {
    this.database = database;
    this.changes = new Changes(database);
  }

  /**
   * How far the feed reaches.
   *
   * @param position of the last event
   * @param horizon events up to this position are no longer kept
   */
  public record Head(long position, long horizon, Instant at) {}

  /** How far the feed reaches at this moment. */
  public Head head() {
    return database.run(Events::head);
  }

  /** One row that tells how far the feed reaches, to be joined. */
  static Table<?> headTable() {
    return table("(" + HEAD + ") as head");
  }

  /** How far the feed reached by a row of a query that {@link #headTable} was joined to. */
  static Head head(Record row) {
    return new Head(row.get(POSITION), row.get(HORIZON), row.get(AT).toInstant());
  }

  /** How far the feed reaches, as the transaction sees it. */
  static Head head(Connection connection) throws SQLException {
    try (var statement = connection.prepareStatement(HEAD);
        var rows = statement.executeQuery()) {
      rows.next();
      return new Head(
          rows.getLong("position"), rows.getLong("horizon"), Columns.instant(rows, "at"));
    }
  }

  /** A position behind which there are, at this moment, as many events as given at most. */
  public long back(int events) {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(BACK)) {
        statement.setInt(1, events);
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          long position = rows.getLong("position");
          return Math.max(head(connection).horizon(), position);
        }
      }
    });
  }

  /** The events behind a position, in order. */
  public List<Event> after(long position, int limit) {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(AFTER)) {
        statement.setLong(1, position);
        statement.setLong(2, position);
        statement.setInt(3, limit);
        return events(statement);
      }
    });
  }

  /**
   * The events of a project behind a position, up to another, in order.
   *
   * @param jobs only of these; empty for all
   * @param limit how many at most
   */
  public List<Event> ofProject(int project, Set<JobId> jobs, long after, long to, int limit) {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(OF_PROJECT)) {
        bind(connection, statement, project, jobs, after, to, limit);
        return events(statement);
      }
    });
  }

  /** Sets the parameters of {@link #OF_PROJECT}. */
  static void bind(
      Connection connection,
      PreparedStatement statement,
      int project,
      Set<JobId> jobs,
      long after,
      long to,
      int limit)
      throws SQLException {
    statement.setLong(1, after);
    statement.setLong(2, after);
    statement.setLong(3, to);
    statement.setLong(4, to);
    statement.setInt(5, project);
    var ids = connection.createArrayOf("uuid", jobs.stream().map(JobId::value).toArray());
    statement.setArray(6, ids);
    statement.setArray(7, ids);
    statement.setInt(8, limit);
  }

  private static List<Event> events(PreparedStatement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery()) {
      List<Event> events = new ArrayList<>();
      while (rows.next()) {
        events.add(event(rows));
      }
      return events;
    }
  }

  private static Event event(ResultSet row) throws SQLException {
    Event.Kind kind = Event.Kind.of(row.getString("kind"));
    Instant at = Columns.instant(row, "at");
    JobStatus status = JobStatus.of(row.getString("status"));
    Optional<Instant> finishedAt = Columns.optionalInstant(row, "finished_at");
    return new Event(
        row.getLong("position"),
        kind,
        at,
        row.getInt("project_id"),
        new JobId(row.getObject("job_id", UUID.class)),
        Optional.ofNullable(row.getObject("execution_id", UUID.class)).map(ExecutionId::new),
        new Event.After(
            row.getInt("revision"),
            status,
            row.getInt("attempt_count"),
            Columns.optionalInstant(row, "next_at"),
            status.isFinal() ? finishedAt.or(() -> Optional.of(at)) : Optional.empty()),
        row.getInt("number") == 0 ? Optional.empty() : Optional.of(call(kind, row)));
  }

  private static Event.Call call(Event.Kind kind, ResultSet row) throws SQLException {
    return new Event.Call(
        row.getInt("number"),
        row.getString("node"),
        row.getInt("host"),
        Columns.instant(row, "due_at"),
        Columns.instant(row, "started_at"),
        kind == Event.Kind.STARTED
            ? Optional.empty()
            : Optional.of(
                new Event.End(
                    Optional.ofNullable(row.getObject("duration_ms", Integer.class)),
                    Optional.ofNullable(row.getObject("status_code", Integer.class)),
                    row.getInt("bytes"),
                    row.getBoolean("truncated"),
                    Optional.ofNullable(row.getString("error_class")))));
  }

  /** The changes that events were; in order, but for those whose job is gone. */
  public List<Change> describe(List<Event> events) {
    return changes.describe(events);
  }
}
