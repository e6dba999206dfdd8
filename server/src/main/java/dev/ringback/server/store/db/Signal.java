package dev.ringback.server.store.db;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Rings when there is something to look at, so that nobody needs to poll fast: something is due
 * soon, or something happened. It is only a hint: the truth is in the tables.
 *
 * <p>Thread-safe. Rings that nobody waits for are kept as one.
 */
public final class Signal {
  private final Semaphore rung = new Semaphore(0);

  public void ring() {
    if (rung.availablePermits() == 0) {
      rung.release();
    }
  }

  /** Waits for a ring, no longer than given. */
  public void await(Duration longest) throws InterruptedException {
    if (rung.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS)) {
      rung.drainPermits();
    }
  }
}
