package dev.ringback.server.store;

import static dev.ringback.server.store.schema.Tables.ATTEMPTS;
import static dev.ringback.server.store.schema.Tables.JOBS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.table;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/**
 * Reads the feed of all that happened to jobs. The statements that change jobs write it, each in
 * its turn (see the migration): who sees an event sees all that have a lower position.
 *
 * <p>Thread-safe.
 */
public final class Events {
  private static final String COLUMNS =
      "position, kind, at, project_id, job_id, execution_id, number, started_at, next_at";

  static final String AFTER =
      """
      select %s from events
      where feed = 0 and position > ?
      order by position limit ?
      """
          .formatted(COLUMNS);

  static final String OF_PROJECT =
      """
      select %s from events
      where feed = 0 and position > ? and position <= ? and project_id = ?
        and (cardinality(?::uuid[]) = 0 or job_id = any (?))
      order by position limit ?
      """
          .formatted(COLUMNS);

  static final String HEAD =
      """
      select now() as at, horizon,
        greatest(horizon, (select max(position) from events where feed = 0)) as position
      from feed where id = 0
      """;

  private static final Field<Long> POSITION = field("head.position", SQLDataType.BIGINT);
  private static final Field<Long> HORIZON = field("head.horizon", SQLDataType.BIGINT);
  private static final Field<OffsetDateTime> AT =
      field("head.at", SQLDataType.TIMESTAMPWITHTIMEZONE);

  /** The columns of {@link #headTable}. */
  static final List<Field<?>> HEAD_FIELDS = List.of(POSITION, HORIZON, AT);

  private static final Input<Event> INPUT =
      Input.<Event>of()
          .int2("bucket", event -> event.job().bucket())
          .uuid("job_id", event -> event.job().value())
          .uuid("execution_id", event -> event.execution().map(ExecutionId::value).orElse(null))
          .int4("number", Event::number)
          .time("started_at", event -> event.startedAt().orElse(null));

  private static final Field<Long> PLACE = field("i.place", SQLDataType.BIGINT);
  private static final List<Field<?>> DESCRIPTION = description();
  static final String DESCRIBE = describe();

  private final Database database;

  public Events(Database database) {
    this.database = database;
  }

  /**
   * How far the feed reaches.
   *
   * @param position of the last event
   * @param horizon events up to this position are no longer kept
   */
  public record Head(long position, long horizon, Instant at) {}

  private static List<Field<?>> description() {
    List<Field<?>> fields = new ArrayList<>();
    fields.add(PLACE);
    fields.addAll(JobRows.FACTS);
    fields.addAll(Attempts.FACTS);
    return fields;
  }

  // Rendered once: as a text that is always the same it stays prepared. For "= any (array[…])" see
  // Database; of the attempts' partitions only the day's is opened.
  private static String describe() {
    return DSL.using(SQLDialect.POSTGRES)
        .render(
            DSL.select(DESCRIPTION)
                .from(table(INPUT.placedRows()))
                .join(JOBS)
                .on(
                    condition(
                        "{0} = any (array[i.bucket]) and {1} = i.job_id", JOBS.BUCKET, JOBS.ID))
                .leftJoin(JobRows.live())
                .on(inline(true))
                .leftJoin(ATTEMPTS)
                .on(
                    condition(
                        """
                        {0} = any (array[i.bucket]) and {1} = i.job_id and {2} = i.execution_id
                          and {3} = i.number and {4} = i.started_at\
                        """,
                        ATTEMPTS.BUCKET,
                        ATTEMPTS.JOB_ID,
                        ATTEMPTS.EXECUTION_ID,
                        ATTEMPTS.NUMBER,
                        ATTEMPTS.STARTED_AT)));
  }

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

  /** The events behind a position, in order. */
  public List<Event> after(long position, int limit) {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(AFTER)) {
        statement.setLong(1, position);
        statement.setInt(2, limit);
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
    statement.setLong(2, to);
    statement.setInt(3, project);
    var ids = connection.createArrayOf("uuid", jobs.stream().map(JobId::value).toArray());
    statement.setArray(4, ids);
    statement.setArray(5, ids);
    statement.setInt(6, limit);
  }

  private static List<Event> events(PreparedStatement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery()) {
      List<Event> events = new ArrayList<>();
      while (rows.next()) {
        events.add(
            new Event(
                rows.getLong("position"),
                Event.Kind.of(rows.getString("kind")),
                Columns.instant(rows, "at"),
                rows.getInt("project_id"),
                new JobId(rows.getObject("job_id", UUID.class)),
                Optional.ofNullable(rows.getObject("execution_id", UUID.class))
                    .map(ExecutionId::new),
                rows.getInt("number"),
                Columns.optionalInstant(rows, "started_at"),
                Columns.optionalInstant(rows, "next_at")));
      }
      return events;
    }
  }

  /**
   * The changes that events were: with the jobs as they stood after them, and their attempts. In
   * order; those whose job is gone are left out.
   */
  public List<Change> describe(List<Event> rows) {
    if (rows.isEmpty()) {
      return List.of();
    }
    return database.run(connection -> {
      @Nullable Change[] changes = new Change[rows.size()];
      Map<JobId, Attempt> last = lastOfCancelled(connection, rows);
      try (var statement = connection.prepareStatement(DESCRIBE)) {
        bind(connection, statement, rows);
        try (ResultSet result = statement.executeQuery()) {
          for (Record row :
              Database.sql(connection).fetch(result, DESCRIPTION.toArray(Field[]::new))) {
            int place = row.get(PLACE).intValue() - 1;
            Event event = rows.get(place);
            Job job = JobRows.job(row, Optional.ofNullable(last.get(event.job())));
            changes[place] = Change.of(event, job, Attempts.optionalAttempt(row));
          }
        }
      }
      return Arrays.stream(changes).filter(Objects::nonNull).toList();
    });
  }

  /** Sets the parameters of {@link #DESCRIBE}. */
  static void bind(Connection connection, PreparedStatement statement, List<Event> events)
      throws SQLException {
    INPUT.bind(connection, statement, 1, events);
  }

  /** A cancel is of no attempt, but its job may have had some. */
  private static Map<JobId, Attempt> lastOfCancelled(Connection connection, List<Event> events) {
    return Attempts.last(
        connection,
        events.stream()
            .filter(event -> event.kind() == Event.Kind.CANCELLED)
            .map(Event::job)
            .distinct()
            .toList(),
        Attempts.SUMMARY);
  }
}
