package dev.ringback.server.store.job;

import dev.ringback.server.job.Attempt;
import dev.ringback.server.job.AttemptKey;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.Input;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rescue: frees what is owned by a node that is declared dead or ends, and what a living one
 * does not know of.
 *
 * <p>A node that misses its heartbeats loses all that it owns at once. Declaring it dead deletes
 * its row; the claim holds that row against deletion while it runs, so no claim slips through.
 *
 * <p>Thread-safe.
 */
public final class Rescue {
  private static final Input<AttemptKey> IN_HAND =
      Input.<AttemptKey>of()
          .uuid("execution_id", attempt -> attempt.execution().value())
          .int2("attempt", attempt -> (short) attempt.number());

  // A lost attempt is begun again at once, since nobody knows whether its call was made; due now,
  // so that it is seen by claims that look no further back than where they have been (see Backlog).
  // An execution whose job was cancelled meanwhile ends instead.
  static final String RELEASE =
      """
      with moved as materialized (
        select q.*, ?::text as node from queue q
        where owner = ? and (execution_id, attempt) not in (select * from %s)
        -- As the finish does, so that the two can't wait for each other. As one value, or a plan may
        -- walk the whole index for its order.
        order by (project_id, job_id, execution_id)
        for update
      ), recorded as (
        insert into attempts (bucket, job_id, execution_id, number, due_at, started_at,
          finished_at, node, status, error_class, error_message)
        select bucket, job_id, execution_id, attempt, due_at, started_at,
          now(), node, 'lost', 'lost', ?
        from moved
      ), requeued as (
        update queue q set owner = null, started_at = null, lost = q.lost + 1, due_at = now()
        from moved m
        where q.project_id = any (array[m.project_id]) and q.job_id = m.job_id
          and q.execution_id = m.execution_id and q.bucket = m.bucket
          and m.cancelled_at is null
      ), ended as (
        delete from queue q using moved m
        where q.project_id = any (array[m.project_id]) and q.job_id = m.job_id
          and q.execution_id = m.execution_id and q.bucket = m.bucket
          and m.cancelled_at is not null
      ), execution_ended as (
        insert into executions
          (bucket, job_id, id, status, scheduled_at, finished_at, attempt_count)
        select bucket, job_id, execution_id, 'cancelled', scheduled_at, now(), attempt
        from moved where cancelled_at is not null
      ), counted as (
        update jobs j set attempt_count = j.attempt_count + e.attempts, updated_at = now()
        from (
          select bucket, job_id, sum(attempt) as attempts
          from moved where cancelled_at is not null
          group by bucket, job_id order by job_id) e
        where j.bucket = any (array[e.bucket]) and j.id = e.job_id
        returning true
      ), happened as (
        select 'lost'::event_kind as kind,
          (case when r.cancelled_at is not null then 'cancelled' when r.hold = 'paused' then 'paused'
            when o.running then 'running' else 'pending' end)::job_status as status,
          r.node, r.project_id, r.job_id, r.execution_id, r.revision,
          (r.attempt + o.attempts)::int4 as attempt_count,
          case when r.cancelled_at is null and r.hold is null then least(o.next_at, now()) end
            as next_at,
          r.cancelled_at as finished_at, r.attempt as number, r.lane::bit(32)::int4 as host,
          r.due_at, r.started_at
        from moved r cross join lateral %s
      ), %s
      select count(*) from moved
      """
          .formatted(
              IN_HAND.rows(),
              Tell.others("moved"),
              Tell.ofMany(
                  List.of("counted"),
                  List.of(
                      "execution_id",
                      "revision",
                      "attempt_count",
                      "next_at",
                      "finished_at",
                      "number",
                      "host",
                      "due_at",
                      "started_at")));

  private final Database database;

  public Rescue(Database database) {
    this.database = database;
  }

  /**
   * A node that was declared dead.
   *
   * @param executions how many calls of its were lost
   */
  public record Dead(String name, int executions) {}

  /** Declares the nodes dead that have been silent for longer than given, and frees their rows. */
  public List<Dead> rescue(Duration silence) {
    List<Dead> found = new ArrayList<>();
    // Each in a transaction of its own: one that has told of its events may wait for no other lock,
    // since all who change jobs then wait for it.
    while (true) {
      Optional<Dead> dead = database.transact(connection -> rescueOne(connection, silence));
      if (dead.isEmpty()) {
        return found;
      }
      database.happened().ring();
      found.add(dead.get());
    }
  }

  private static Optional<Dead> rescueOne(Connection connection, Duration silence)
      throws SQLException {
    Optional<Node> dead = Nodes.bury(connection, silence);
    return dead.isEmpty()
        ? Optional.empty()
        : Optional.of(new Dead(dead.get().name(), release(connection, dead.get(), List.of())));
  }

  /**
   * Ends a life in order and hands back what it still owns.
   *
   * @return how many calls were cut off
   */
  public int retire(Node node) {
    int lost =
        database.transact(connection -> {
          Nodes.end(connection, node);
          return release(connection, node, List.of());
        });
    database.happened().ring();
    return lost;
  }

  /**
   * Frees what a living node owns and does not know of: claims whose answer it never got, because
   * its connection broke, and results that could not be written. Not to be called while the node is
   * claiming.
   *
   * @param inHand the attempts that it is making
   * @return how many there were
   */
  public int releaseStrays(Node node, List<AttemptKey> inHand) {
    int lost = database.run(connection -> release(connection, node, inHand));
    database.happened().ring();
    return lost;
  }

  private static int release(Connection connection, Node node, List<AttemptKey> but)
      throws SQLException {
    try (var statement = connection.prepareStatement(RELEASE)) {
      bind(connection, statement, node, but);
      try (var rows = statement.executeQuery()) {
        rows.next();
        return rows.getInt(1);
      }
    }
  }

  /** Sets the parameters of {@link #RELEASE}. */
  static void bind(
      Connection connection, PreparedStatement statement, Node node, List<AttemptKey> but)
      throws SQLException {
    statement.setString(1, node.name());
    statement.setInt(2, node.id());
    IN_HAND.bind(connection, statement, 3, but);
    statement.setString(5, Attempt.Error.lost(node.name()).message());
  }
}
