package dev.ringback.server.store.job;

import static dev.ringback.server.store.schema.Tables.ATTEMPTS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.values;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.db.Columns;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.Input;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Row2;
import org.jooq.SelectField;
import org.jooq.Table;

/**
 * Reads attempts: those that have ended from their own table, those that are being made from the
 * queue.
 *
 * <p>Thread-safe.
 */
public final class Attempts {
  /**
   * An attempt may have 64 KiB of body, which comes in twice as many characters, and more than that
   * of headers.
   */
  private static final int ROWS_AT_A_TIME = 4;

  private static final Input<JobId> OF_JOBS = Input.<JobId>of().uuid("job_id", JobId::value);

  /**
   * Those that are being made are rows of the queue. "offset 0" lets each job be looked up by
   * itself; by their owner they would be found by its index, among all that are being made.
   */
  static final String OPEN =
      """
      select i.job_id, q.execution_id, q.attempt, q.due_at, q.started_at,
        coalesce(n.name, '') as node
      from %s cross join lateral (
          select execution_id, attempt, due_at, started_at, owner from queue
          where project_id = ? and job_id = i.job_id and started_at is not null
          offset 0) q
        left join nodes n on n.id = q.owner
      """
          .formatted(OF_JOBS.rows());

  private final Database database;

  public Attempts(Database database) {
    this.database = database;
  }

  /** A place in a job's attempts. */
  public record Cursor(ExecutionId execution, int number) {
    private boolean isBefore(Attempt attempt) {
      int order = execution.value().compareTo(attempt.executionId().value());
      return order < 0 || (order == 0 && number < attempt.number());
    }
  }

  /**
   * Lists a job's attempts, oldest first.
   *
   * @param after only those behind this place
   * @param limit how many at most
   * @param taker gets one after the other, as long as it takes them
   */
  public void list(
      int projectId,
      JobId job,
      Optional<Cursor> after,
      int limit,
      Predicate<? super Attempt> taker) {
    database.view(connection -> {
      Deque<Attempt> open = new ArrayDeque<>();
      open(connection, projectId, List.of(job)).stream()
          .map(Open::attempt)
          .filter(attempt -> after.stream().allMatch(cursor -> cursor.isBefore(attempt)))
          .sorted(AttemptRows.ORDER)
          .forEach(open::add);
      try (var rows =
          Database.sql(connection)
              .select(AttemptRows.FACTS)
              .select(AttemptRows.WHOLE)
              .from(ATTEMPTS)
              .where(ATTEMPTS.BUCKET.eq(job.bucket()), ATTEMPTS.JOB_ID.eq(job.value()))
              .and(inTheLifeOf(List.of(job)))
              .and(
                  after
                      .map(cursor ->
                          row(ATTEMPTS.EXECUTION_ID, ATTEMPTS.NUMBER)
                              .gt(cursor.execution().value(), (short) cursor.number()))
                      .orElse(noCondition()))
              .orderBy(ATTEMPTS.EXECUTION_ID, ATTEMPTS.NUMBER)
              .limit(limit)
              .fetchSize(ROWS_AT_A_TIME)
              .fetchLazy()) {
        Stream<Attempt> ended = rows.stream().map(AttemptRows::attempt);
        return Stream.concat(
                ended.flatMap(one -> Stream.concat(before(one, open), Stream.of(one))),
                Stream.of(open).flatMap(Deque::stream))
            .limit(limit)
            .allMatch(taker);
      }
    });
  }

  /** Takes those that come before another. */
  private static Stream<Attempt> before(Attempt other, Deque<Attempt> open) {
    Stream.Builder<Attempt> before = Stream.builder();
    while (!open.isEmpty() && AttemptRows.ORDER.compare(open.getFirst(), other) < 0) {
      before.add(open.removeFirst());
    }
    return before.build();
  }

  /** An attempt that is being made. */
  private record Open(JobId job, Attempt attempt) {}

  private static List<Open> open(Connection connection, int projectId, List<JobId> jobs)
      throws SQLException {
    try (var statement = connection.prepareStatement(OPEN)) {
      bind(connection, statement, projectId, jobs);
      try (ResultSet rows = statement.executeQuery()) {
        List<Open> open = new ArrayList<>();
        while (rows.next()) {
          open.add(
              new Open(
                  new JobId(rows.getObject("job_id", UUID.class)),
                  new Attempt(
                      new ExecutionId(rows.getObject("execution_id", UUID.class)),
                      rows.getInt("attempt"),
                      Attempt.Status.OPEN,
                      Columns.instant(rows, "due_at"),
                      Columns.instant(rows, "started_at"),
                      rows.getString("node"),
                      Optional.empty())));
        }
        return open;
      }
    }
  }

  /** Sets the parameters of {@link #OPEN}. */
  static void bind(
      Connection connection, PreparedStatement statement, int projectId, List<JobId> jobs)
      throws SQLException {
    OF_JOBS.bind(connection, statement, 1, jobs);
    statement.setInt(2, projectId);
  }

  /**
   * Lets PostgreSQL pass over the partitions of days on which none of the jobs can have had an
   * attempt. It leaves a day more on either side, since clocks may have been set.
   */
  private static Condition inTheLifeOf(List<JobId> jobs) {
    Instant first = jobs.stream().map(JobId::madeAt).min(Comparator.naturalOrder()).orElseThrow();
    OffsetDateTime from = first.minus(Duration.ofDays(1)).atOffset(ZoneOffset.UTC);
    return ATTEMPTS
        .STARTED_AT
        .ge(from)
        .and(ATTEMPTS.STARTED_AT.lt(field("now() + interval '1 day'", OffsetDateTime.class)));
  }

  /** The newest attempt of each of a project's jobs that has one. */
  static Map<JobId, Attempt> last(
      Connection connection, int projectId, List<JobId> jobs, List<SelectField<?>> content)
      throws SQLException {
    if (jobs.isEmpty()) {
      return Map.of();
    }
    Map<JobId, Attempt> last = new HashMap<>();
    // First, for one that ends meanwhile is among the ended ones.
    for (Open open : open(connection, projectId, jobs)) {
      last.merge(open.job(), open.attempt(), Attempts::newer);
    }
    var wanted =
        values(jobs.stream().map(job -> row(job.bucket(), job.value())).toArray(Row2[]::new))
            .as("wanted", "bucket", "job_id");
    Field<Short> bucket = field(name("wanted", "bucket"), Short.class);
    Field<UUID> jobId = field(name("wanted", "job_id"), UUID.class);
    var newest =
        lateral(
            select(AttemptRows.FACTS)
                .select(content)
                .from(ATTEMPTS)
                .where(ATTEMPTS.BUCKET.eq(bucket), ATTEMPTS.JOB_ID.eq(jobId))
                .and(inTheLifeOf(jobs))
                .orderBy(ATTEMPTS.EXECUTION_ID.desc(), ATTEMPTS.NUMBER.desc())
                .limit(1));
    Table<?> attempts = newest.as(ATTEMPTS);
    Database.sql(connection)
        .select(jobId)
        .select(attempts.fields())
        .from(wanted)
        .crossJoin(attempts)
        .forEach(found ->
            last.merge(new JobId(found.get(jobId)), AttemptRows.attempt(found), Attempts::newer));
    return last;
  }

  private static Attempt newer(Attempt before, Attempt other) {
    return AttemptRows.ORDER.compare(before, other) <= 0 ? other : before;
  }
}
