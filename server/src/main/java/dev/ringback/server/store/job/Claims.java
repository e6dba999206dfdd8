package dev.ringback.server.store.job;

import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.CronExpression;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.Lane;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.server.store.db.Columns;
import dev.ringback.server.store.db.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.postgresql.PGStatement;

/**
 * The claim: takes due executions for a node, which begins their attempts.
 *
 * <p>Thread-safe.
 */
public final class Claims {
  /**
   * The largest body that comes with a claim, in bytes. A node may hold a thousand claims, and
   * reads hundreds at a time.
   */
  static final int SMALL_BODY = 16 * 1024;

  // One statement, so that no attempt is ever made that is not on record: while it is made, its
  // record is the execution's row in the queue.
  //
  // The node's own row is locked against deletion, which is how a node is declared dead: either the
  // rescuer waits and then sees these claims, or the node sees that it is dead and claims nothing.
  // It is asked for by way of a comparison that holds for every row, so that nothing is locked, and
  // nothing written, while nothing is due.
  //
  // "materialized" is a fence: without it the planner may run the subquery with its LIMIT once for
  // each row of the outer join, and claim more than was asked for.
  //
  // The rows that were picked are updated by their place (ctid), where they are locked. One that
  // was changed since the statement began is passed over, and claimed at the next look.
  //
  // A large body is left where it is. How large one is stands beside it (octet_length reads none).
  static final String CLAIM =
      """
      with node as (
        select id from nodes where id = ? for key share
      ), due as materialized (
        select ctid as place from queue
        where owner is null and hold is null and due_at <= now() and due_at >= ?
          and attempt >= (select 0 from node)
          and project_id <> all (?) and lane <> all (?)
        order by due_at
        limit ?
        for update skip locked
      ), claimed as (
        update queue q set owner = ?, attempt = q.attempt + 1, started_at = now()
        from due
        where q.ctid = due.place
        returning q.*
      ), happened as (
        select 'started'::event_kind as kind, 'running'::job_status as status, ?::text as node,
          r.project_id, r.job_id, r.execution_id, r.revision, r.attempt as number,
          r.lane::bit(32)::int4 as host,
          r.due_at, r.started_at, o.next_at, (r.attempt + o.attempts)::int4 as attempt_count
        from claimed r cross join lateral %s
      ), %s
      select now() as started_at,
        (select min(due_at) from queue where owner is null and hold is null and due_at > now())
          as next_due,
        c.*
      from (select) one left join (
        select q.lane, q.job_id, q.execution_id, q.attempt, q.lost, q.scheduled_at, q.due_at,
          case when q.recurring and not q.planned then j.cron end as cron,
          j.url, j.method, j.headers, octet_length(j.body) as body_bytes,
          case when octet_length(j.body) <= %d then j.body end as small_body,
          j.delivery
        from claimed q join jobs j on j.bucket = any (array[q.bucket]) and j.id = q.job_id
      ) c on true
      order by c.due_at
      """
          .formatted(
              Tell.others("claimed"),
              Tell.of(
                  List.of("claimed"),
                  List.of(
                      "execution_id",
                      "revision",
                      "attempt_count",
                      "next_at",
                      "number",
                      "host",
                      "due_at",
                      "started_at")),
              SMALL_BODY);

  // By key: an owner's rows may be many. The queue's row tells whether the attempt is still the
  // owner's to make.
  static final String BODY =
      """
      select j.body from queue q join jobs j on j.bucket = ? and j.id = q.job_id
      where q.project_id = ? and q.job_id = ? and q.execution_id = ?
        and q.owner is not distinct from ? and q.attempt = ?
      """;

  private final Database database;
  private final Remembered<String, CronExpression> crons = new Remembered<>(CronExpression::parse);

  public Claims(Database database) {
    this.database = database;
  }

  /**
   * What a node has room for.
   *
   * @param limit how many at most
   * @param closed what it has no room for
   * @param from leaves out what was due before: it is known to be closed
   */
  public record Demand(int limit, Closed closed, Instant from) {
    public static Demand of(int limit) {
      return new Demand(limit, Closed.NOTHING, Instant.MIN);
    }
  }

  /** Whose executions must wait, since they take their share of the slots already. */
  public record Closed(Set<Integer> projects, Set<Lane> lanes) {
    public static final Closed NOTHING = new Closed(Set.of(), Set.of());

