package dev.ringback.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * Waits that double, each drawn at random between nothing and its full length, so that many clients
 * don't come back at the same moment ("full jitter").
 *
 * <p>Not thread-safe.
 */
final class Backoff {
  private final Duration first;
  private final Duration longest;
  private final RandomGenerator random;
  private Duration next;

  Backoff(Duration first, Duration longest) {
    this(first, longest, ThreadLocalRandom.current()::nextLong);
  }

  Backoff(Duration first, Duration longest, RandomGenerator random) {
    this.first = first;
    this.longest = longest;
    this.random = random;
    this.next = first;
  }

  Duration next() {
    long nanos = next.toNanos();
    Duration doubled = next.multipliedBy(2);
    next = Durations.shorter(doubled, longest);
    return Duration.ofNanos(random.nextLong(nanos + 1));
  }

  /** The same after an error, for as long as Ringback asks to wait at least. */
  Duration next(RingbackException error) {
    Duration drawn = next();
    return drawn.compareTo(error.retryAfter()) < 0 ? error.retryAfter() : drawn;
  }

  /** Begins anew, after something worked. */
  void reset() {
    next = first;
  }

  /** Sleeps; an interrupted thread gets the same error as from a call. */
  static void sleep(Duration wait) {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RingbackException.of(Code.CANCELLED, "interrupted");
    }
  }
}
