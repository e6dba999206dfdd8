package dev.ringback.server.store.db;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the database is there, as far as this node knows, so that not every call has to find out
 * for itself, which takes seconds.
 *
 * <p>The database is away when a connect fails: one of a pool, or one of our own, made at once
 * where something else fails as if it were away. While it is away, we try to connect every {@link
 * #LOOK}. It is back when it answers anything, to anyone.
 *
 * <p>Thread-safe. One thread looks.
 */
final class Presence implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Presence.class);

  private static final Duration LOOK = Duration.ofMillis(100);

  /** For so long after it was found there, doubts cause no further look. */
  private static final Duration TRUSTED = Duration.ofSeconds(1);

  private final Look look;
  private final Thread thread;

  private volatile boolean away;

  /** Belongs to the thread that looks. */
  private long trustedUntil = System.nanoTime();

  // Guarded by this.
  private boolean doubted;
  private boolean closed;

  /** Connects to the database, within a second or two. */
  @FunctionalInterface
  interface Look {
    Connection connect() throws SQLException;
  }

  Presence(Look look) {
    this.look = look;
    this.thread = Thread.ofPlatform().name("presence").daemon().start(this::loop);
  }

  /** Waits until it is there, or for as long as given; answers whether it is. */
  boolean await(Duration longest) throws InterruptedException {
    return !away || awaitReturn(longest);
  }

  private synchronized boolean awaitReturn(Duration longest) throws InterruptedException {
    long until = System.nanoTime() + longest.toNanos();
    while (away && !closed) {
      long left = Duration.ofNanos(until - System.nanoTime()).toMillis();
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return !away;
  }

  /** Notes that it has answered. */
  void seen() {
    if (away) {
      set(false);
    }
  }

  /** Notes that a connect has failed because nobody takes connections there. */
  void lost() {
    set(true);
  }

  /** Notes that something failed as it does when the database is away. */
  synchronized void doubt() {
    doubted = true;
    notifyAll();
  }

  private synchronized void set(boolean gone) {
    if (away != gone && !closed) {
      away = gone;
      log.atWarn().log(gone ? "the database is away" : "the database is back");
    }
    notifyAll();
  }

  private void loop() {
    try {
      while (awaitReason()) {
        boolean there = isThere();
        set(!there);
        if (there) {
          trustedUntil = System.nanoTime() + TRUSTED.toNanos();
        } else {
          Thread.sleep(LOOK);
        }
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for a reason to look; false at the end. */
  private synchronized boolean awaitReason() throws InterruptedException {
    while (!away && !closed) {
      long trusted = Duration.ofNanos(trustedUntil - System.nanoTime()).toMillis();
      if (doubted && trusted <= 0) {
        break;
      }
      wait(doubted ? trusted : 0);
    }
    doubted = false;
    return !closed;
  }

  private boolean isThere() {
    try (Connection _ = look.connect()) {
      return true;
    } catch (SQLException e) {
      // A server that takes no more connections, or not ours, is there.
      return !Database.isAway(e);
    }
  }

  /** Lets all who wait go on. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    thread.interrupt();
  }
}
