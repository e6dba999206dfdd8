package dev.ringback.server.store.db;

import java.sql.SQLException;
import java.util.Arrays;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationState;
import org.jspecify.annotations.Nullable;

/** Makes the schema, or brings it up to date. */
final class Migration {
  /** The SQLSTATE of what a user may not do. */
  private static final String NOT_ALLOWED = "42501";

  private Migration() {}

  /**
   * Migrates, on a connection of its own, since that may take its time. Waits for other nodes that
   * do the same.
   *
   * @throws IllegalArgumentException with a sentence for the operator when the user may not, or
   *     when a newer node has been there
   */
  static void run(DatabaseUrl url, String schema) {
    Flyway flyway =
        Flyway.configure()
            .dataSource(url.jdbcUrl(), url.user().orElse(null), url.password().orElse(null))
            .schemas(schema)
            .locations("classpath:db/migration")
            .load();
    try {
      if (isNewer(flyway)) {
        throw new IllegalArgumentException(
            "the database was used by a newer Ringback, whose tables this one does not know: start"
                + " that one, or restore a backup from before");
      }
      flyway.migrate();
    } catch (FlywayException e) {
      SQLException refusal = notAllowed(e);
      if (refusal == null) {
        throw e;
      }
      throw new IllegalArgumentException(
          "the user of RINGBACK_DATABASE_URL may not make or change the schema %s: %s"
                  .formatted(schema, refusal.getMessage())
              + "; docs/running.md says what rights it needs",
          e);
    }
  }

  private static boolean isNewer(Flyway flyway) {
    return Arrays.stream(flyway.info().applied())
        .anyMatch(migration -> migration.getState() == MigrationState.FUTURE_SUCCESS);
  }

  private static @Nullable SQLException notAllowed(FlywayException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && NOT_ALLOWED.equals(sql.getSQLState())) {
        return sql;
      }
    }
    return null;
  }
}
