package dev.ringback.server.journey;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Waits for conditions, with a deadline. */
final class Await {
  private static final Duration PAUSE = Duration.ofMillis(20);

  private Await() {}

  /** A look at the world that may not succeed yet. */
  interface Look<T> {
    Optional<T> take() throws Exception;
  }

  static void until(String what, Duration longest, Callable<Boolean> condition) {
    some(what, longest, () -> condition.call() ? Optional.of(true) : Optional.empty());
  }

  static <T> T some(String what, Duration longest, Look<T> look) {
    long end = System.nanoTime() + longest.toNanos();
    while (true) {
      try {
        Optional<T> found = look.take();
        if (found.isPresent()) {
          return found.get();
        }
        if (System.nanoTime() > end) {
          throw new AssertionError("not within " + longest + ": " + what);
        }
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      } catch (Exception e) {
        throw new AssertionError(what, e);
      }
    }
  }
}
