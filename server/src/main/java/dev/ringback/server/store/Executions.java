package dev.ringback.server.store;

import static dev.ringback.server.store.schema.Tables.EXECUTIONS;
import static dev.ringback.server.store.schema.Tables.QUEUE;
import static org.jooq.impl.DSL.noCondition;

import dev.ringback.server.job.Execution;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Record;

/**
 * Reads executions: the live ones from the queue, the ended ones from their own table.
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
  public List<Execution> list(JobId job, Optional<ExecutionId> before, int limit) {
    // One snapshot of both tables, so that an execution that ends meanwhile is in one of them.
    return database.view(connection -> {
      DSLContext sql = Database.sql(connection);
      return Stream.concat(
              live(sql, job, before, limit).stream(), ended(sql, job, before, limit).stream())
          .sorted(
              Comparator.comparing(
                  execution -> execution.id().toString(), Comparator.reverseOrder()))
          .limit(limit)
          .toList();
    });
  }

  private static List<Execution> live(
      DSLContext sql, JobId job, Optional<ExecutionId> before, int limit) {
    return sql.select(
            QUEUE.EXECUTION_ID, QUEUE.OWNER, QUEUE.SCHEDULED_AT, QUEUE.DUE_AT, QUEUE.ATTEMPT)
        .from(QUEUE)
        .where(QUEUE.BUCKET.eq(job.bucket()), QUEUE.JOB_ID.eq(job.value()))
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

  private static List<Execution> ended(
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

  private static Execution ended(Record row, JobId job) {
    return new Execution(
        new ExecutionId(row.get(EXECUTIONS.ID)),
        job,
        Execution.Status.of(row.get(EXECUTIONS.STATUS).getLiteral()),
        row.get(EXECUTIONS.SCHEDULED_AT).toInstant(),
        Optional.empty(),
        Optional.of(row.get(EXECUTIONS.FINISHED_AT).toInstant()),
        row.get(EXECUTIONS.ATTEMPT_COUNT));
  }
}
