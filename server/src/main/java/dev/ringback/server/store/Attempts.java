package dev.ringback.server.store;

import static dev.ringback.server.store.schema.Tables.ATTEMPTS;
import static dev.ringback.server.store.schema.Tables.JOBS;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.row;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.values;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.JSON;
import org.jooq.Record;
import org.jooq.Row2;
import org.jooq.SelectField;
import org.jooq.Table;

/**
 * Reads attempts.
 *
 * <p>Thread-safe.
 */
public final class Attempts {
  /** The columns that every read has. */
  static final List<Field<?>> FACTS =
      List.of(
          ATTEMPTS.EXECUTION_ID,
          ATTEMPTS.NUMBER,
          ATTEMPTS.STATUS,
          ATTEMPTS.SCHEDULED_AT,
          ATTEMPTS.STARTED_AT,
          ATTEMPTS.FINISHED_AT,
          ATTEMPTS.NODE,
          ATTEMPTS.DURATION_MS,
          ATTEMPTS.STATUS_CODE,
          ATTEMPTS.RESPONSE_TRUNCATED,
          ATTEMPTS.ERROR_CLASS,
          ATTEMPTS.ERROR_MESSAGE);

  /** Headers and body, which may be large. */
  static final List<SelectField<?>> WHOLE =
      List.of(ATTEMPTS.REQUEST_HEADERS, ATTEMPTS.RESPONSE_HEADERS, ATTEMPTS.RESPONSE_BODY);

  /** Neither headers nor body. */
  static final List<SelectField<?>> SUMMARY = List.of();

  /**
   * An attempt may have 64 KiB of body, which comes in twice as many characters, and more than that
   * of headers.
   */
  private static final int ROWS_AT_A_TIME = 4;

  private final Database database;

  public Attempts(Database database) {
    this.database = database;
  }

  /** A place in a job's attempts. */
  public record Cursor(ExecutionId execution, int number) {}

  /**
   * Lists a job's attempts, oldest first.
   *
   * @param after only those behind this place
   * @param limit how many at most
   * @param taker gets one after the other, as long as it takes them
   */
  public void list(JobId job, Optional<Cursor> after, int limit, Predicate<? super Attempt> taker) {
    // In a transaction, since only there does the driver read no more rows than it needs.
    database.transact(connection -> {
      try (var rows =
          Database.sql(connection)
              .select(FACTS)
              .select(WHOLE)
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
        return rows.stream().map(Attempts::attempt).allMatch(taker);
      }
    });
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

  /** The newest attempt of each of the jobs that has one. */
  static Map<JobId, Attempt> last(
      Connection connection, List<JobId> jobs, List<SelectField<?>> content) {
    if (jobs.isEmpty()) {
      return Map.of();
    }
    var wanted =
        values(jobs.stream().map(job -> row(job.bucket(), job.value())).toArray(Row2[]::new))
            .as("wanted", "bucket", "job_id");
    Field<Short> bucket = field(name("wanted", "bucket"), Short.class);
    Field<UUID> jobId = field(name("wanted", "job_id"), UUID.class);
    var newest =
        lateral(
            select(FACTS)
                .select(content)
                .from(ATTEMPTS)
                .where(ATTEMPTS.BUCKET.eq(bucket), ATTEMPTS.JOB_ID.eq(jobId))
                .and(inTheLifeOf(jobs))
                .orderBy(ATTEMPTS.EXECUTION_ID.desc(), ATTEMPTS.NUMBER.desc())
                .limit(1));
    Table<?> attempts = newest.as(ATTEMPTS);
    Map<JobId, Attempt> last = new HashMap<>();
    Database.sql(connection)
        .select(jobId)
        .select(attempts.fields())
        .from(wanted)
        .crossJoin(attempts)
        .forEach(found -> last.put(new JobId(found.get(jobId)), attempt(found)));
    return last;
  }

  /** The newest attempt of a job: joined to {@code JOBS} for {@link #FACTS}. */
  static Table<?> newest() {
    return lateral(
            select(FACTS)
                .from(ATTEMPTS)
                .where(ATTEMPTS.BUCKET.eq(JOBS.BUCKET), ATTEMPTS.JOB_ID.eq(JOBS.ID))
                // As inTheLifeOf has it.
                .and(
                    condition(
                        """
                        {0} >= {1} - interval '1 day' and {0} < now() + interval '1 day'\
                        """,
                        ATTEMPTS.STARTED_AT, JOBS.CREATED_AT))
                .orderBy(ATTEMPTS.EXECUTION_ID.desc(), ATTEMPTS.NUMBER.desc())
                .limit(inline(1)))
        .as(ATTEMPTS);
  }

  /** The attempt of a row, if it has one. */
  static Optional<Attempt> optionalAttempt(Record row) {
    return row.get(ATTEMPTS.NUMBER) == null ? Optional.empty() : Optional.of(attempt(row));
  }

  private static Attempt attempt(Record row) {
    Attempt.Status status = Attempt.Status.of(row.get(ATTEMPTS.STATUS).getLiteral());
    return new Attempt(
        new ExecutionId(row.get(ATTEMPTS.EXECUTION_ID)),
        row.get(ATTEMPTS.NUMBER),
        status,
        row.get(ATTEMPTS.SCHEDULED_AT).toInstant(),
        row.get(ATTEMPTS.STARTED_AT).toInstant(),
        row.get(ATTEMPTS.NODE),
        status == Attempt.Status.OPEN ? Optional.empty() : Optional.of(result(row)));
  }

  private static Attempt.Result result(Record row) {
    return new Attempt.Result(
        row.get(ATTEMPTS.FINISHED_AT).toInstant(),
        Optional.ofNullable(row.get(ATTEMPTS.DURATION_MS)),
        headers(row, ATTEMPTS.REQUEST_HEADERS),
        Optional.ofNullable(row.get(ATTEMPTS.STATUS_CODE)).map(code -> answer(row, code)),
        Optional.ofNullable(row.get(ATTEMPTS.ERROR_CLASS))
            .map(word -> new Attempt.Error(word, row.get(ATTEMPTS.ERROR_MESSAGE))));
  }

  private static Attempt.Answer answer(Record row, int statusCode) {
    byte[] body =
        row.field(ATTEMPTS.RESPONSE_BODY) == null ? null : row.get(ATTEMPTS.RESPONSE_BODY);
    return new Attempt.Answer(
        statusCode,
        headers(row, ATTEMPTS.RESPONSE_HEADERS),
        body == null ? new byte[0] : body,
        row.get(ATTEMPTS.RESPONSE_TRUNCATED));
  }

  /** Empty in a summary, which leaves them out. */
  private static Map<String, String> headers(Record row, Field<JSON> field) {
    JSON json = row.field(field) == null ? null : row.get(field);
    return Columns.map(json == null ? null : json.data());
  }
}
