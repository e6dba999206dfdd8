package dev.ringback.server;

import dev.ringback.server.config.Retention;
import dev.ringback.server.config.Storage;
import dev.ringback.server.job.IdSource;
import dev.ringback.server.launch.EmbeddedPostgres;
import dev.ringback.server.launch.PostgresAddress;
import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseClock;
import dev.ringback.server.store.db.DatabaseUrl;
import dev.ringback.server.store.job.Partitions;
import dev.ringback.server.store.job.Upkeep;
import dev.ringback.server.store.tenant.Keys;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The database, and what all that is built on it shares.
 *
 * @param forCreates the connections of creates, and of what all calls need: keys
 * @param forEngine the connections of claims, large bodies, finishes and heartbeats
 */
record StoreParts(
    DatabaseUrl url,
    Database forCreates,
    Database forEngine,
    DatabaseClock clock,
    IdSource ids,
    Keys keys) {
  /** Creates are written by three at a time. */
  private static final int CREATE_CONNECTIONS = 5;

  /**
   * None of them waits behind calls of the API, however many there are. A node that can't heartbeat
   * is declared dead.
   */
  private static final int ENGINE_CONNECTIONS = 8;

  static StoreParts open(Storage storage, DataDir dataDir, Closer closer) throws IOException {
    DatabaseUrl url = storage.databaseUrl().orElseGet(() -> embedded(dataDir, closer));
    // Not before: the embedded database's lock tells whether another server has the folder.
    closer.add(dataDir.announce(ProcessHandle.current().pid()));
    Database forCreates = closer.add(Database.open(url, Database.SCHEMA, CREATE_CONNECTIONS));
    Database forEngine = closer.add(forCreates.besideForThePatient(ENGINE_CONNECTIONS));
    DatabaseClock clock = new DatabaseClock(forEngine);
    IdSource ids = new IdSource(clock, () -> ThreadLocalRandom.current().nextLong());
    return new StoreParts(url, forCreates, forEngine, clock, ids, new Keys(forCreates));
  }

  private static DatabaseUrl embedded(DataDir dataDir, Closer closer) {
    return url(closer.add(EmbeddedPostgres.start(dataDir.path())).address());
  }

  /** How to reach the embedded database. */
  static DatabaseUrl url(PostgresAddress address) {
    return new DatabaseUrl(
        address.jdbcUrl(), Optional.of(address.user()), Optional.of(address.password()));
  }

  Upkeep upkeep(Retention retention) {
    return new Upkeep(
        forEngine, clock, new Partitions.Retention(retention.attempts(), retention.events()));
  }
}
