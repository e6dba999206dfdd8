package dev.ringback.server.engine;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Lane;
import dev.ringback.server.store.DueSignal;
import dev.ringback.server.store.Queue.Closed;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The calls that a node may have in flight, and who may have how many of them.
 *
 * <p>Whoever is slow must not take all the slots, and whoever is alone should not be held back. So
 * the bound is no number but a multiple of the slots that are free at the moment: three times as
 * many for a project, as many for a lane (one project's calls to one host). A lane that is alone
 * gets half of the slots; two that hang get a third each; and however many hang, some slots are
 * left for the next. These are the dynamic thresholds of A. K. Choudhury and E. L. Hahne, "Dynamic
 * Queue Length Thresholds for Shared-Memory Packet Switches", IEEE/ACM Transactions on Networking 6
 * (2), 1998.
 *
 * <p>Thread-safe. One thread claims; any may release.
 */
final class Slots {
  /** The largest claim: more would hold locks for longer and gain little. */
  private static final int MAX_CLAIM = 500;

  private static final int PROJECT_SHARE = 3;
  private static final int LANE_SHARE = 1;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();
  private final DueSignal signal;
  private final int total;

  /** A project or lane with room for less is closed, so that claims do not come in dribs. */
  private final int step;

  private int free;
  private final Map<Integer, Integer> projects = new HashMap<>();
  private final Map<Lane, Integer> lanes = new HashMap<>();
  private Closed closed = Closed.NOTHING;

  /**
   * @param signal rings when a project or lane that was closed has room again
   */
  Slots(int total, DueSignal signal) {
    this.total = total;
    this.free = total;
    this.step = Math.max(1, total / 8);
    this.signal = signal;
  }

  /**
   * What may be claimed.
   *
   * @param limit so few that nobody gets beyond their bound, whoever they come to be for
   */
  record Room(int limit, Closed closed) {}

  /** Waits until something may be claimed. */
  Room await() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (free == 0) {
        released.await();
      }
      return room();
    } finally {
      lock.unlock();
    }
  }

  private Room room() {
    int limit = Math.min(MAX_CLAIM, Math.min(room(0, PROJECT_SHARE), room(0, LANE_SHARE)));
    Set<Integer> fullProjects = new HashSet<>();
    Set<Lane> fullLanes = new HashSet<>();
    for (Map.Entry<Integer, Integer> project : projects.entrySet()) {
      int room = room(project.getValue(), PROJECT_SHARE);
      if (isClosed(project.getValue(), PROJECT_SHARE)) {
        fullProjects.add(project.getKey());
      } else {
        limit = Math.min(limit, room);
      }
    }
    for (Map.Entry<Lane, Integer> lane : lanes.entrySet()) {
      int room = room(lane.getValue(), LANE_SHARE);
      if (fullProjects.contains(lane.getKey().projectId())) {
        continue;
      }
      if (isClosed(lane.getValue(), LANE_SHARE)) {
        fullLanes.add(lane.getKey());
      } else {
        limit = Math.min(limit, room);
      }
    }
    closed = new Closed(fullProjects, fullLanes);
    return new Room(limit, closed);
  }

  /** How many more: each that is taken makes the bound smaller, too. The first slot is anyone's. */
  private int room(int inFlight, int share) {
    int room = (share * free - inFlight) / (1 + share);
    return inFlight == 0 ? Math.max(1, room) : room;
  }

  /** With few slots left, to have a few calls in flight is not to be full. */
  private boolean isClosed(int inFlight, int share) {
    return room(inFlight, share) < Math.clamp(room(0, share) / 2, 1, step);
  }

  /** Takes a slot for each claim. */
  void take(List<Claim> claims) {
    lock.lock();
    try {
      free -= claims.size();
      for (Claim claim : claims) {
        projects.merge(claim.lane().projectId(), 1, Integer::sum);
        lanes.merge(claim.lane(), 1, Integer::sum);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Gives a claim's slot back. */
  void release(Claim claim) {
    Lane lane = claim.lane();
    int project = lane.projectId();
    lock.lock();
    try {
      free++;
      leave(projects, project);
      leave(lanes, lane);
      if (free == 1 || free == total) {
        released.signalAll();
      }
      if ((closed.lanes().contains(lane) && !isClosed(inFlight(lanes, lane), LANE_SHARE))
          || (closed.projects().contains(project)
              && !isClosed(inFlight(projects, project), PROJECT_SHARE))) {
        signal.ring();
      }
    } finally {
      lock.unlock();
    }
  }

  private static <K> void leave(Map<K, Integer> inFlight, K key) {
    inFlight.computeIfPresent(key, (_, calls) -> calls == 1 ? null : calls - 1);
  }

  private static <K> int inFlight(Map<K, Integer> inFlight, K key) {
    return inFlight.getOrDefault(key, 0);
  }

  /** Waits until no call is in flight; false when some were left after the time given. */
  boolean awaitIdle(Duration longest) throws InterruptedException {
    long left = longest.toNanos();
    lock.lockInterruptibly();
    try {
      while (free < total && left > 0) {
        left = released.awaitNanos(left);
      }
      return free == total;
    } finally {
      lock.unlock();
    }
  }
}
