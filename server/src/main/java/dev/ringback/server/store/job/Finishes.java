package dev.ringback.server.store.job;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.IdSource;
import dev.ringback.server.store.db.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/**
 * The finish: records attempts that were made and moves their executions on, where they are still
 * owned.
 *
 * <p>Each statement decides by the row that it finds: the queue's row in its newest version, which
 * must still be owned for this very attempt. What one does not find is the next one's: a retry of a
 * job that was cancelled during its call ends, and what is no longer this node's, since somebody
 * declared it dead and took the row over, adds to the attempt that was lost.
 *
 * <p>Thread-safe.
 */
public final class Finishes {
  /**
   * Whether a row of the queue is the one of an input's attempt. By "=" the owner would be looked
   * up by its index, though it has hundreds. For the array see Database.
   */
  private static final String OWNED =
      """
      q.project_id = any (array[i.project_id]) and q.job_id = i.job_id
          and q.execution_id = i.execution_id and q.bucket = i.bucket
          and q.owner is not distinct from i.owner and q.attempt = i.number\
      """;

  /** What the record needs of a row that was moved on, and of the attempt that it was owned for. */
  private static final String MOVED =
      """
      q.project_id, q.job_id, q.execution_id, q.bucket, q.lane, q.revision, q.scheduled_at,
          q.attempt, i.node, i.due_at, i.started_at, i.completes, i.attempt_status, i.duration_ms,
          i.status_code, i.request_headers, i.response_headers, i.response_body, i.truncated,
          i.error_class, i.error_message\
      """;

  /** What is needed besides where the job may go on. */
  private static final String MOVED_ON =
      MOVED
          + """
              ,
              q.cancelled_at, q.recurring, q.hold, i.backoff_ms, i.next_execution_id,
              i.next_scheduled_at\
          """;

  private static final String RECORD =
      """
      recorded as (
        insert into attempts (bucket, job_id, execution_id, number, due_at, started_at,
          finished_at, node, status, duration_ms, status_code, request_headers, response_headers,
          response_body, response_truncated, error_class, error_message)
        select bucket, job_id, execution_id, attempt, due_at, started_at,
          now(), node, attempt_status::attempt_status, duration_ms, status_code,
          request_headers::json, response_headers::json,
          response_body, truncated, error_class, error_message
        from moved
      )\
      """;

  private static final String FIRES_NEXT =
      """
      fires_next as (
        -- The schedule goes on whatever becomes of this firing. What holds this one holds the next.
        insert into queue (project_id, job_id, execution_id, bucket, lane, revision, due_at,
          scheduled_at, recurring, hold)
        select project_id, job_id, next_execution_id, bucket, lane, revision, next_scheduled_at,
          next_scheduled_at, true, hold
        from moved where next_scheduled_at is not null and cancelled_at is null
      )\
      """;

  private static final String HAPPENED =
      """
      r.node, r.project_id, r.job_id, r.execution_id, r.revision, r.attempt as number,
          r.lane::bit(32)::int4 as host, r.due_at, r.started_at, r.duration_ms, r.status_code,
          octet_length(r.response_body) as bytes, r.truncated, r.error_class\
      """;

  /** The same where the job may go on. */
  private static final String WENT_ON =
      """
      %s,
          (r.attempt + o.attempts)::int4 as attempt_count, r.cancelled_at as finished_at
        from moved r cross join lateral %s\
      """
          .formatted(HAPPENED, Tell.others("moved"));

  private static final List<String> TOLD =
      List.of(
          "execution_id",
          "revision",
          "attempt_count",
          "number",
          "host",
          "due_at",
          "started_at",
          "duration_ms",
          "status_code",
          "bytes",
          "truncated",
          "error_class");

  private static final List<String> TOLD_OF_MORE =
      Stream.concat(TOLD.stream(), Stream.of("finished_at", "next_at")).toList();

  static final String RETRY =
      """
      with moved as (
        update queue q set
          owner = null, started_at = null, due_at = now() + i.backoff_ms * interval '1 ms',
          planned = true
        from %1$s
        where %2$s
          and q.cancelled_at is null
        returning %3$s
      ), %4$s, %5$s, happened as (
        select 'retried'::event_kind as kind,
          (case when r.hold = 'paused' then 'paused' when o.running then 'running'
            else 'pending' end)::job_status as status,
          case when r.hold is null then least(o.next_at, r.next_scheduled_at,
            now() + r.backoff_ms * interval '1 ms') end as next_at,
          %6$s
      ), %7$s
      select count(*) from moved
      """
          .formatted(
              FinishRow.INPUT.rows(),
              OWNED,
              MOVED_ON,
              RECORD,
              FIRES_NEXT,
              WENT_ON,
              Tell.of(List.of("moved"), TOLD_OF_MORE));

