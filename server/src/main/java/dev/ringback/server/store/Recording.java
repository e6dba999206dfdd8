package dev.ringback.server.store;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.Finish;
import dev.ringback.server.job.IdSource;
import dev.ringback.server.job.Outcome;
import dev.ringback.server.job.Outcome.Answered;
import dev.ringback.server.job.Outcome.Unanswered;
import dev.ringback.server.job.Verdict;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The finish: closes attempts and moves their executions on, where they are still owned.
 *
 * <p>Thread-safe.
 */
public final class Recording {
  // "mine" locks the queue's rows first and reads their newest versions, so that what follows
  // agrees with a cancel or a rescue that came in between. A row that is gone, or is no longer
  // this node's, is a normal answer: somebody declared the node dead and took the row over, and has
  // closed the attempt as lost.
  //
  // For "= any (array[…])" see Database. The attempts are those of one day, in its own partition,
  // so that the others need not even be opened.
  private static final Input<Row> INPUT =
      Input.<Row>of()
          .int2("bucket", row -> row.claim().jobId().bucket())
          .uuid("job_id", row -> row.claim().jobId().value())
          .uuid("execution_id", row -> row.claim().executionId().value())
          .int4("owner", row -> row.claim().owner())
          .int4("number", row -> row.claim().number())
          .time("started_at", row -> row.claim().startedAt())
          .text("verdict", row -> verdict(row.finish().verdict()))
          .int8("backoff_ms", row -> backoffMillis(row.finish().verdict()))
          .uuid("next_execution_id", row -> row.next().map(ExecutionId::value).orElse(null))
          .time("next_at", row -> row.finish().nextFiring().orElse(null))
          .text("status", row -> succeeded(row.outcome()) ? "succeeded" : "failed")
          .int4("duration_ms", row -> (int) row.outcome().duration().toMillis())
          .int4("status_code", answered(Answered::statusCode))
          .text("request_headers", row -> Columns.json(row.outcome().requestHeaders()))
          .text("response_headers", answered(answer -> Columns.json(answer.responseHeaders())))
          .bytes("response_body", answered(Answered::body))
          .bool("response_truncated", row -> isTruncated(row.outcome()))
          .text("error_class", row -> errorClass(row.outcome()))
          .text("error_message", row -> errorMessage(row.outcome()));

  private static final String FINISH =
      """
      with input as (
        select * from %s
      ), mine as materialized (
        select q.bucket, q.job_id, q.execution_id, q.project_id, q.lane, q.scheduled_at, q.attempt,
          q.recurring, q.cancelled, i.started_at, i.verdict, i.backoff_ms, i.next_execution_id, i.next_at,
          (q.cancelled or i.verdict <> 'retry') as ends
        from input i join queue q on q.bucket = any (array[i.bucket])
          and q.job_id = i.job_id and q.execution_id = i.execution_id
        where q.owner is not distinct from i.owner and q.attempt = i.number
        -- Not by the row's own, or a plan may walk the whole index for its order.
        order by i.bucket, i.job_id, i.execution_id
        for update of q
      ), closed as (
        -- A lost attempt stays lost, since when and why. What its call came to after all is added.
        update %%s a set
          finished_at = coalesce(a.finished_at, now()),
          status = case a.status when 'lost' then a.status else i.status::attempt_status end,
          duration_ms = i.duration_ms, status_code = i.status_code,
          request_headers = i.request_headers::json, response_headers = i.response_headers::json,
          response_body = i.response_body, response_truncated = i.response_truncated,
          error_class = coalesce(a.error_class, i.error_class),
          error_message = coalesce(a.error_message, i.error_message)
        from input i
        where a.bucket = any (array[i.bucket]) and a.job_id = i.job_id
          and a.execution_id = i.execution_id and a.number = i.number
          and a.started_at = i.started_at
          and (a.status = 'open' or (a.status = 'lost' and a.duration_ms is null))
        returning true
      ), ended as (
        delete from queue q using mine m
        where q.bucket = any (array[m.bucket])
          and q.job_id = m.job_id and q.execution_id = m.execution_id
          and m.ends
      ), requeued as (
        update queue q set
          owner = null, due_at = now() + m.backoff_ms * interval '1 ms', recurring = false
        from mine m
        where q.bucket = any (array[m.bucket])
          and q.job_id = m.job_id and q.execution_id = m.execution_id
          and not m.ends
      ), fires_next as (
        -- The schedule goes on whatever becomes of this firing.
        insert into queue
          (bucket, job_id, execution_id, project_id, lane, due_at, scheduled_at, recurring)
        select bucket, job_id, next_execution_id, project_id, lane, next_at, next_at, true
        from mine where recurring and not cancelled and next_at is not null
      ), recorded as (
        insert into executions
          (bucket, job_id, id, status, scheduled_at, finished_at, attempt_count)
        select bucket, job_id, execution_id,
          (case when verdict = 'complete' then 'completed' when cancelled then 'cancelled'
            else 'failed' end)::execution_status,
          scheduled_at, now(), attempt
        from mine where ends
        returning true
      ), job_ended as (
        update jobs j set
          attempt_count = j.attempt_count + e.attempts,
          updated_at = now(),
          status = case when j.status = 'pending' and j.cron is null
            then (case when e.completed then 'completed' else 'failed' end)::job_status
            else j.status end,
          finished_at = case when j.status = 'pending' and j.cron is null
            then now() else j.finished_at end
        from (
          select bucket, job_id, sum(attempt) as attempts, bool_or(verdict = 'complete') as completed
          from mine where ends group by bucket, job_id) e
        where j.bucket = any (array[e.bucket]) and j.id = e.job_id
        returning true
      ), turn as (
        -- Only when all else is done, see the events' migration.
        select from feed where id = 0
          and (select count(*) from mine) > 0
          and (select count(*) from closed) >= 0
          and (select count(*) from recorded) >= 0
          and (select count(*) from job_ended) >= 0
        for update
      ), told as (
        insert into events
          (position, kind, project_id, job_id, execution_id, number, started_at, next_at)
        select nextval('event_positions'),
          (case when not m.ends then 'retried' when m.verdict = 'complete' then 'completed'
            when m.cancelled then 'stopped' else 'failed' end)::event_kind,
          m.project_id, m.job_id, m.execution_id, m.attempt, m.started_at,
          case when not m.ends then now() + m.backoff_ms * interval '1 ms' end
        from turn cross join mine m
      )
      select count(*) from mine
      """
          .formatted(INPUT.rows());

