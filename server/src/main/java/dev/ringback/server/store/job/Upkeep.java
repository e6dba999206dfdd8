package dev.ringback.server.store.job;

import dev.ringback.server.store.db.Database;
import dev.ringback.server.store.db.DatabaseClock;

/**
 * What must be done now and then: makes partitions ahead, forgets expired idempotency keys, drops
 * old partitions.
 *
 * <p>Thread-safe; any node may do it.
 */
public final class Upkeep {
  private static final int SWEEP = 1_000;

  private final Database database;
  private final Partitions partitions;

  public Upkeep(Database database, DatabaseClock clock, Partitions.Retention retention) {
    this.database = database;
    this.partitions = new Partitions(database, clock, retention);
  }

  /** Does what must be done before the first claim. */
  public void prepare() {
    partitions.ensure();
  }

  /** Does what is due. */
  public void run() {
    partitions.ensure();
    while (IdempotencyKeys.sweep(database, SWEEP) == SWEEP) {
      // Short statements, so that nobody waits for their locks.
    }
    partitions.drop();
  }
}
