package dev.ringback.server.watch;

import dev.ringback.server.refusal.Refusal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One of the {@link Subscribers}: is told where to look next, and keeps nothing but that, however
 * long nobody looks.
 *
 * <p>Thread-safe.
 */
final class Subscriber {
  /** Behind all ordinals: there is nothing to look at. */
  static final long NOTHING = Long.MAX_VALUE;

  private final Matcher matcher;

  /** The first ordinal since the last look that may concern this one. Guarded by this. */
  private long pending = NOTHING;

  /** Why it ended. Guarded by this. */
  private @Nullable Refusal end;

  Subscriber(Matcher matcher) {
    this.matcher = matcher;
  }

  Matcher matcher() {
    return matcher;
  }

  /** Says that something at an ordinal, or after it, may concern this one. */
  synchronized void offer(long ordinal) {
    // A look that got as much as it may offers what is left, perhaps after something newer was
    // offered.
    if (ordinal < pending) {
      pending = ordinal;
      notifyAll();
    }
  }

  /** Ends it: whoever looks gets the reason. */
  synchronized void end(Refusal reason) {
    end = reason;
    notifyAll();
  }

  /** Refuses what has ended. */
  synchronized void check() {
    if (end != null) {
      throw end;
    }
  }

  /** Waits until there is something to look at, or it has ended. */
  synchronized void await(Duration longest) throws InterruptedException {
    if (pending == NOTHING && end == null) {
      wait(Math.max(1, longest.toMillis()));
    }
  }

  /**
   * The ordinal to look from, which is then no longer offered; or {@link #NOTHING}.
   *
   * @throws Refusal when it has ended
   */
  synchronized long take() {
    check();
    long next = pending;
    pending = NOTHING;
    return next;
  }
}
