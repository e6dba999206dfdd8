package dev.ringback.server.store;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for what other threads bring about. */
public final class Await {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final Duration LOOK = Duration.ofMillis(2);

  private Await() {}

  /** What is looked at. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws Exception;
  }

  /** Returns as soon as the condition holds; fails when it does not within the deadline. */
  public static void until(String what, Condition condition) throws Exception {
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }
}
