package dev.ringback.server;

import dev.ringback.server.config.Storage;
import dev.ringback.server.launch.EmbeddedPostgres;
import dev.ringback.server.launch.PostgresAddress;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseUrl;
import dev.ringback.server.store.tenant.Keys;
import java.util.Optional;

/** Makes an API key, whether or not a node runs on the same database. */
final class CreateKey {
  private CreateKey() {}

  static String run(Storage storage, String project) {
    if (!project.matches("[A-Za-z0-9_.-]{1,63}")) {
      throw new IllegalArgumentException(
          "a project's name must be 1 to 63 letters, digits, _, - or .");
    }
    if (storage.databaseUrl().isPresent()) {
      return create(storage.databaseUrl().get(), project);
    }
    Optional<PostgresAddress> running = EmbeddedPostgres.running(storage.dataDir());
    if (running.isPresent()) {
      return create(StoreParts.url(running.get()), project);
    }
    try (var postgres = EmbeddedPostgres.start(storage.dataDir())) {
      return create(StoreParts.url(postgres.address()), project);
    }
  }

  private static String create(DatabaseUrl url, String project) {
    // The migration takes two at a time.
    try (var database = Database.open(url, Database.SCHEMA, 2)) {
      return new Keys(database).create(project);
    }
  }
}
