package dev.ringback.server.engine.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Connections that wait for another call. Only one that is provably clean is handed out: its last
 * answer was read to its exact end, and its target has said nothing since, not even that it closes.
 * Connections of one project serve no other.
 *
 * <p>Thread-safe.
 */
final class ConnectionPool implements AutoCloseable {
  /** A connection is used no longer than this, since a name may come to mean other addresses. */
  private static final Duration MAX_AGE = Duration.ofSeconds(60);

  /** Whose connection it is, and where it leads. */
  record Place(int projectId, boolean secure, String host, int port) {}

  /** A connection that waits; each is only equal to itself. */
  private static final class Waiting {
    final Place place;
    final Connection connection;
    final long untilNanos;

    Waiting(Place place, Connection connection, Duration keep) {
      Duration left = MAX_AGE.minus(connection.age());
      this.place = place;
      this.connection = connection;
      this.untilNanos = System.nanoTime() + (left.compareTo(keep) < 0 ? left : keep).toNanos();
    }

    boolean isOver() {
      return System.nanoTime() - untilNanos >= 0;
    }
  }

  private final int most;
  private final ReentrantLock lock = new ReentrantLock();

  /** The same connections twice: in the order of coming, and by place. */
  private final Set<Waiting> all = new LinkedHashSet<>();

  private final Map<Place, ArrayDeque<Waiting>> byPlace = new HashMap<>();
  private int inUse;
  private boolean closed;

  /**
   * @param most how many connections there are at most, waiting and in use, unless more are in use
   */
  ConnectionPool(int most) {
    this.most = most;
  }

  /** Begins a call, which may use one connection, and closes the one that has waited longest. */
  void begin() {
    lock.lock();
    try {
      inUse++;
      makeRoom();
    } finally {
      lock.unlock();
    }
  }

  /** Ends a call. */
  void end() {
    lock.lock();
    try {
      inUse--;
    } finally {
      lock.unlock();
    }
  }

  /** A clean connection to the place, or null when a new one is to be made. */
  @Nullable Connection take(Place place) {
    while (true) {
      Waiting newest = newest(place);
      if (newest == null) {
        return null;
      }
      if (!newest.isOver() && newest.connection.isClean()) {
        return newest.connection;
      }
      newest.connection.close();
    }
  }

  private @Nullable Waiting newest(Place place) {
    lock.lock();
    try {
      ArrayDeque<Waiting> there = byPlace.get(place);
      if (there == null) {
        return null;
      }
      Waiting newest = there.getLast();
      remove(newest);
      return newest;
    } finally {
      lock.unlock();
    }
  }

  private void remove(Waiting waiting) {
    all.remove(waiting);
    byPlace.computeIfPresent(
        waiting.place,
        (_, there) -> {
          there.removeLastOccurrence(waiting);
          return there.isEmpty() ? null : there;
        });
  }

  /**
   * Keeps a connection for another call to the same place.
   *
   * @param longest for how long
   */
  void keep(Place place, Connection connection, Duration longest) {
    lock.lock();
    try {
      if (closed) {
        connection.close();
        return;
      }
      Waiting waiting = new Waiting(place, connection, longest);
      all.add(waiting);
      byPlace.computeIfAbsent(place, _ -> new ArrayDeque<>()).addLast(waiting);
    } finally {
      lock.unlock();
    }
  }

  private void makeRoom() {
    while (!all.isEmpty() && all.size() + inUse > most) {
      Waiting longest = all.iterator().next();
      remove(longest);
      longest.connection.close();
    }
  }

  /** Closes the connections that have waited long enough. */
  void sweep() {
    lock.lock();
    try {
      List<Waiting> over = new ArrayList<>(all);
      over.removeIf(waiting -> !waiting.isOver());
      for (Waiting waiting : over) {
        remove(waiting);
        waiting.connection.close();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Closes all connections that wait, and those that would come to wait. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      all.forEach(waiting -> waiting.connection.close());
      all.clear();
      byPlace.clear();
    } finally {
      lock.unlock();
    }
  }
}
