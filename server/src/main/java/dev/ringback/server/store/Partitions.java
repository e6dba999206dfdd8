package dev.ringback.server.store;

import java.sql.SQLException;
import java.sql.Statement;
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

  private final Database database;
  private final DatabaseClock clock;

  public Partitions(Database database, DatabaseClock clock) {
    this.database = database;
    this.clock = clock;
  }

  /** Makes what is missing from today on. */
  public void ensure() {
    LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
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

  private static void ensure(Statement statement, String table, LocalDate day) throws SQLException {
    String partition = table + "_p" + day.format(DateTimeFormatter.BASIC_ISO_DATE);
    try (var rows = statement.executeQuery("select to_regclass('" + partition + "') is not null")) {
      rows.next();
      if (rows.getBoolean(1)) {
        return;
      }
    }
    // Not "create table … partition of", whose lock on the parent would stop claims and finishes
    // behind whoever reads the table at the moment. Attaching takes a lock that disturbs neither.
    statement.execute("create table %s (like %s including all)".formatted(partition, table));
    statement.execute(
        "alter table %s attach partition %s for values from ('%s+00') to ('%s+00')"
            .formatted(table, partition, day, day.plusDays(1)));
  }
}
