package dev.ringback.server.store.job;

import static dev.ringback.server.store.schema.Tables.ENDED_JOBS;
import static dev.ringback.server.store.schema.Tables.JOBS;
import static dev.ringback.server.store.schema.Tables.QUEUE;
import static org.jooq.impl.DSL.boolOr;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.lateral;
import static org.jooq.impl.DSL.min;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.sum;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.Callback;
import dev.ringback.server.job.CronExpression;
import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobFacts;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.server.store.db.Columns;
import dev.ringback.server.store.schema.enums.ExecutionStatus;
import dev.ringback.server.store.schema.enums.Hold;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jooq.SelectField;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** How a job is read from its row and from its live executions in the queue. */
final class JobRows {
  /** Everything. */
  static final List<SelectField<?>> WHOLE = List.of(JOBS.HEADERS, JOBS.BODY);

  /** All but the headers and the body, which may be large. */
  static final List<SelectField<?>> SUMMARY = List.of();

  private static final List<Field<ExecutionStatus>> EVERY_END =
      Arrays.stream(ExecutionStatus.values()).<Field<ExecutionStatus>>map(DSL::inline).toList();

  /** What stays as it is, whatever happens to the job. */
  static final List<Field<?>> FACTS =
      List.of(
          JOBS.ID,
          JOBS.URL,
          JOBS.METHOD,
          JOBS.SCHEDULED_AT,
          JOBS.CRON,
          JOBS.DELIVERY,
          JOBS.LABELS,
          JOBS.CREATED_AT);

  private static final Field<Boolean> RUNNING = field("live.running", SQLDataType.BOOLEAN);
  private static final Field<Boolean> PAUSED = field("live.paused", SQLDataType.BOOLEAN);
  private static final Field<OffsetDateTime> NEXT_DUE =
      field("live.next_due", SQLDataType.TIMESTAMPWITHTIMEZONE);
  private static final Field<BigDecimal> LIVE_ATTEMPTS =
      field("live.attempts", SQLDataType.NUMERIC);

  /** How it stands. */
  static final List<Field<?>> STANDING =
      List.of(
          JOBS.ATTEMPT_COUNT,
          JOBS.UPDATED_AT,
          RUNNING,
          PAUSED,
          NEXT_DUE,
          LIVE_ATTEMPTS,
          ENDED_JOBS.STATUS,
          ENDED_JOBS.FINISHED_AT,
          ENDED_JOBS.ATTEMPT_COUNT);

  private JobRows() {}

  /** What jobs are read from: their rows, and what tells how they stand. */
  static Table<?> table() {
    return JOBS.leftJoin(live()).on(inline(true)).leftJoin(ended()).on(inline(true));
  }

  static SelectConditionStep<Record> where(
      DSLContext sql, List<SelectField<?>> content, Condition condition) {
    return sql.select(FACTS).select(STANDING).select(content).from(table()).where(condition);
  }

  private static Table<?> live() {
    return lateral(
            select(
                    boolOr(QUEUE.OWNER.isNotNull()).as("running"),
                    boolOr(QUEUE.HOLD.eq(inline(Hold.paused))).as("paused"),
                    min(QUEUE.DUE_AT)
                        .filterWhere(QUEUE.OWNER.isNull().and(QUEUE.HOLD.isNull()))
                        .as("next_due"),
                    sum(QUEUE.ATTEMPT).as("attempts"))
                .from(QUEUE)
                .where(QUEUE.PROJECT_ID.eq(JOBS.PROJECT_ID), QUEUE.JOB_ID.eq(JOBS.ID)))
        .as("live");
  }

  private static Table<?> ended() {
    return lateral(
            select(ENDED_JOBS.STATUS, ENDED_JOBS.FINISHED_AT, ENDED_JOBS.ATTEMPT_COUNT)
                .from(ENDED_JOBS)
                .where(
                    ENDED_JOBS.PROJECT_ID.eq(JOBS.PROJECT_ID),
                    ENDED_JOBS.STATUS.in(EVERY_END),
                    ENDED_JOBS.JOB_ID.eq(JOBS.ID))
                .limit(inline(1)))
        .as(ENDED_JOBS);
  }

  /** Whether an execution of the job is live. */
  static boolean isLive(Record row) {
    return row.get(LIVE_ATTEMPTS) != null;
  }

  static JobFacts facts(Record row) {
    return new JobFacts(
        new JobId(row.get(JOBS.ID)),
        spec(row),
        instant(row.get(JOBS.SCHEDULED_AT)),
        row.get(JOBS.CREATED_AT).toInstant());
  }

  static Job job(Record row, Optional<Attempt> lastAttempt) {
    return new Job(new JobId(row.get(JOBS.ID)), spec(row), state(row, lastAttempt));
  }

  private static JobSpec spec(Record row) {
    boolean whole = row.field(JOBS.BODY) != null;
    var callback =
        new Callback(
            TargetUrl.stored(row.get(JOBS.URL)),
            row.get(JOBS.METHOD),
            whole ? Columns.map(row.get(JOBS.HEADERS).data()) : Map.of(),
            whole ? row.get(JOBS.BODY) : new byte[0]);
    String cron = row.get(JOBS.CRON);
    Schedule schedule =
        cron != null
            ? new Schedule.Recurring(CronExpression.parse(cron))
            : new Schedule.At(row.get(JOBS.SCHEDULED_AT).toInstant());
    return new JobSpec(
        callback,
        schedule,
        DeliveryText.read(row.get(JOBS.DELIVERY).data()),
        Columns.map(row.get(JOBS.LABELS).data()));
  }

  private static Job.State state(Record row, Optional<Attempt> lastAttempt) {
    BigDecimal live = row.get(LIVE_ATTEMPTS);
    Short ended = row.get(ENDED_JOBS.ATTEMPT_COUNT);
    Optional<Instant> finishedAt = instant(row.get(ENDED_JOBS.FINISHED_AT));
    Instant updatedAt =
        Stream.of(
                Optional.of(row.get(JOBS.UPDATED_AT).toInstant()),
                finishedAt,
                lastAttempt.map(Attempt::startedAt),
                lastAttempt.flatMap(Attempt::result).map(Attempt.Result::finishedAt))
            .flatMap(Optional::stream)
            .max(Comparator.naturalOrder())
            .orElseThrow();
    return new Job.State(
        status(row),
        instant(row.get(JOBS.SCHEDULED_AT)),
        instant(row.get(NEXT_DUE)),
        row.get(JOBS.ATTEMPT_COUNT)
            + (ended == null ? 0 : ended)
            + (live == null ? 0 : live.intValue()),
        lastAttempt,
        row.get(JOBS.CREATED_AT).toInstant(),
        updatedAt,
        finishedAt);
  }

  /** What has ended has no row in the queue, but for a call that was being made at its cancel. */
  private static JobStatus status(Record row) {
    ExecutionStatus ended = row.get(ENDED_JOBS.STATUS);
    if (ended != null) {
      return JobStatus.of(ended.getLiteral());
    }
    if (Boolean.TRUE.equals(row.get(RUNNING))) {
      return JobStatus.RUNNING;
    }
    return Boolean.TRUE.equals(row.get(PAUSED)) ? JobStatus.PAUSED : JobStatus.PENDING;
  }

  private static Optional<Instant> instant(@Nullable OffsetDateTime time) {
    return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
  }
}
