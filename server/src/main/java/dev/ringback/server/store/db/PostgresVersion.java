package dev.ringback.server.store.db;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * A release of PostgreSQL.
 *
 * @param number as {@code server_version_num} has it: 150019 is 15.19, and 90624 is 9.6.24
 */
record PostgresVersion(int number) {
  // PlansTest tries each of them. Nobody knows yet how a newer one plans the statements.
  private static final int OLDEST = 15;
  private static final int NEWEST = 18;

  /** Asks for the number: what forks and packagers call their releases is free text. */
  static PostgresVersion of(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("show server_version_num")) {
      rows.next();
      return new PostgresVersion(rows.getInt(1));
    }
  }

  private int major() {
    return number / 10_000;
  }

  /**
   * Refuses a database that is not supported.
   *
   * @throws IllegalArgumentException with a sentence for the operator
   */
  void require() {
    if (major() < OLDEST || major() > NEWEST) {
      throw new IllegalArgumentException(
          "the database is PostgreSQL %s, and must be %d to %d; see RINGBACK_DATABASE_URL"
              .formatted(this, OLDEST, NEWEST));
    }
  }

  @Override
  public String toString() {
    return major() >= 10
        ? "%d.%d".formatted(major(), number % 10_000)
        : "%d.%d.%d".formatted(major(), number / 100 % 100, number % 100);
  }
}
