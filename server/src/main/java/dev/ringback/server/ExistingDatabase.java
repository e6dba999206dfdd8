package dev.ringback.server;

import dev.ringback.server.config.ServerConfig;
import dev.ringback.server.config.Storage;
import dev.ringback.server.launch.EmbeddedPostgres;
import dev.ringback.server.launch.LaunchException;
import dev.ringback.server.launch.PostgresAddress;
import dev.ringback.server.ops.OpsServer;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseUrl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database that a command is about: that of RINGBACK_DATABASE_URL, or the one in the data
 * folder, whether or not a node runs on it. None is ever made, or brought to another version.
 */
final class ExistingDatabase {
  private static final Logger log = LoggerFactory.getLogger(ExistingDatabase.class);

  private ExistingDatabase() {}

  /**
   * Does the work of a command.
   *
   * @param undone what to say has not been done where there is no database
   * @throws LaunchException with what the operator can do
   * @throws IllegalArgumentException the same
   */
  static <T> T use(ServerConfig config, String undone, Function<Database, T> work) {
    Storage storage = config.storage();
    if (storage.databaseUrl().isPresent()) {
      return use(storage.databaseUrl().get(), work);
    }
    Path folder = new DataDir(storage.dataDir()).path();
    Optional<PostgresAddress> running = EmbeddedPostgres.running(folder);
    if (running.isPresent()) {
      return use(StoreParts.url(running.get()), work);
    }
    Optional<String> neighbour = neighbour(config.listen().ops().port());
    if (!EmbeddedPostgres.isIn(folder)) {
      throw new LaunchException(
          undone
              + (Files.isDirectory(folder) && !Files.isExecutable(folder)
                  ? ": this user may not look into the data folder "
                  : ": there is no database in the data folder ")
              + folder
              + "\nSet RINGBACK_DATA_DIR to the folder of the node, or RINGBACK_DATABASE_URL to its"
              + " database, or start a node here first."
              + neighbour.map(words -> "\n" + words).orElse(""));
    }
    neighbour.ifPresent(words -> log.warn("no node runs on the database in {}. {}", folder, words));
    try (var postgres = EmbeddedPostgres.start(folder)) {
      return use(StoreParts.url(postgres.address()), work);
    }
  }

  private static <T> T use(DatabaseUrl url, Function<Database, T> work) {
    try (var database = Database.openReady(url, Database.SCHEMA, 1)) {
      return work.apply(database);
    }
  }

  /** Who looks in the wrong folder is told so where a node runs. */
  private static Optional<String> neighbour(int opsPort) {
    return opsPort != 0 && OpsServer.answersAt(opsPort)
        ? Optional.of(
            "A node runs on this machine, with another folder or database: it answers at port "
                + opsPort
                + ".")
        : Optional.empty();
  }
}