    public boolean isEmpty() {
      return projects.isEmpty() && lanes.isEmpty();
    }

    /** Whether all that the other closes is closed here too. */
    public boolean covers(Closed other) {
      return projects.containsAll(other.projects) && lanes.containsAll(other.lanes);
    }
  }

  /**
   * What a claim took, and saw.
   *
   * @param at the database's time when it looked
   * @param lastDue when the last of the claimed was due; else as {@code at}
   * @param nextDue when the next execution is due, of those that were not due then
   */
  public record Claimed(
      List<Claim> claims, Instant at, Instant lastDue, Optional<Instant> nextDue) {}

  /**
   * Claims the executions that have been due longest, of those that are not closed, and begins an
   * attempt of each. None, when the node has been declared dead.
   */
  public Claimed claim(Node node, Demand demand) {
    Claimed claimed =
        database.run(connection -> {
          try (var statement = connection.prepareStatement(CLAIM)) {
            bind(connection, statement, node, demand);
            try (ResultSet rows = statement.executeQuery()) {
              List<Claim> claims = new ArrayList<>();
              rows.next();
              Instant at = Columns.instant(rows, "started_at");
              Optional<Instant> nextDue = Columns.optionalInstant(rows, "next_due");
              Instant lastDue = at;
              if (rows.getObject("job_id") != null) {
                do {
                  claims.add(claim(node, rows, at));
                  lastDue = Columns.instant(rows, "due_at");
                } while (rows.next());
              }
              return new Claimed(claims, at, lastDue, nextDue);
            }
          }
        });
    if (!claimed.claims().isEmpty()) {
      database.happened().ring();
    }
    return claimed;
  }

  /** Sets the parameters of {@link #CLAIM}. */
  static void bind(Connection connection, PreparedStatement statement, Node node, Demand demand)
      throws SQLException {
    Closed closed = demand.closed();
    statement.setInt(1, node.id());
    statement.setObject(
        2, demand.from().equals(Instant.MIN) ? OffsetDateTime.MIN : Columns.time(demand.from()));
    statement.setArray(3, connection.createArrayOf("int4", closed.projects().toArray()));
    statement.setArray(
        4, connection.createArrayOf("int8", closed.lanes().stream().map(Lane::value).toArray()));
    statement.setInt(5, demand.limit());
    statement.setInt(6, node.id());
    statement.setString(7, node.name());
  }

  /** The body of a claim that came without; nothing, when its owner has lost it. */
  public Optional<byte[]> body(Claim claim) {
    return database.run(connection -> {
      try (var statement = connection.prepareStatement(BODY)) {
        // In binary from the first time on: as text it would take three times the memory.
        statement.unwrap(PGStatement.class).setPrepareThreshold(-1);
        bind(statement, claim);
        try (ResultSet rows = statement.executeQuery()) {
          return rows.next() ? Optional.of(rows.getBytes("body")) : Optional.empty();
        }
      }
    });
  }

  /** Sets the parameters of {@link #BODY}. */
  static void bind(PreparedStatement statement, Claim claim) throws SQLException {
    statement.setShort(1, claim.jobId().bucket());
    statement.setInt(2, claim.lane().projectId());
    statement.setObject(3, claim.jobId().value());
    statement.setObject(4, claim.executionId().value());
    statement.setInt(5, claim.owner());
    statement.setInt(6, claim.number());
  }

  private Claim claim(Node node, ResultSet row, Instant at) throws SQLException {
    byte[] body = row.getBytes("small_body");
    var callback =
        new Callback(
            TargetUrl.stored(row.getString("url")),
            row.getString("method"),
            Columns.map(row.getString("headers")),
            body == null ? new byte[0] : body);
    return new Claim(
        node.id(),
        node.name(),
        new Lane(row.getLong("lane")),
        new JobId(row.getObject("job_id", UUID.class)),
        new ExecutionId(row.getObject("execution_id", UUID.class)),
        row.getInt("attempt"),
        row.getInt("lost"),
        Columns.instant(row, "scheduled_at"),
        Columns.instant(row, "due_at"),
        at,
        Optional.ofNullable(row.getString("cron")).map(crons::get),
        callback,
        body == null ? row.getInt("body_bytes") : 0,
        DeliveryText.read(row.getString("delivery")));
  }
}
