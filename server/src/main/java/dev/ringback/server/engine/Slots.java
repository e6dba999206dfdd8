package dev.ringback.server.engine;

import dev.ringback.server.engine.http.Shares;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Lane;
import dev.ringback.server.store.db.Signal;
import dev.ringback.server.store.job.Claims.Closed;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The calls that a node may have in flight, and how they are shared out.
 *
 * <p>{@link Shares} has the rule. What may be claimed is told beforehand, so that nothing is
 * claimed that would have to wait.
 *
 * <p>Thread-safe. One thread claims; any may release.
 */
final class Slots {
  /** The largest claim: more would hold locks for longer and gain little. */
  private static final int MAX_CLAIM = 500;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition released = lock.newCondition();
  private final Signal signal;
  private final Shares shares;

  /** A project or lane with room for less is closed, so that claims do not trickle. */
  private final int step;

  private Closed closed = Closed.NOTHING;

  /**
   * @param signal rings when a project or lane that was closed has room again
   */
  Slots(int total, Signal signal) {
    this.shares = new Shares(total);
    this.step = Math.max(1, total / 8);
    this.signal = signal;
  }

  /**
   * What may be claimed.
   *
   * @param limit so few that nobody gets beyond their bound, whosever executions they turn out to
   *     be
   */
  record Room(int limit, Closed closed) {}

  /** Waits until something may be claimed. */
  Room await() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (shares.free() == 0) {
        released.await();
      }
      return room();
    } finally {
      lock.unlock();
    }
  }

  private Room room() {
    int limit = Math.min(MAX_CLAIM, Math.min(room(0, Shares.PROJECT), room(0, Shares.LANE)));
    Set<Integer> fullProjects = new HashSet<>();
    Set<Lane> fullLanes = new HashSet<>();
    for (Map.Entry<Integer, Long> project : shares.projects().entrySet()) {
      int room = room(project.getValue(), Shares.PROJECT);
      if (isClosed(project.getValue(), Shares.PROJECT)) {
        fullProjects.add(project.getKey());
      } else {
        limit = Math.min(limit, room);
      }
    }
    for (Map.Entry<Lane, Long> lane : shares.lanes().entrySet()) {
      int room = room(lane.getValue(), Shares.LANE);
      if (fullProjects.contains(lane.getKey().projectId())) {
        continue;
      }
      if (isClosed(lane.getValue(), Shares.LANE)) {
        fullLanes.add(lane.getKey());
      } else {
        limit = Math.min(limit, room);
      }
    }
    closed = new Closed(fullProjects, fullLanes);
    return new Room(limit, closed);
  }

  /** How many more slots a holder of so many may take. The first one is anyone's. */
  private int room(long inFlight, int multiple) {
    int room = (int) shares.room(inFlight, multiple);
    return inFlight == 0 ? Math.max(1, room) : room;
  }

  /** With few slots left, to have a few calls in flight is not to be full. */
  private boolean isClosed(long inFlight, int multiple) {
    return room(inFlight, multiple) < Math.clamp(room(0, multiple) / 2, 1, step);
  }

  /** Takes a slot for each claim. */
  void take(List<Claim> claims) {
    lock.lock();
    try {
      claims.forEach(claim -> shares.take(claim.lane(), 1));
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
      shares.giveBack(lane, 1);
      if (shares.free() == 1 || isIdle()) {
        released.signalAll();
      }
      if ((closed.lanes().contains(lane) && !isClosed(shares.heldBy(lane), Shares.LANE))
          || (closed.projects().contains(project)
              && !isClosed(shares.heldBy(project), Shares.PROJECT))) {
        signal.ring();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isIdle() {
    return shares.free() == shares.total();
  }

  /** Waits until no call is in flight; false when some were left after the time given. */
  boolean awaitIdle(Duration longest) throws InterruptedException {
    long left = longest.toNanos();
    lock.lockInterruptibly();
    try {
      while (!isIdle() && left > 0) {
        left = released.awaitNanos(left);
      }
      return isIdle();
    } finally {
      lock.unlock();
    }
  }
}
