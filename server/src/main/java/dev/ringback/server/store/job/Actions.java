package dev.ringback.server.store.job;

import static dev.ringback.server.store.schema.Tables.QUEUE;

import dev.ringback.server.job.Job;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.JobStatus;
import dev.ringback.server.refusal.Conflict.JobEnded;
import dev.ringback.server.refusal.NotFound.JobNotFound;
import dev.ringback.server.store.db.Database;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What users do to jobs that there are.
 *
 * <p>Thread-safe.
 */
public final class Actions {
  // What waits ends now. What is being called is marked: it ends with its call.
  static final String CANCEL =
      """
      with ended as (
        delete from queue
        where project_id = ? and job_id = ? and owner is null
        returning bucket, job_id, execution_id, scheduled_at, attempt
      ), marked as (
        update queue set cancelled_at = now()
        where project_id = ? and job_id = ? and owner is not null
        returning attempt
      ), recorded as (
        insert into executions (bucket, job_id, id, status, scheduled_at, finished_at, attempt_count)
        select bucket, job_id, execution_id, 'cancelled', scheduled_at, now(), attempt from ended
      ), counted as (
        update jobs set
          attempt_count = attempt_count + (select coalesce(sum(attempt), 0) from ended),
          updated_at = now()
        where bucket = ? and id = ?
        returning project_id, bucket, id, revision, attempt_count
      ), job_ended as (
        insert into ended_jobs (project_id, status, job_id, bucket, finished_at)
        select project_id, 'cancelled', id, bucket, now() from counted
      ), happened as (
        select 'cancelled'::event_kind as kind, 'cancelled'::job_status as status, null as node,
          project_id, id as job_id, revision,
          (attempt_count + (select coalesce(sum(attempt), 0) from marked))::int4 as attempt_count
        from counted
      ), %s
      select
      """
          .formatted(
              Tell.of(List.of("ended", "marked", "counted"), List.of("revision", "attempt_count")));

  private final Database database;

  public Actions(Database database) {
    this.database = database;
  }

  /**
   * Cancels a job: what waits ends now, a call being made ends its execution when it ends.
   *
   * @throws JobNotFound when the project has none of that id
   * @throws JobEnded when it has completed or failed
   */
  public Job cancel(int projectId, JobId id) {
    Job after =
        database.transact(connection -> {
          DSLContext sql = Database.sql(connection);
          // Only its owner may hold up a job's rows.
          Jobs.require(sql, projectId, id);
          // Without an execution that is not cancelled yet, the job has ended.
          if (lockLive(sql, projectId, id).containsValue(null)) {
            sql.execute(
                CANCEL, projectId, id.value(), projectId, id.value(), id.bucket(), id.value());
          }
          Job job = Jobs.get(connection, projectId, id);
          if (job.state().status() != JobStatus.CANCELLED) {
            throw new JobEnded(id, job.state().status());
          }
          return job;
        });
    database.happened().ring();
    return after;
  }

  /**
   * Locks all live executions of a job, as the finish does, so that the two can't wait for each
   * other: who comes second sees what the first has done. A look does not see the firing that a
   * finish planned for which it waited: so it looks until it finds what it has locked already.
   *
   * @return when each was cancelled; null for one that was not
   */
  private static Map<UUID, @Nullable OffsetDateTime> lockLive(
      DSLContext sql, int projectId, JobId id) {
    Map<UUID, @Nullable OffsetDateTime> locked;
    Map<UUID, @Nullable OffsetDateTime> live = look(sql, projectId, id);
    do {
      locked = live;
      live = look(sql, projectId, id);
    } while (!live.keySet().equals(locked.keySet()));
    return live;
  }

  private static Map<UUID, @Nullable OffsetDateTime> look(DSLContext sql, int projectId, JobId id) {
    return sql.select(QUEUE.EXECUTION_ID, QUEUE.CANCELLED_AT)
        .from(QUEUE)
        .where(QUEUE.PROJECT_ID.eq(projectId), QUEUE.JOB_ID.eq(id.value()))
        .orderBy(QUEUE.EXECUTION_ID)
        .forUpdate()
        .fetchMap(QUEUE.EXECUTION_ID, QUEUE.CANCELLED_AT);
  }
}
