package dev.ringback.server.engine;

import dev.ringback.server.engine.http.Body;
import dev.ringback.server.engine.http.Shares;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Lane;
import dev.ringback.server.store.db.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bodies of the calls in flight. A small one came with its claim; a large one is loaded just
 * before its call, and how many bytes of these the node holds is bounded. The bytes are shared out
 * as slots are, see {@link Shares}. Those who have to wait do so in the order of coming, but are
 * passed by those who need not.
 *
 * <p>Thread-safe.
 */
final class Bodies implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Bodies.class);

  /** How many are loaded at a time, so that connections are left for claims and finishes. */
  private static final int LOADS = 2;

  private static final Duration PAUSE = Duration.ofMillis(250);

  private final Shares shares;
  private final Function<Claim, Optional<byte[]>> source;
  private final Semaphore loads = new Semaphore(LOADS, true);
  private final List<Waiting> waiting = new ArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Who waits for room, and is told whether there is. */
  private record Waiting(Lane lane, long bytes, CompletableFuture<Boolean> admitted) {}

  /**
   * Bounds the bytes.
   *
   * @param bytes how many bytes of large bodies are held at most
   * @param source loads a large body; nothing when the attempt is no longer this node's to make
   */
  Bodies(long bytes, Function<Claim, Optional<byte[]>> source) {
    this.shares = new Shares(bytes);
    this.source = source;
  }

  /**
   * The body for a claim's call. Waits until there is room for it, and for the database where that
   * is away: the target is to blame for neither.
   *
   * @return null when the call must not be made: its attempt was given to another node, or will be,
   *     since this one stops
   */
  @Nullable Body take(Claim claim) {
    if (claim.largeBody() == 0) {
      return new Body(claim.callback().body(), () -> {});
    }
    Lane lane = claim.lane();
    long bytes = Math.min(claim.largeBody(), shares.total());
    if (!enter(lane, bytes)) {
      return null;
    }
    byte[] body = null;
    try {
      body = load(claim);
    } finally {
      if (body == null) {
        leave(lane, bytes);
      }
    }
    return body == null ? null : new Body(body, () -> leave(lane, bytes));
  }

  private boolean enter(Lane lane, long bytes) {
    var one = new Waiting(lane, bytes, new CompletableFuture<>());
    synchronized (this) {
      waiting.add(one);
      admit();
    }
    return one.admitted().join();
  }

  private synchronized void leave(Lane lane, long bytes) {
    shares.giveBack(lane, bytes);
    admit();
  }

  /** Answers all who need wait no longer: there is room for them, or the node stops. */
  private void admit() {
    boolean open = closed.getCount() > 0;
    waiting.removeIf(one -> {
      if (open && !shares.hasRoom(one.lane(), one.bytes())) {
        return false;
      }
      if (open) {
        shares.take(one.lane(), one.bytes());
      }
      return one.admitted().complete(open);
    });
  }

  private byte @Nullable [] load(Claim claim) {
    do {
      loads.acquireUninterruptibly();
      try {
        Optional<byte[]> body = source.apply(claim);
        if (body.isEmpty()) {
          log.atWarn()
              .addKeyValue("execution", claim.executionId())
              .log("a call is not made: its execution is no longer this node's");
        }
        return body.orElse(null);
      } catch (Unavailable e) {
        log.atDebug().log("no body: {}", e.getMessage());
      } finally {
        loads.release();
      }
    } while (!closesWithin(PAUSE));
    return null;
  }

  private boolean closesWithin(Duration pause) {
    try {
      return closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** Sends away those who wait, and those who come. */
  @Override
  public synchronized void close() {
    closed.countDown();
    admit();
  }
}
