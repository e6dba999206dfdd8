package dev.ringback.client;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * The tries of one call: waits between them, and gives up when the time or their number is used up.
 *
 * <p>Not thread-safe.
 */
final class Tries {
  /** With less time left than this, a try would end before it could tell anything. */
  private static final Duration LEAST = Duration.ofMillis(100);

  private final String call;
  private final int most;
  private final Backoff backoff;
  private final Consumer<? super Retry> hook;
  private final long end;
  private long start = System.nanoTime();
  private int failed;

  /**
   * @param call its name, for the hook
   * @param time of all tries together
   * @param most how many there may be
   */
  Tries(String call, Duration time, int most, Backoff backoff, Consumer<? super Retry> hook) {
    this.call = call;
    this.end = start + Durations.shorter(time, Durations.LONGEST).toNanos();
    this.most = most;
    this.backoff = backoff;
    this.hook = hook;
  }

  /** How much of the time is left; zero or less when none is. */
  Duration left() {
    return Duration.ofNanos(end - System.nanoTime());
  }

  /** One worked: what fails from here on is counted anew. */
  void worked() {
    failed = 0;
    start = System.nanoTime();
    backoff.reset();
  }

  /**
   * One failed: waits for the next.
   *
   * @throws RingbackException when there is none: the error, with how often and how long was tried
   */
  void failed(RingbackException error) {
    failed++;
    Duration wait = backoff.next(error);
    if (failed >= most || !error.isTransient() || left().compareTo(wait.plus(LEAST)) < 0) {
      throw error.tried(failed, Duration.ofNanos(System.nanoTime() - start));
    }
    new Retry(call, failed, wait, error).tell(hook);
    Backoff.sleep(wait);
  }
}
