package dev.ringback.server.store;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.CronExpression;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.RetryPolicy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The claim: takes due executions for a node and opens their attempts.
 *
 * <p>Thread-safe.
 */
public final class Queue {
  // One statement, so that no attempt is ever made that is not on record.
  //
  // The node's own row is locked against deletion, which is how a node is declared dead: either the
  // rescuer waits and then sees these claims, or the node sees that it is dead and claims nothing.
  //
  // "materialized" is a fence: without it the planner may run the subquery with its LIMIT once for
  // each row of the outer join, and claim more than was asked for.
  static final String CLAIM =
      """
      with node as (
        select id from nodes where id = ? for key share
      ), due as materialized (
        select bucket, job_id, execution_id from queue
        where owner is null and due_at <= now() and exists (select from node)
        order by due_at
        limit ?
        for update skip locked
      ), claimed as (
        update queue q set owner = ?, attempt = q.attempt + 1
        from due
        where (q.bucket, q.job_id, q.execution_id) = (due.bucket, due.job_id, due.execution_id)
        returning q.*
      ), opened as (
        insert into attempts
          (bucket, job_id, execution_id, number, scheduled_at, started_at, node)
        select bucket, job_id, execution_id, attempt, due_at, now(), ? from claimed
      )
      select c.job_id, c.execution_id, c.owner, c.attempt, c.lost, c.scheduled_at, c.due_at,
        now() as started_at, case when c.recurring then j.cron end as cron,
        j.url, j.method, j.headers, j.body, j.max_retries, j.min_backoff_ms, j.max_backoff_ms,
        j.max_retry_duration_ms, j.attempt_deadline_ms
      from claimed c join jobs j on (j.bucket, j.id) = (c.bucket, c.job_id)
      order by c.due_at
      """;

  static final String NEXT_DUE =
      """
      select ceil(extract(epoch from min(due_at) - clock_timestamp()) * 1000)::bigint as millis
      from queue where owner is null
      """;

  /** How many parsed cron expressions are kept. */
  private static final int CRONS_KEPT = 10_000;

  private final Database database;
  private final ConcurrentHashMap<String, CronExpression> crons = new ConcurrentHashMap<>();

  public Queue(Database database) {
    this.database = database;
  }

  /**
   * Claims the executions that have been due longest and opens an attempt for each.
   *
   * @param limit how many at most
   * @return none, too, when the node has been declared dead
   */
  public List<Claim> claim(Node node, int limit) {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(CLAIM)) {
        statement.setInt(1, node.id());
        statement.setInt(2, limit);
        statement.setInt(3, node.id());
        statement.setString(4, node.name());
        try (ResultSet rows = statement.executeQuery()) {
          List<Claim> claims = new ArrayList<>();
          while (rows.next()) {
            claims.add(claim(rows));
          }
          return claims;
        }
      }
    });
  }

  /** How long until the next execution is due, by the database's clock; empty when none waits. */
  public Optional<Duration> nextDue() {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(NEXT_DUE);
          ResultSet rows = statement.executeQuery()) {
        rows.next();
        long millis = rows.getLong("millis");
        return rows.wasNull()
            ? Optional.empty()
            : Optional.of(Duration.ofMillis(Math.max(0, millis)));
      }
    });
  }

  private Claim claim(ResultSet row) throws SQLException {
    var retryPolicy =
        new RetryPolicy(
            row.getInt("max_retries"),
            Duration.ofMillis(row.getInt("min_backoff_ms")),
            Duration.ofMillis(row.getInt("max_backoff_ms")),
            Columns.optionalMillis(row, "max_retry_duration_ms"));
    var callback =
        new Callback(
            row.getString("url"),
            row.getString("method"),
            Columns.map(row.getString("headers")),
            row.getBytes("body"));
    return new Claim(
        row.getInt("owner"),
        new JobId(row.getObject("job_id", UUID.class)),
        new ExecutionId(row.getObject("execution_id", UUID.class)),
        row.getInt("attempt"),
        row.getInt("lost"),
        Columns.instant(row, "scheduled_at"),
        Columns.instant(row, "started_at"),
        Optional.ofNullable(cron(row.getString("cron"))),
        callback,
        retryPolicy,
        Duration.ofMillis(row.getInt("attempt_deadline_ms")));
  }

  private @Nullable CronExpression cron(@Nullable String text) {
    if (text == null) {
      return null;
    }
    if (crons.size() > CRONS_KEPT) {
      crons.clear();
    }
    return crons.computeIfAbsent(text, CronExpression::parse);
  }
}
