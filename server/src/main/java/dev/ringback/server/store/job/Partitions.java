package dev.ringback.server.store.job;

import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseClock;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daily partitions of the tables that grow with time: made ahead of time, and dropped once all
 * that is in them has been kept for long enough.
 *
 * <p>Thread-safe; any node may do it, several at once too.
 */
public final class Partitions {
  private static final Logger log = LoggerFactory.getLogger(Partitions.class);

  /** So far ahead that a week of nobody looking loses nothing. */
  private static final int DAYS_AHEAD = 7;

  /** How long a drop waits for those who still read. Nobody waits behind it meanwhile. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** The SQL state of a wait that took longer than {@code lock_timeout}. */
  private static final String WAITED_IN_VAIN = "55P03";

  private static final String EVENTS = "events";

  // Rows of events are large: they are to stay in their pages as long as they fit in one. And
  // nobody
  // asks for anything but a range of positions, for which the planner needs no statistics; to
  // gather
  // them costs much where columns are arrays.
  private static final String OF_EVENTS =
      " with (toast_tuple_target = 8160, autovacuum_analyze_threshold = 2147483647)";

  // By their names, so that one that a crash left detached is found as well. The database's clock
  // decides, since it also wrote the times by which rows are kept.
  private static final String OLD =
      """
      select c.relname, i.inhdetachpending
      from pg_class c left join pg_inherits i on i.inhrelid = c.oid
      where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
        and c.relname ~ ('^' || ? || '_p[0-9]{8}$')
        and (to_date(right(c.relname, 8), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC'
          <= now() - ? * interval '1 ms'
      order by c.relname
      """;

  private final Database database;
  private final DatabaseClock clock;
  private final List<Table> tables;
  private final Duration patience;

  /**
   * How long at least rows are kept.
   *
   * @param attempts and ended executions
   */
  public record Retention(Duration attempts, Duration events) {}

  public Partitions(Database database, DatabaseClock clock, Retention retention) {
    this(database, clock, retention, PATIENCE);
  }

  Partitions(Database database, DatabaseClock clock, Retention retention, Duration patience) {
    this.database = database;
    this.clock = clock;
    this.tables =
        List.of(
            new Table("attempts", retention.attempts()),
            new Table("executions", retention.attempts()),
            new Table(EVENTS, retention.events()));
    this.patience = patience;
  }

  /** A table of daily partitions, and how long each row of it is kept at least. */
  private record Table(String name, Duration retention) {}

  /**
   * A partition that is to go.
   *
   * @param detachPending whether a detach of it was begun and not finished; null when it is
   *     detached
   */
  private record Old(String name, @Nullable Boolean detachPending) {}

  /** Makes what is missing from today on. */
  public void ensure() {
    LocalDate today = day(clock.instant());
    database.transact(connection -> {
      try (Statement statement = connection.createStatement()) {
        // One node at a time.
        statement.execute("select from chores where name = 'partitions' for update");
        for (Table table : tables) {
          for (int day = 0; day <= DAYS_AHEAD; day++) {
            ensure(statement, table.name(), today.plusDays(day));
          }
        }
        return true;
      }
    });
  }

  /** The day whose partition holds what happened at a time. */
  static LocalDate day(Instant time) {
    return LocalDate.ofInstant(time, ZoneOffset.UTC);
  }

  /** The name of a table's partition for a day. */
  static String name(String table, LocalDate day) {
    return table + "_p" + day.format(DateTimeFormatter.BASIC_ISO_DATE);
  }

  static void ensure(Statement statement, String table, LocalDate day) throws SQLException {
    String partition = name(table, day);
    if (isTrue(statement, "select to_regclass('" + partition + "') is not null")) {
      return;
    }
    // Not "create table … partition of", whose lock on the parent would stop claims and finishes
    // behind whoever reads the table at the moment. Attaching takes a lock that disturbs neither.
    statement.execute(
        "create table %s (like %s including all)%s"
            .formatted(partition, table, table.equals(EVENTS) ? OF_EVENTS : ""));
    statement.execute(
        "alter table %s attach partition %s for values from ('%s+00') to ('%s+00')"
            .formatted(table, partition, day, day.plusDays(1)));
  }

  /**
   * Drops the partitions whose whole day is older than its table keeps rows. What somebody reads
   * for too long is left for the next time, as is everything while another node does the same.
   */
  public void drop() {
    database.run(connection -> {
      try (Statement statement = connection.createStatement()) {
        // Without it nothing would go wrong, but the slower of two nodes would fail.
        if (!isTrue(statement, "select pg_try_advisory_lock('attempts'::regclass::oid::bigint)")) {
          return false;
        }
        try {
          statement.execute("set lock_timeout = " + patience.toMillis());
          for (Table table : tables) {
            drop(connection, statement, table);
          }
        } finally {
          statement.execute("reset lock_timeout");
          statement.execute("select pg_advisory_unlock('attempts'::regclass::oid::bigint)");
        }
        return true;
      }
    });
  }

  private static void drop(Connection connection, Statement statement, Table table)
      throws SQLException {
    for (Old old : old(connection, table)) {
      try {
        drop(statement, table, old);
      } catch (SQLException e) {
        if (!WAITED_IN_VAIN.equals(e.getSQLState())) {
          throw e;
        }
        log.atInfo().addKeyValue("partition", old.name()).log("still in use, dropped later");
        // One detach of a table at a time may be pending.
        return;
      }
    }
  }

  // A plain detach, or a drop of an attached partition, asks for a lock on the parent that excludes
  // all others: behind one long reader every claim and finish would queue up. A concurrent detach
  // commits that the partition is going, so that no new statement looks at it, and then waits for
  // the old ones without standing in anyone's way. When it is cut off there, the detach stays
  // pending until it is finished by "finalize". What is detached is nobody's and drops freely.
  private static void drop(Statement statement, Table table, Old old) throws SQLException {
    if (table.name().equals(EVENTS)) {
      // First, so that nobody takes what is left of the feed for all of it.
      statement.execute(raiseHorizon(old.name()));
    }
    if (old.detachPending() != null) {
      statement.execute(
          "alter table %s detach partition %s %s"
              .formatted(
                  table.name(), old.name(), old.detachPending() ? "finalize" : "concurrently"));
    }
    statement.execute("drop table " + old.name());
    log.atInfo().addKeyValue("partition", old.name()).log("dropped");
  }

  /** Of a day of events only the last is looked at, by the index. */
  static String raiseHorizon(String partition) {
    return """
    update feed set
      horizon = greatest(horizon, (
        select position + cardinality(job_id) - 1 from %s where feed = 0
        order by position desc limit 1))
    where id = 0
    """
        .formatted(partition);
  }

  private static List<Old> old(Connection connection, Table table) throws SQLException {
    try (var select = connection.prepareStatement(OLD)) {
      select.setString(1, table.name());
      select.setLong(2, table.retention().toMillis());
      try (var rows = select.executeQuery()) {
        List<Old> old = new ArrayList<>();
        while (rows.next()) {
          old.add(
              new Old(
                  rows.getString("relname"), rows.getObject("inhdetachpending", Boolean.class)));
        }
        return old;
      }
    }
  }

  private static boolean isTrue(Statement statement, String query) throws SQLException {
    try (var rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getBoolean(1);
    }
  }
}
