package dev.ringback.server.store;

import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * Makes the daily partitions of the tables that grow with time, ahead of time.
 *
 * <p>Thread-safe; any node may do it, several at once too.
 */
public final class Partitions {
  private static final List<String> TABLES = List.of("attempts", "executions");

  /** So far ahead that a week of nobody looking loses nothing. */
  private static final int DAYS_AHEAD = 7;

  // An attempt grows to some five times its size when it is closed. With that room left in its page
  // it stays there, and no index is written again.
  private static final String ROOM_TO_CLOSE = "with (fillfactor = 20)";

  private final Database database;
  private final DatabaseClock clock;

  public Partitions(Database database, DatabaseClock clock) {
    this.database = database;
    this.clock = clock;
  }

  /** Makes what is missing from today on. */
  public void ensure() {
    LocalDate today = day(clock.instant());
    database.transact(connection -> {
      try (Statement statement = connection.createStatement()) {
        // One node at a time; a row's lock, since no table of ours may be held up for this.
        statement.execute("select from projects where name = 'default' for update");
        for (String table : TABLES) {
          for (int day = 0; day <= DAYS_AHEAD; day++) {
            ensure(statement, table, today.plusDays(day));
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

  private static void ensure(Statement statement, String table, LocalDate day) throws SQLException {
    String partition = name(table, day);
    try (var rows = statement.executeQuery("select to_regclass('" + partition + "') is not null")) {
      rows.next();
      if (rows.getBoolean(1)) {
        return;
      }
    }
    // Not "create table … partition of", whose lock on the parent would stop claims and finishes
    // behind whoever reads the table at the moment. Attaching takes a lock that disturbs neither.
    statement.execute(
        "create table %s (like %s including all) %s"
            .formatted(partition, table, table.equals("attempts") ? ROOM_TO_CLOSE : ""));
    statement.execute(
        "alter table %s attach partition %s for values from ('%s+00') to ('%s+00')"
            .formatted(table, partition, day, day.plusDays(1)));
  }
}
