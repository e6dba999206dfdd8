package dev.ringback.server.engine.http;

import dev.ringback.server.job.Lane;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * What a node has of something, and who holds how much of it: slots, bytes, or look-ups.
 *
 * <p>Whoever is slow must not take all, and whoever is alone should not be held back. So the bound
 * is not a fixed number but a multiple of what is free at the moment: three times as much for a
 * project, as much for a lane (one project's calls to one host). A lane that is alone gets half;
 * two that hang get a third each; and however many hang, some is left for the next. These are the
 * dynamic thresholds of A. K. Choudhury and E. L. Hahne, "Dynamic Queue Length Thresholds for
 * Shared-Memory Packet Switches", IEEE/ACM Transactions on Networking 6 (2), 1998.
 *
 * <p>Not thread-safe.
 */
public final class Shares {
  /** A project, and a lane, may hold this many times what is free. */
  public static final int PROJECT = 3;

  public static final int LANE = 1;

  private final long total;
  private long free;
  private final Map<Integer, Long> projects = new HashMap<>();
  private final Map<Lane, Long> lanes = new HashMap<>();

  public Shares(long total) {
    this.total = total;
    this.free = total;
  }

  public long total() {
    return total;
  }

  public long free() {
    return free;
  }

  /** What each project holds, if it holds any. */
  public Map<Integer, Long> projects() {
    return Collections.unmodifiableMap(projects);
  }

  /** What each lane holds, if it holds any. */
  public Map<Lane, Long> lanes() {
    return Collections.unmodifiableMap(lanes);
  }

  public long heldBy(int project) {
    return projects.getOrDefault(project, 0L);
  }

  public long heldBy(Lane lane) {
    return lanes.getOrDefault(lane, 0L);
  }

  /** How much more a holder of so much may take, whose bound shrinks by what is taken. */
  public long room(long held, int multiple) {
    return (multiple * free - held) / (1 + multiple);
  }

  /**
   * Whether a lane may take so much more. If it holds nothing yet, it may take all that is free.
   */
  public boolean hasRoom(Lane lane, long amount) {
    return amount <= free
        && hasRoom(heldBy(lane), LANE, amount)
        && hasRoom(heldBy(lane.projectId()), PROJECT, amount);
  }

  private boolean hasRoom(long held, int multiple, long amount) {
    return held == 0 || amount <= room(held, multiple);
  }

  public void take(Lane lane, long amount) {
    free -= amount;
    projects.merge(lane.projectId(), amount, Long::sum);
    lanes.merge(lane, amount, Long::sum);
  }

  public void giveBack(Lane lane, long amount) {
    free += amount;
    leave(projects, lane.projectId(), amount);
    leave(lanes, lane, amount);
  }

  private static <K> void leave(Map<K, Long> held, K key, long amount) {
    held.computeIfPresent(key, (_, all) -> all == amount ? null : all - amount);
  }
}
