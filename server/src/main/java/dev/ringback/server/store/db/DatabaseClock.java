package dev.ringback.server.store.db;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;

/**
 * The database's clock, which alone decides what is due and who is alive, as seen from this node.
 *
 * <p>Thread-safe. {@link #instant()} asks nobody: it adds the offset that {@link #measure} found
 * last to this machine's monotonic clock, so that a step of this machine's own clock changes
 * nothing.
 */
public final class DatabaseClock implements InstantSource {
  private final Database database;
  private volatile Reading reading;

  private record Reading(Instant time, long nanos) {}

  public DatabaseClock(Database database) {
    this.database = database;
    this.reading = read();
  }

  /** Reads the database's clock again, exact to half a round trip. */
  public void measure() {
    reading = read();
  }

  private Reading read() {
    return database.run(connection -> {
      try (var query = connection.prepareStatement("select clock_timestamp()")) {
        long before = System.nanoTime();
        try (var rows = query.executeQuery()) {
          rows.next();
          long after = System.nanoTime();
          return new Reading(
              rows.getObject(1, OffsetDateTime.class).toInstant(), before + (after - before) / 2);
        }
      }
    });
  }

  @Override
  public Instant instant() {
    Reading last = reading;
    return last.time().plus(Duration.ofNanos(System.nanoTime() - last.nanos()));
  }
}
