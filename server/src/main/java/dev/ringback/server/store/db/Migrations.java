package dev.ringback.server.store.db;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.MigrationState;
import org.flywaydb.core.api.MigrationVersion;

/** The steps that make the schema what this version needs. */
final class Migrations {
  private final Flyway flyway;

  /** On connections of their own: a migration may take its time. */
  Migrations(DatabaseUrl url, String schema) {
    flyway =
        Flyway.configure()
            .dataSource(url.jdbcUrl(), url.user().orElse(null), url.password().orElse(null))
            .schemas(schema)
            .locations("classpath:db/migration")
            .load();
  }

  /** Makes the schema or brings it up to date. Waits for other nodes that do the same. */
  void run() {
    flyway.migrate();
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
