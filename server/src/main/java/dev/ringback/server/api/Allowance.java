package dev.ringback.server.api;

import java.util.HashMap;
import java.util.Map;

/**
 * What there is of something, and which project holds how much of it. A project may hold a multiple
 * of what is free at the moment: alone it gets much, and however much the others hold, some is left
 * for the next (the dynamic thresholds of A. K. Choudhury and E. L. Hahne, "Dynamic Queue Length
 * Thresholds for Shared-Memory Packet Switches", IEEE/ACM Transactions on Networking 6 (2), 1998).
 *
 * <p>Thread-safe.
 */
final class Allowance {
  private final int multiple;
  private long free;
  private final Map<Integer, Long> held = new HashMap<>();

  /**
   * @param multiple how many times what is free a project may hold: with 1 one that is alone gets
   *     half of the total, with 3 three quarters
   */
  Allowance(long total, int multiple) {
    this.free = total;
    this.multiple = multiple;
  }

  /** Takes some more for a project, unless that is more than it may hold. */
  synchronized boolean take(int project, long amount) {
    long all = held.getOrDefault(project, 0L) + amount;
    if (all > multiple * (free - amount)) {
      return false;
    }
    takeAnyway(project, amount);
    return true;
  }

  /** Takes note of what a project holds already, however much that is. */
  synchronized void takeAnyway(int project, long amount) {
    free -= amount;
    held.merge(project, amount, Long::sum);
  }

  synchronized void giveBack(int project, long amount) {
    free += amount;
    held.computeIfPresent(project, (_, all) -> all == amount ? null : all - amount);
  }

  /** How much of it nobody holds. */
  synchronized long free() {
    return free;
  }
}
