package dev.ringback.server.store.job;

import static dev.ringback.server.store.schema.Tables.ATTEMPTS;
import static dev.ringback.server.store.schema.Tables.JOBS;
import static dev.ringback.server.store.schema.Tables.NODES;
import static dev.ringback.server.store.schema.Tables.QUEUE;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.select;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.store.db.Columns;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.JSON;
import org.jooq.Record;
import org.jooq.SelectField;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;

/** How an attempt is read: from its row, or while it is made from its execution's in the queue. */
final class AttemptRows {
  /** The columns that every read has. */
  static final List<Field<?>> FACTS =
      List.of(
          ATTEMPTS.EXECUTION_ID,
          ATTEMPTS.NUMBER,
          ATTEMPTS.STATUS,
          ATTEMPTS.DUE_AT,
          ATTEMPTS.STARTED_AT,
          ATTEMPTS.FINISHED_AT,
          ATTEMPTS.NODE,
          ATTEMPTS.DURATION_MS,
          ATTEMPTS.STATUS_CODE,
          ATTEMPTS.RESPONSE_TRUNCATED,
          ATTEMPTS.ERROR_CLASS,
          ATTEMPTS.ERROR_MESSAGE);

  private static final Field<UUID> OPEN_EXECUTION = field("open.execution_id", SQLDataType.UUID);
  private static final Field<Short> OPEN_NUMBER = field("open.attempt", SQLDataType.SMALLINT);
  private static final Field<OffsetDateTime> OPEN_DUE =
      field("open.due_at", SQLDataType.TIMESTAMPWITHTIMEZONE);
  private static final Field<OffsetDateTime> OPEN_STARTED =
      field("open.started_at", SQLDataType.TIMESTAMPWITHTIMEZONE);
  private static final Field<String> OPEN_NODE = field("open.node", SQLDataType.VARCHAR);

  /** The columns of {@link #newestOpen}. */
  static final List<Field<?>> OPEN_FACTS =
      List.of(OPEN_EXECUTION, OPEN_NUMBER, OPEN_DUE, OPEN_STARTED, OPEN_NODE);

  /** Headers and body, which may be large. */
  static final List<SelectField<?>> WHOLE =
      List.of(ATTEMPTS.REQUEST_HEADERS, ATTEMPTS.RESPONSE_HEADERS, ATTEMPTS.RESPONSE_BODY);

  /** Neither headers nor body. */
  static final List<SelectField<?>> SUMMARY = List.of();

  /** Oldest first. */
  static final Comparator<Attempt> ORDER =
      Comparator.<Attempt, UUID>comparing(attempt -> attempt.executionId().value())
          .thenComparing(Attempt::number);

  private AttemptRows() {}

  /** The newest attempt of a job that has ended: joined to {@code JOBS} for {@link #FACTS}. */
  static Table<?> newest() {
    return lateral(
            select(FACTS)
                .from(ATTEMPTS)
                .where(ATTEMPTS.BUCKET.eq(JOBS.BUCKET), ATTEMPTS.JOB_ID.eq(JOBS.ID))
                // As Attempts.inTheLifeOf has it.
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

  /**
   * The newest attempt of a job that is being made: joined to {@code JOBS} for {@link #OPEN_FACTS}.
   */
  static Table<?> newestOpen() {
    return lateral(
            select(
                    QUEUE.EXECUTION_ID,
                    QUEUE.ATTEMPT,
                    QUEUE.DUE_AT,
                    QUEUE.STARTED_AT,
                    NODES.NAME.as("node"))
                .from(QUEUE)
                .leftJoin(NODES)
                .on(NODES.ID.eq(QUEUE.OWNER))
                .where(QUEUE.PROJECT_ID.eq(JOBS.PROJECT_ID), QUEUE.JOB_ID.eq(JOBS.ID))
                .and(QUEUE.STARTED_AT.isNotNull())
                .orderBy(QUEUE.EXECUTION_ID.desc())
                .limit(inline(1)))
        .as("open");
  }

  /** The newest attempt of a row that {@link #newest} and {@link #newestOpen} were joined to. */
  static Optional<Attempt> newest(Record row) {
    return Stream.of(
            Optional.ofNullable(row.get(OPEN_EXECUTION)).map(id -> open(row, id)),
            Optional.ofNullable(row.get(ATTEMPTS.NUMBER)).map(_ -> attempt(row)))
        .flatMap(Optional::stream)
        .max(ORDER);
  }

  private static Attempt open(Record row, UUID execution) {
    return new Attempt(
        new ExecutionId(execution),
        row.get(OPEN_NUMBER),
        Attempt.Status.OPEN,
        row.get(OPEN_DUE).toInstant(),
        row.get(OPEN_STARTED).toInstant(),
        Objects.requireNonNullElse(row.get(OPEN_NODE), ""),
        Optional.empty());
  }

  /** One that has ended. */
  static Attempt attempt(Record row) {
    Attempt.Status status = Attempt.Status.of(row.get(ATTEMPTS.STATUS).getLiteral());
    return new Attempt(
        new ExecutionId(row.get(ATTEMPTS.EXECUTION_ID)),
        row.get(ATTEMPTS.NUMBER),
        status,
        row.get(ATTEMPTS.DUE_AT).toInstant(),
        row.get(ATTEMPTS.STARTED_AT).toInstant(),
        row.get(ATTEMPTS.NODE),
        Optional.of(result(row)));
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
