package dev.ringback.server.engine;

import dev.ringback.server.store.job.Claims.Claimed;
import dev.ringback.server.store.job.Claims.Closed;
import dev.ringback.server.store.job.Claims.Demand;
import java.time.Duration;
import java.time.Instant;

/**
 * How far claims have looked past those who must wait, so that each of their executions is stepped
 * over once and not by every claim.
 *
 * <p>While a project or lane is closed, what it has waiting lies before all that is due later. A
 * claim that leaves it out has to step over it; the next claim may begin where that one ended, as
 * long as the same ones, or more, are closed. What is committed late lies before that place, and is
 * found when the place is forgotten, now and then.
 *
 * <p>Used by one thread.
 */
final class Backlog {
  /** How long a transaction may take, as a rule, to commit what is due when it begins. */
  private static final Duration LATE = Duration.ofMillis(100);

  /** The place is forgotten after two seconds, or later where stepping over all took long. */
  private static final long FORGET_NANOS = 2_000_000_000;

  private static final int FORGET_SHARE = 20;

  private Closed closed = Closed.NOTHING;
  private Instant place = Instant.MIN;
  private long forgetAt;

  /** What to claim for the room there is. */
  Demand demand(Slots.Room room) {
    return new Demand(room.limit(), room.closed(), knows(room.closed()) ? place : Instant.MIN);
  }

  private boolean knows(Closed now) {
    return !closed.isEmpty() && now.covers(closed) && System.nanoTime() - forgetAt < 0;
  }

  /** Notes how far a claim has looked. */
  void seen(Slots.Room room, Claimed claimed, long nanos) {
    if (room.closed().isEmpty()) {
      return;
    }
    if (!knows(room.closed())) {
      forgetAt = System.nanoTime() + Math.max(FORGET_NANOS, FORGET_SHARE * nanos);
    }
    closed = room.closed();
    boolean full = claimed.claims().size() == room.limit();
    Instant looked = full ? claimed.lastDue() : claimed.at();
    Instant certain = claimed.at().minus(LATE);
    place = looked.isBefore(certain) ? looked : certain;
  }
}
