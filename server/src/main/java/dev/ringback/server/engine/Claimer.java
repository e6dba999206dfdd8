package dev.ringback.server.engine;

import dev.ringback.server.job.AttemptKey;
import dev.ringback.server.job.Claim;
import dev.ringback.server.store.db.Signal;
import dev.ringback.server.store.db.Unavailable;
import dev.ringback.server.store.db.Wakeups;
import dev.ringback.server.store.job.Claims;
import dev.ringback.server.store.job.Claims.Claimed;
import dev.ringback.server.store.job.Rescue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims what is due, as much as there is room for, and hands each claim to a virtual thread.
 *
 * <p>Demand, not batch: when a claim was full it looks again at once; else it sleeps until the next
 * execution is due, a signal rings, or {@link Wakeups#HORIZON} has passed, whichever is first.
 *
 * <p>Runs on one thread of its own.
 */
final class Claimer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Claimer.class);

  private static final Duration AFTER_FAILURE = Duration.ofMillis(250);

  /** How often it looks for what it owns and does not know of, while there is work. */
  private static final Duration STRAYS = Duration.ofSeconds(5);

  private final Claims claims;
  private final Rescue rescue;
  private final Membership membership;
  private final InstantSource clock;
  private final Signal signal;
  private final AttemptRunner runner;
  private final Slots slots;
  private final Backlog backlog = new Backlog();
  private final Thread thread;

  /** The attempts that are being made, until they are recorded. Only the loop's thread adds. */
  private final Set<AttemptKey> inHand = ConcurrentHashMap.newKeySet();

  private long straysAt = System.nanoTime();

  /** A claim failed, and may have been committed nevertheless. */
  private boolean mayHaveStrays;

  /** It claimed since it last looked with empty hands: a result may not have been written. */
  private boolean hasWorked;

  private volatile boolean closed;

  Claimer(EngineStore store, Membership membership, AttemptRunner runner, int slotCount) {
    this.claims = store.claims();
    this.rescue = store.rescue();
    this.membership = membership;
    this.clock = store.clock();
    this.signal = store.signal();
    this.runner = runner;
    this.slots = new Slots(slotCount, signal);
    this.thread = Thread.ofPlatform().name("claimer").daemon().start(this::loop);
  }

  int inFlight() {
    return inHand.size();
  }

  private void loop() {
    while (!closed) {
      try {
        releaseStrays();
        Duration pause = claim(slots.await());
        if (pause.isPositive() && !closed) {
          signal.await(pause);
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /**
   * A claim may be committed although its answer never came, for the connection broke. Nobody would
   * make those calls as long as this node lives. So what it owns is compared with what it has in
   * hand; on this thread, so that no claim comes in between.
   */
  private void releaseStrays() {
    boolean isTime = hasWorked && System.nanoTime() - straysAt >= STRAYS.toNanos();
    if (!mayHaveStrays && !isTime) {
      return;
    }
    straysAt = System.nanoTime();
    try {
      List<AttemptKey> held = List.copyOf(inHand);
      int strays = rescue.releaseStrays(membership.node(), held);
      mayHaveStrays = false;
      hasWorked = !held.isEmpty();
      if (strays > 0) {
        log.atWarn().addKeyValue("lost", strays).log("claims without an answer are freed");
      }
    } catch (Unavailable e) {
      log.atDebug().log("no look for strays: {}", e.getMessage());
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a look for strays failed");
    }
  }

  /** Claims for the room there is; answers how long to sleep then. */
  private Duration claim(Slots.Room room) {
    if (closed) {
      return Duration.ZERO;
    }
    Claimed claimed;
    long before = System.nanoTime();
    try {
      claimed = claims.claim(membership.node(), backlog.demand(room));
    } catch (RuntimeException e) {
      mayHaveStrays = true;
      if (e instanceof Unavailable) {
        log.atDebug().log("no claim: {}", e.getMessage());
      } else {
        log.atError().setCause(e).log("a claim failed");
      }
      return AFTER_FAILURE;
    }
    backlog.seen(room, claimed, System.nanoTime() - before);
    hasWorked |= !claimed.claims().isEmpty();
    slots.take(claimed.claims());
    claimed.claims().forEach(this::start);
    return claimed.claims().size() < room.limit() ? untilNext(claimed) : Duration.ZERO;
  }

  private void start(Claim claim) {
    var attempt = new AttemptKey(claim.executionId(), claim.number());
    inHand.add(attempt);
    Thread.ofVirtual()
        .name("attempt")
        .start(() ->
            CompletableFuture.completedFuture(claim)
                .thenCompose(runner::run)
                .whenComplete((_, failure) -> {
                  inHand.remove(attempt);
                  slots.release(claim);
                  if (failure != null) {
                    log.atError().setCause(failure).log("an attempt failed in this node");
                  }
                }));
  }

  /** How long to sleep when there is nothing more to claim. */
  private Duration untilNext(Claimed claimed) {
    Duration next =
        claimed
            .nextDue()
            .map(due -> Duration.between(clock.instant(), due))
            .orElse(Wakeups.HORIZON);
    return next.compareTo(Wakeups.HORIZON) < 0 ? next : Wakeups.HORIZON;
  }

  /** Claims nothing more. Calls in flight go on. */
  @Override
  public void close() throws InterruptedException {
    closed = true;
    signal.ring();
    // It may wait for slots, which calls in flight hold.
    thread.interrupt();
    thread.join();
  }

  /** Waits for the calls in flight; false when some were left after the time given. */
  boolean awaitIdle(Duration longest) throws InterruptedException {
    return slots.awaitIdle(longest);
  }
}