  private final Database database;
  private final IdSource ids;

  /**
   * A finish to write.
   *
   * @param next the execution that will be the next firing, if there is one
   */
  private record Row(Finish finish, Optional<ExecutionId> next) {
    Claim claim() {
      return finish.claim();
    }

    Outcome outcome() {
      return finish.outcome();
    }
  }

  public Recording(Database database, IdSource ids) {
    this.database = database;
    this.ids = ids;
  }

  /**
   * Records finished calls. One transaction for each day on which they were begun: for one, but at
   * midnight.
   *
   * @return how many were still owned by the node that made them
   */
  public int finish(List<Finish> finishes) {
    Map<LocalDate, List<Finish>> days = new TreeMap<>();
    for (Finish finish : finishes) {
      days.computeIfAbsent(day(finish), _ -> new ArrayList<>()).add(finish);
    }
    int owned = 0;
    for (Map.Entry<LocalDate, List<Finish>> day : days.entrySet()) {
      owned += finish(statement(day.getKey()), day.getValue());
    }
    database.happened().ring();
    return owned;
  }

  private static LocalDate day(Finish finish) {
    return Partitions.day(finish.claim().startedAt());
  }

  /** The finish of attempts that were begun on a day. */
  static String statement(LocalDate day) {
    return FINISH.formatted(Partitions.name("attempts", day));
  }

  private int finish(String sql, List<Finish> finishes) {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(sql)) {
        bind(connection, statement, finishes);
        try (ResultSet result = statement.executeQuery()) {
          result.next();
          return result.getInt(1);
        }
      }
    });
  }

  /** Sets the parameters of {@link #FINISH}. */
  void bind(Connection connection, PreparedStatement statement, List<Finish> finishes)
      throws SQLException {
    INPUT.bind(connection, statement, 1, finishes.stream().map(this::row).toList());
  }

  private Row row(Finish finish) {
    return new Row(
        finish, finish.nextFiring().map(_ -> ids.execution(finish.claim().jobId().bucket())));
  }

  private static String verdict(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Complete _ -> "complete";
      case Verdict.Retry _ -> "retry";
      case Verdict.GiveUp _ -> "give_up";
    };
  }

  private static @Nullable Long backoffMillis(Verdict verdict) {
    return verdict instanceof Verdict.Retry retry ? retry.backoff().toMillis() : null;
  }

  private static boolean succeeded(Outcome outcome) {
    return outcome instanceof Answered answer && answer.succeeded();
  }

  private static <V> Function<Row, @Nullable V> answered(Function<Answered, V> value) {
    return row -> row.outcome() instanceof Answered answer ? value.apply(answer) : null;
  }

  private static boolean isTruncated(Outcome outcome) {
    return outcome instanceof Answered answer && answer.truncated();
  }

  private static @Nullable String errorClass(Outcome outcome) {
    return switch (outcome) {
      case Answered answer -> answer.succeeded() ? null : Outcome.ErrorClass.STATUS.word();
      case Unanswered unanswered -> unanswered.errorClass().word();
    };
  }

  private static @Nullable String errorMessage(Outcome outcome) {
    return switch (outcome) {
      case Answered answer ->
          answer.succeeded() ? null : "the target answered " + answer.statusCode() + ", not 2xx";
      case Unanswered unanswered -> Columns.text(unanswered.message());
    };
  }
}
