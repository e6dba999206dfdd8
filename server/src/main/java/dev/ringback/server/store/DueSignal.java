package dev.ringback.server.store;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Rings when something has become due, or will within {@link #HORIZON}, so that nobody need poll
 * fast. A hint: what is due stands in the queue.
 *
 * <p>Thread-safe. Rings that nobody waits for are kept as one.
 */
public final class DueSignal {
  /** How far ahead sleepers look by themselves: what is due later needs no ring. */
  public static final Duration HORIZON = Duration.ofSeconds(2);

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
