package dev.ringback.server.store.db;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;
import org.jspecify.annotations.Nullable;

/** The steps that make the schema what this version needs. */
final class Migrations {
  /** The SQLSTATE of what a user may not do. */
  private static final String NOT_ALLOWED = "42501";

  private final String schema;
  private final Flyway flyway;

  /** On connections of their own: a migration may take its time. */
  Migrations(DatabaseUrl url, String schema) {
    this.schema = schema;
    flyway =
        Flyway.configure()
            .dataSource(url.jdbcUrl(), url.user().orElse(null), url.password().orElse(null))
            .schemas(schema)
            .locations("classpath:db/migration")
            .load();
  }

  /**
   * Makes the schema or brings it up to date. Waits for other nodes that do the same.
   *
   * @throws IllegalArgumentException with a sentence for the operator when the user may not, or
   *     when a newer node has been there
   */
  void run() {
    try {
      if (isNewer()) {
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

  private boolean isNewer() {
    return Arrays.stream(flyway.info().applied())
        .anyMatch(step -> step.getState() == MigrationState.FUTURE_SUCCESS);
  }

  private static @Nullable SQLException notAllowed(FlywayException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && NOT_ALLOWED.equals(sql.getSQLState())) {
        return sql;
      }
    }
    return null;
  }

  /**
   * Changes nothing.
   *
   * @throws IllegalArgumentException with a sentence for the operator when the schema is missing or
   *     of another version
   */
  void requireDone() {
    MigrationInfoService found = flyway.info();
    Optional<MigrationVersion> newest = newest(found, MigrationState::isApplied);
    if (newest.isEmpty()) {
      throw new IllegalArgumentException(
          "the database has no tables of Ringback yet: start a node on it first");
    }
    MigrationVersion there = newest.get();
    MigrationVersion ours = newest(found, MigrationState::isResolved).orElseThrow();
    if (!there.equals(ours)) {
      throw new IllegalArgumentException(
          "the database's tables are of version %s, this jar's of version %s: %s"
              .formatted(
                  there,
                  ours,
                  there.isNewerThan(ours)
                      ? "use the jar of the nodes that run on it"
                      : "use the jar of the nodes that run on it, or start a node of this jar,"
                          + " which brings them up to date"));
    }
  }

  /** The making of the schema itself is a step without a version. */
  private static Optional<MigrationVersion> newest(
      MigrationInfoService steps, Predicate<MigrationState> wanted) {
    return Arrays.stream(steps.all())
        .filter(step -> wanted.test(step.getState()))
        .flatMap(step -> Optional.ofNullable(step.getVersion()).stream())
        .max(MigrationVersion::compareTo);
  }
}