  // The end of a job that fires once and was not cancelled: what most finishes are. Apart from the
  // other ends, since a statement costs what it could do: a fourth of this one, where it is alone.
  static final String END_ONCE =
      """
      with moved as (
        delete from queue q using %1$s
        where %2$s
          and not q.recurring and q.cancelled_at is null
        returning %3$s
      ), %4$s, job_ended as (
        insert into ended_jobs (project_id, status, job_id, bucket, execution_id, scheduled_at,
          finished_at, attempt_count)
        select project_id, (case when completes then 'completed' else 'failed' end)::execution_status,
          job_id, bucket, execution_id, scheduled_at, now(), attempt
        from moved
      ), happened as (
        select (case when r.completes then 'completed' else 'failed' end)::event_kind as kind,
          (case when r.completes then 'completed' else 'failed' end)::job_status as status,
          r.attempt::int4 as attempt_count, %5$s
        from moved r
      ), %6$s
      select count(*) from moved
      """
          .formatted(
              FinishRow.INPUT.rows(),
              OWNED,
              MOVED,
              RECORD,
              HAPPENED,
              Tell.of(List.of("moved"), TOLD));

  // The execution of a job that fires again and again, or was cancelled meanwhile.
  static final String END =
      """
      with moved as (
        delete from queue q using %1$s
        where %2$s
          and (q.recurring or q.cancelled_at is not null)
        returning %3$s
      ), %4$s, %5$s, execution_ended as (
        insert into executions (bucket, job_id, id, status, scheduled_at, finished_at, attempt_count)
        select bucket, job_id, execution_id,
          (case when completes then 'completed' when cancelled_at is not null then 'cancelled'
            else 'failed' end)::execution_status,
          scheduled_at, now(), attempt
        from moved
      ), counted as (
        update jobs j set attempt_count = j.attempt_count + e.attempts, updated_at = now()
        from (
          select bucket, job_id, sum(attempt) as attempts from moved
          group by bucket, job_id order by job_id) e
        where j.bucket = any (array[e.bucket]) and j.id = e.job_id
        returning true
      ), happened as (
        select (case when r.completes then 'completed' when r.cancelled_at is not null then 'stopped'
            else 'failed' end)::event_kind as kind,
          (case when r.cancelled_at is not null then 'cancelled'
            when r.hold = 'paused' then 'paused' when o.running then 'running'
            else 'pending' end)::job_status as status,
          case when r.cancelled_at is null and r.hold is null
            then least(o.next_at, r.next_scheduled_at) end as next_at,
          %6$s
      ), %7$s
      select count(*) from moved
      """
          .formatted(
              FinishRow.INPUT.rows(),
              OWNED,
              MOVED_ON,
              RECORD,
              FIRES_NEXT,
              WENT_ON,
              Tell.of(List.of("moved", "counted"), TOLD_OF_MORE));

  // A lost attempt stays lost, since when and why. What its call came to after all is added.
  private static final String ADD =
      """
      update attempts a set
        duration_ms = i.duration_ms, status_code = i.status_code,
        request_headers = i.request_headers::json, response_headers = i.response_headers::json,
        response_body = i.response_body, response_truncated = i.truncated
      from %s
      where a.bucket = any (array[i.bucket]) and a.job_id = i.job_id
        and a.execution_id = i.execution_id and a.number = i.number
        and a.started_at = i.started_at and a.status = 'lost' and a.duration_ms is null
      """
          .formatted(FinishRow.INPUT.rows());

  private final Database database;
  private final IdSource ids;

  public Finishes(Database database, IdSource ids) {
    this.database = database;
    this.ids = ids;
  }

  /**
   * Records finished calls.
   *
   * @return how many were still owned by the node that made them
   */
  public int finish(List<Finish> finishes) {
    int owned = database.run(connection -> finish(connection, rows(finishes)));
    database.happened().ring();
    return owned;
  }

  // Each statement commits by itself: none waits for a row while it holds those of another.
  private static int finish(Connection connection, List<FinishRow> rows) throws SQLException {
    List<FinishRow> again = rows.stream().filter(FinishRow::isRetried).toList();
    List<FinishRow> once =
        rows.stream().filter(row -> !row.isRetried() && row.next().isEmpty()).toList();
    int owned = move(connection, RETRY, again) + move(connection, END_ONCE, once);
    if (owned < rows.size()) {
      // Those that were moved are not found once more.
      owned += move(connection, END, rows);
    }
    if (owned < rows.size()) {
      try (var statement = connection.prepareStatement(ADD)) {
        FinishRow.INPUT.bind(connection, statement, 1, rows);
        statement.executeUpdate();
      }
    }
    return owned;
  }

  private static int move(Connection connection, String sql, List<FinishRow> rows)
      throws SQLException {
    if (rows.isEmpty()) {
      return 0;
    }
    try (var statement = connection.prepareStatement(sql)) {
      FinishRow.INPUT.bind(connection, statement, 1, rows);
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        return result.getInt(1);
      }
    }
  }

  /** Sets the parameters of {@link #RETRY}, {@link #END_ONCE} or {@link #END}. */
  void bind(Connection connection, PreparedStatement statement, List<Finish> finishes)
      throws SQLException {
    FinishRow.INPUT.bind(connection, statement, 1, rows(finishes));
  }

  private List<FinishRow> rows(List<Finish> finishes) {
    return finishes.stream().map(this::row).sorted(FinishRow.BY_KEY).toList();
  }

  /** Only a claim that carries the schedule plans the next firing. */
  private FinishRow row(Finish finish) {
    Claim claim = finish.claim();
    return new FinishRow(
        finish,
        finish
            .nextScheduledAt()
            .filter(_ -> claim.cron().isPresent())
            .map(next -> new FinishRow.Firing(ids.execution(claim.jobId().bucket()), next)));
  }
}
