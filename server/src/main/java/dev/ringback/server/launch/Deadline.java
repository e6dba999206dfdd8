package dev.ringback.server.launch;

import java.time.Duration;

/** How long to wait for something that can't call back, such as another process. */
record Deadline(long nanoTime) {
  private static final long PAUSE_MILLIS = 20;

  static Deadline in(Duration limit) {
    return new Deadline(System.nanoTime() + limit.toNanos());
  }

  /** Waits a moment before the next look; false, without waiting, when the time is over. */
  boolean pause() {
    if (System.nanoTime() - nanoTime >= 0) {
      return false;
    }
    try {
      Thread.sleep(PAUSE_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LaunchException("interrupted", e);
    }
  }
}
