package dev.ringback.server.engine;

import dev.ringback.server.job.AttemptKey;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.RefusedException.DatabaseUnavailable;
import dev.ringback.server.store.DueSignal;
import dev.ringback.server.store.Nodes;
import dev.ringback.server.store.Queue;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims what is due, as much as there are free slots for, and hands each claim to a virtual
 * thread.
 *
 * <p>Demand, not batch: when a claim was full it looks again at once; else it sleeps until the next
 * execution is due, a signal rings, or {@link DueSignal#HORIZON} has passed, whichever is first.
 *
 * <p>Runs on one thread of its own.
 */
final class Claimer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Claimer.class);

  /** The largest claim: more would hold locks for longer and gain little. */
  private static final int MAX_CLAIM = 500;

  /** Before another look at rows that are due but that another node is just claiming. */
  private static final Duration CONTENDED = Duration.ofMillis(2);

  private static final Duration AFTER_FAILURE = Duration.ofMillis(250);

  /** How often it looks for what it owns and does not know of. */
  private static final Duration STRAYS = Duration.ofSeconds(2);

  private final Queue queue;
  private final Nodes nodes;
  private final Membership membership;
  private final DueSignal signal;
  private final AttemptRunner runner;
  private final Semaphore slots;
  private final int slotCount;
  private final Thread thread;

  /** The attempts that are being made, until they are recorded. Only the loop's thread adds. */
  private final Set<AttemptKey> inHand = ConcurrentHashMap.newKeySet();

  private long straysAt = System.nanoTime();
  private volatile boolean closed;

  Claimer(
      Queue queue,
      Nodes nodes,
      Membership membership,
      DueSignal signal,
      AttemptRunner runner,
      int slotCount) {
    this.queue = queue;
    this.nodes = nodes;
    this.membership = membership;
    this.signal = signal;
    this.runner = runner;
    this.slots = new Semaphore(slotCount);
    this.slotCount = slotCount;
    this.thread = Thread.ofPlatform().name("claimer").daemon().start(this::loop);
  }

  private void loop() {
    while (!closed) {
      try {
        releaseStrays();
        int free = awaitSlots();
        int claimed = claim(free);
        if (claimed < free && !closed) {
          signal.await(pause(claimed));
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /**
   * A claim may be committed although its answer never came, for the connection broke. Nobody would
   * make those calls as long as this node lives. So what it owns is held against what it has in
   * hand; on this thread, so that no claim comes in between.
   */
  private void releaseStrays() {
    if (System.nanoTime() - straysAt < STRAYS.toNanos()) {
      return;
    }
    straysAt = System.nanoTime();
    try {
      int strays = nodes.releaseStrays(membership.node(), List.copyOf(inHand));
      if (strays > 0) {
        log.atWarn().addKeyValue("lost", strays).log("claims without an answer are freed");
      }
    } catch (DatabaseUnavailable e) {
      log.atDebug().log("no look for strays: {}", e.getMessage());
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a look for strays failed");
    }
  }

  /** Takes all slots that are free, at least one and at most a claim's worth. */
  private int awaitSlots() throws InterruptedException {
    slots.acquire();
    int free = 1 + slots.drainPermits();
    if (free > MAX_CLAIM) {
      slots.release(free - MAX_CLAIM);
    }
    return Math.min(free, MAX_CLAIM);
  }

  private int claim(int free) {
    List<Claim> claims = List.of();
    try {
      if (!closed) {
        claims = queue.claim(membership.node(), free);
      }
    } catch (DatabaseUnavailable e) {
      log.atDebug().log("no claim: {}", e.getMessage());
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a claim failed");
    }
    slots.release(free - claims.size());
    claims.forEach(this::start);
    return claims.size();
  }

  private void start(Claim claim) {
    var attempt = new AttemptKey(claim.executionId(), claim.number());
    inHand.add(attempt);
    Thread.ofVirtual()
        .name("attempt")
        .start(() -> {
          try {
            runner.run(claim);
          } finally {
            inHand.remove(attempt);
            slots.release();
          }
        });
  }

  /** How long to sleep when there is nothing more to claim. */
  private Duration pause(int claimed) {
    try {
      Duration next = queue.nextDue().orElse(DueSignal.HORIZON);
      if (next.isZero()) {
        return claimed > 0 ? Duration.ZERO : CONTENDED;
      }
      return next.compareTo(DueSignal.HORIZON) < 0 ? next : DueSignal.HORIZON;
    } catch (DatabaseUnavailable e) {
      return AFTER_FAILURE;
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("the next due time can't be read");
      return AFTER_FAILURE;
    }
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
    return slots.tryAcquire(slotCount, longest.toNanos(), TimeUnit.NANOSECONDS);
  }
}
