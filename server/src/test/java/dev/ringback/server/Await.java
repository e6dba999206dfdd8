package dev.ringback.server;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Waits for what others bring about, with a deadline. */
public final class Await {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final Duration LOOK = Duration.ofMillis(2);

  private Await() {}

  /** What is looked at. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws Exception;
  }

  /** What is looked for. */
  @FunctionalInterface
  public interface Search<T> {
    Optional<T> found() throws Exception;
  }

  /** Returns as soon as the condition holds; fails when it does not within 20 seconds. */
  public static void until(String what, Condition condition) throws Exception {
    until(what, DEADLINE, condition);
  }

  /** Returns as soon as the condition holds; fails when it does not within the time given. */
  public static void until(String what, Duration longest, Condition condition) throws Exception {
    some(what, longest, () -> condition.holds() ? Optional.of(true) : Optional.empty());
  }

  /** Returns what is found as soon as it is; fails when it is not within the time given. */
  public static <T> T some(String what, Duration longest, Search<T> search) throws Exception {
    long end = System.nanoTime() + longest.toNanos();
    while (true) {
      Optional<T> found = search.found();
      if (found.isPresent()) {
        return found.get();
      }
      if (System.nanoTime() > end) {
        throw new AssertionError("waited in vain for: " + what);
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }
}
