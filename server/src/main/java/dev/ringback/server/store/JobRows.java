package dev.ringback.server.store;

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
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobSpec;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.Schedule;
import dev.ringback.server.job.TargetUrl;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jooq.SelectField;
import org.jooq.Table;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/** How a job is read from its row and from its live executions in the queue. */
final class JobRows {
  /** Everything. */
  static final List<SelectField<?>> WHOLE = List.of(JOBS.HEADERS, JOBS.BODY);

  /** All but the headers and the body, which may be large. */
  static final List<SelectField<?>> SUMMARY = List.of();

  private static final Field<Boolean> RUNNING = field("live.running", SQLDataType.BOOLEAN);
  private static final Field<OffsetDateTime> NEXT_DUE =
      field("live.next_due", SQLDataType.TIMESTAMPWITHTIMEZONE);
  private static final Field<BigDecimal> LIVE_ATTEMPTS =
      field("live.attempts", SQLDataType.NUMERIC);

  /** The columns that every reading has. */
  static final List<Field<?>> FACTS =
      List.of(
          JOBS.ID,
          JOBS.STATUS,
          JOBS.URL,
          JOBS.METHOD,
          JOBS.SCHEDULED_AT,
          JOBS.CRON,
          JOBS.MAX_RETRIES,
          JOBS.MIN_BACKOFF_MS,
          JOBS.MAX_BACKOFF_MS,
          JOBS.MAX_RETRY_DURATION_MS,
          JOBS.ATTEMPT_DEADLINE_MS,
          JOBS.LABELS,
          JOBS.ATTEMPT_COUNT,
          JOBS.CREATED_AT,
          JOBS.UPDATED_AT,
          JOBS.FINISHED_AT,
          RUNNING,
          NEXT_DUE,
          LIVE_ATTEMPTS);

  private JobRows() {}

  static dev.ringback.server.store.schema.enums.JobStatus stored(JobStatus status) {
    return dev.ringback.server.store.schema.enums.JobStatus.valueOf(status.word());
  }

  static SelectConditionStep<Record> where(
      DSLContext sql, List<SelectField<?>> content, Condition condition) {
    return sql.select(FACTS)
        .select(content)
        .from(JOBS)
        .leftJoin(live())
        .on(inline(true))
        .where(condition);
  }

  /** What of a job stands in its live executions: joined to {@code JOBS} for {@link #FACTS}. */
  static Table<?> live() {
    return lateral(
            select(
                    boolOr(QUEUE.OWNER.isNotNull()).as("running"),
                    min(QUEUE.DUE_AT).filterWhere(QUEUE.OWNER.isNull()).as("next_due"),
                    sum(QUEUE.ATTEMPT).as("attempts"))
                .from(QUEUE)
                .where(QUEUE.BUCKET.eq(JOBS.BUCKET), QUEUE.JOB_ID.eq(JOBS.ID)))
        .as("live");
  }

  /** Whether an execution of the job is live. */
  static boolean isLive(Record row) {
    return row.get(LIVE_ATTEMPTS) != null;
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
    var retryPolicy =
        new RetryPolicy(
            row.get(JOBS.MAX_RETRIES),
            Duration.ofMillis(row.get(JOBS.MIN_BACKOFF_MS)),
            Duration.ofMillis(row.get(JOBS.MAX_BACKOFF_MS)),
            Optional.ofNullable(row.get(JOBS.MAX_RETRY_DURATION_MS)).map(Duration::ofMillis));
    return new JobSpec(
        callback,
        schedule,
        retryPolicy,
        Duration.ofMillis(row.get(JOBS.ATTEMPT_DEADLINE_MS)),
        Columns.map(row.get(JOBS.LABELS).data()));
  }

  private static Job.State state(Record row, Optional<Attempt> lastAttempt) {
    JobStatus stored = JobStatus.of(row.get(JOBS.STATUS).getLiteral());
    boolean running = stored == JobStatus.PENDING && Boolean.TRUE.equals(row.get(RUNNING));
    BigDecimal live = row.get(LIVE_ATTEMPTS);
    return new Job.State(
        running ? JobStatus.RUNNING : stored,
        instant(row.get(JOBS.SCHEDULED_AT)),
        instant(row.get(NEXT_DUE)),
        row.get(JOBS.ATTEMPT_COUNT) + (live == null ? 0 : live.intValue()),
        lastAttempt,
        row.get(JOBS.CREATED_AT).toInstant(),
        row.get(JOBS.UPDATED_AT).toInstant(),
        instant(row.get(JOBS.FINISHED_AT)));
  }

  private static Optional<Instant> instant(@Nullable OffsetDateTime time) {
    return Optional.ofNullable(time).map(OffsetDateTime::toInstant);
  }
}
