package dev.ringback.server.store.db;

import java.util.HashMap;
import java.util.Map;

/**
 * What there is of something, bytes or places, and which project holds how much of it.
 *
 * <p>A project's bound is not a fixed number but three times what is free at the moment, as for
 * slots: a project that is alone may have three quarters, and however many come, something is left
 * for the next (A. K. Choudhury and E. L. Hahne, "Dynamic Queue Length Thresholds for Shared-Memory
 * Packet Switches", IEEE/ACM Transactions on Networking 6 (2), 1998). A project that holds nothing
 * may take all that is free; where nobody holds anything, it may even take more than there is, so
 * that no item is too large for ever.
 *
 * <p>Thread-safe.
 */
public final class Room {
  private static final int SHARE = 3;

  private final long total;
  private long free;
  private final Map<Integer, Long> held = new HashMap<>();

  public Room(long total) {
    this.total = total;
    this.free = total;
  }

  /** Takes some for a project, if it may have that much. */
  public synchronized boolean take(int project, long amount) {
    if (!mayTake(project, amount)) {
      return false;
    }
    takeAnyway(project, amount);
    return true;
  }

  private boolean mayTake(int project, long amount) {
    if (free == total) {
      return true;
    }
    long own = held.getOrDefault(project, 0L);
    // What it takes makes its bound smaller, too.
    return amount <= free && (own == 0 || amount <= (SHARE * free - own) / (1 + SHARE));
  }

  /** Counts what a project holds already, however much that is. */
  public synchronized void takeAnyway(int project, long amount) {
    free -= amount;
    held.merge(project, amount, Long::sum);
  }

  /** Gives back some of what a project has taken. */
  public synchronized void giveBack(int project, long amount) {
    free += amount;
    held.computeIfPresent(project, (_, all) -> all == amount ? null : all - amount);
  }

  synchronized long free() {
    return free;
  }
}
