package dev.ringback.server.store.job;

import static dev.ringback.server.store.schema.Tables.ENDED_JOBS;
import static dev.ringback.server.store.schema.Tables.EXECUTIONS;
import static dev.ringback.server.store.schema.Tables.QUEUE;
import static org.jooq.impl.DSL.noCondition;

import dev.ringback.server.job.Execution;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.schema.enums.ExecutionStatus;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Record5;

/**
 * Reads executions: the live ones from the queue, the ended ones from their own table, and the one
 * that ended its job from what is kept of that.
 *
 * <p>Thread-safe.
 */
public final class Executions {
  private final Database database;

  public Executions(Database database) {
    this.database = database;
  }

  /**
   * Lists a job's executions, newest first.
   *
   * @param before only older ones than this
   * @param limit how many at most
   */
  public List<Execution> list(int projectId, JobId job, Optional<ExecutionId> before, int limit) {
    // One view of both tables, so that an execution that ends meanwhile is in one of them.
    return database.view(connection -> {
      DSLContext sql = Database.sql(connection);
      return Stream.of(
              live(sql, projectId, job, before, limit),
              recorded(sql, job, before, limit),
              last(sql, projectId, job, before))
          .flatMap(List::stream)
          .sorted(
              Comparator.comparing(
                  execution -> execution.id().toString(), Comparator.reverseOrder()))
          .limit(limit)
          .toList();
    });
  }

  private static List<Execution> live(
      DSLContext sql, int projectId, JobId job, Optional<ExecutionId> before, int limit) {
    return sql.select(
            QUEUE.EXECUTION_ID, QUEUE.OWNER, QUEUE.SCHEDULED_AT, QUEUE.DUE_AT, QUEUE.ATTEMPT)
        .from(QUEUE)
        .where(QUEUE.PROJECT_ID.eq(projectId), QUEUE.JOB_ID.eq(job.value()))
        .and(before.map(id -> QUEUE.EXECUTION_ID.lt(id.value())).orElse(noCondition()))
        .orderBy(QUEUE.EXECUTION_ID.desc())
        .limit(limit)
        .fetch(row -> live(row, job));
  }

  private static Execution live(Record row, JobId job) {
    boolean running = row.get(QUEUE.OWNER) != null;
    return new Execution(
        new ExecutionId(row.get(QUEUE.EXECUTION_ID)),
        job,
        running ? Execution.Status.RUNNING : Execution.Status.PENDING,
        row.get(QUEUE.SCHEDULED_AT).toInstant(),
        running ? Optional.empty() : Optional.of(row.get(QUEUE.DUE_AT).toInstant()),
        Optional.empty(),
        row.get(QUEUE.ATTEMPT));
  }

  private static List<Execution> recorded(
      DSLContext sql, JobId job, Optional<ExecutionId> before, int limit) {
    return sql.select(
            EXECUTIONS.ID,
            EXECUTIONS.STATUS,
            EXECUTIONS.SCHEDULED_AT,
            EXECUTIONS.FINISHED_AT,
            EXECUTIONS.ATTEMPT_COUNT)
        .from(EXECUTIONS)
        .where(EXECUTIONS.BUCKET.eq(job.bucket()), EXECUTIONS.JOB_ID.eq(job.value()))
        .and(before.map(id -> EXECUTIONS.ID.lt(id.value())).orElse(noCondition()))
        .orderBy(EXECUTIONS.ID.desc())
        .limit(limit)
        .fetch(row -> ended(row, job));
  }

  /** The execution that ended the job. */
  private static List<Execution> last(
      DSLContext sql, int projectId, JobId job, Optional<ExecutionId> before) {
    return sql.select(
            ENDED_JOBS.EXECUTION_ID,
            ENDED_JOBS.STATUS,
            ENDED_JOBS.SCHEDULED_AT,
            ENDED_JOBS.FINISHED_AT,
            ENDED_JOBS.ATTEMPT_COUNT)
        .from(ENDED_JOBS)
        .where(ENDED_JOBS.PROJECT_ID.eq(projectId), ENDED_JOBS.JOB_ID.eq(job.value()))
        .and(ENDED_JOBS.STATUS.in(ExecutionStatus.values()))
        .and(ENDED_JOBS.EXECUTION_ID.isNotNull())
        .and(before.map(id -> ENDED_JOBS.EXECUTION_ID.lt(id.value())).orElse(noCondition()))
        .fetch(row -> ended(row, job));
  }

  /** Of a row of either table, whose columns have the same order. */
  private static Execution ended(
      Record5<UUID, ExecutionStatus, OffsetDateTime, OffsetDateTime, Short> row, JobId job) {
    return new Execution(
        new ExecutionId(row.value1()),
        job,
        Execution.Status.of(row.value2().getLiteral()),
        row.value3().toInstant(),
        Optional.empty(),
        Optional.of(row.value4().toInstant()),
        row.value5());
  }
}
