package dev.ringback.server.store.job;

import static dev.ringback.server.store.schema.Tables.ENDED_JOBS;
import static dev.ringback.server.store.schema.Tables.EXECUTIONS;
import static dev.ringback.server.store.schema.Tables.JOBS;
import static dev.ringback.server.store.schema.Tables.QUEUE;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.select;

import dev.ringback.server.job.Bucket;
import dev.ringback.server.job.Execution;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.refusal.NotFound.ExecutionNotFound;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.schema.enums.ExecutionStatus;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Record6;

/**
 * Reads executions: the live ones from the queue, the ended ones from their own table, and the one
 * that ended its job from what is kept of that.
 *
 * <p>Thread-safe.
 */
public final class Executions {
  /** Longer than a create takes from the id of its job to that of its first execution. */
  private static final Duration CREATE = Duration.ofSeconds(1);

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
    var wanted =
        new Wanted(
            projectId,
            job.bucket(),
            field -> field.eq(job.value()),
            field -> before.map(id -> field.lt(id.value())).orElse(noCondition()),
            limit);
    return database.view(connection -> read(Database.sql(connection), wanted));
  }

  /**
   * Reads one execution.
   *
   * <p>No index has executions by their ids alone: each would be written with each firing. An id
   * tells its bucket and when it was made, and so in which few jobs to look: in those created just
   * then, with their first execution, and in those that fire again and again.
   *
   * @throws ExecutionNotFound when the project has none of that id, or it is no longer kept
   */
  public Execution get(int projectId, ExecutionId id) {
    return database.view(connection -> {
      DSLContext sql = Database.sql(connection);
      UUID[] jobs = candidates(sql, projectId, id);
      var wanted =
          new Wanted(
              projectId,
              Bucket.of(id.value()),
              field -> field.eq(any(jobs)),
              field -> field.eq(id.value()),
              1);
      return read(sql, wanted).stream()
          .findFirst()
          .orElseThrow(() -> new ExecutionNotFound(id.toString()));
    });
  }

  private static UUID[] candidates(DSLContext sql, int projectId, ExecutionId id) {
    Condition near = JOBS.PROJECT_ID.eq(projectId).and(JOBS.BUCKET.eq(Bucket.of(id.value())));
    return sql.select(JOBS.ID)
        .from(JOBS)
        // The id of a job is made right before that of its first execution.
        .where(near.and(JOBS.ID.between(id.earlier(CREATE), id.value())))
        .unionAll(select(JOBS.ID).from(JOBS).where(near.and(JOBS.CRON.isNotNull())))
        .fetchArray(JOBS.ID);
  }

  /**
   * Which executions to read.
   *
   * @param jobs what holds of the ids of their jobs
   * @param ids what holds of their own ids
   * @param limit how many at most, the newest
   */
  private record Wanted(
      int projectId,
      short bucket,
      Function<Field<UUID>, Condition> jobs,
      Function<Field<UUID>, Condition> ids,
      int limit) {}

  /** From one view of all tables, so that an execution that ends meanwhile is in one of them. */
  private static List<Execution> read(DSLContext sql, Wanted wanted) {
    return Stream.of(live(sql, wanted), recorded(sql, wanted), last(sql, wanted))
        .flatMap(List::stream)
        .sorted(
            Comparator.comparing(execution -> execution.id().toString(), Comparator.reverseOrder()))
        .limit(wanted.limit())
        .toList();
  }

  private static List<Execution> live(DSLContext sql, Wanted wanted) {
    return sql.select(
            QUEUE.EXECUTION_ID,
            QUEUE.JOB_ID,
            QUEUE.OWNER,
            QUEUE.SCHEDULED_AT,
            QUEUE.DUE_AT,
            QUEUE.ATTEMPT)
        .from(QUEUE)
        .where(QUEUE.PROJECT_ID.eq(wanted.projectId()))
        .and(wanted.jobs().apply(QUEUE.JOB_ID))
        .and(wanted.ids().apply(QUEUE.EXECUTION_ID))
        .orderBy(QUEUE.EXECUTION_ID.desc())
        .limit(wanted.limit())
        .fetch(Executions::live);
  }

  private static Execution live(Record row) {
    boolean running = row.get(QUEUE.OWNER) != null;
    return new Execution(
        new ExecutionId(row.get(QUEUE.EXECUTION_ID)),
        new JobId(row.get(QUEUE.JOB_ID)),
        running ? Execution.Status.RUNNING : Execution.Status.PENDING,
        row.get(QUEUE.SCHEDULED_AT).toInstant(),
        running ? Optional.empty() : Optional.of(row.get(QUEUE.DUE_AT).toInstant()),
        Optional.empty(),
        row.get(QUEUE.ATTEMPT));
  }

  private static List<Execution> recorded(DSLContext sql, Wanted wanted) {
    return sql.select(
            EXECUTIONS.ID,
            EXECUTIONS.JOB_ID,
            EXECUTIONS.STATUS,
            EXECUTIONS.SCHEDULED_AT,
            EXECUTIONS.FINISHED_AT,
            EXECUTIONS.ATTEMPT_COUNT)
        .from(EXECUTIONS)
        .where(EXECUTIONS.BUCKET.eq(wanted.bucket()))
        .and(wanted.jobs().apply(EXECUTIONS.JOB_ID))
        .and(wanted.ids().apply(EXECUTIONS.ID))
        .orderBy(EXECUTIONS.ID.desc())
        .limit(wanted.limit())
        .fetch(Executions::ended);
  }

  /** The execution that ended its job. */
  private static List<Execution> last(DSLContext sql, Wanted wanted) {
    return sql.select(
            ENDED_JOBS.EXECUTION_ID,
            ENDED_JOBS.JOB_ID,
            ENDED_JOBS.STATUS,
            ENDED_JOBS.SCHEDULED_AT,
            ENDED_JOBS.FINISHED_AT,
            ENDED_JOBS.ATTEMPT_COUNT)
        .from(ENDED_JOBS)
        .where(ENDED_JOBS.PROJECT_ID.eq(wanted.projectId()))
        .and(ENDED_JOBS.STATUS.in(ExecutionStatus.values()))
        .and(wanted.jobs().apply(ENDED_JOBS.JOB_ID))
        .and(ENDED_JOBS.EXECUTION_ID.isNotNull())
        .and(wanted.ids().apply(ENDED_JOBS.EXECUTION_ID))
        .fetch(Executions::ended);
  }

  /** Of a row of either table, whose columns have the same order. */
  private static Execution ended(
      Record6<UUID, UUID, ExecutionStatus, OffsetDateTime, OffsetDateTime, Short> row) {
    return new Execution(
        new ExecutionId(row.value1()),
        new JobId(row.value2()),
        Execution.Status.of(row.value3().getLiteral()),
        row.value4().toInstant(),
        Optional.empty(),
        Optional.of(row.value5().toInstant()),
        row.value6());
  }
}
