package dev.ringback.server.engine;

import dev.ringback.server.engine.http.HttpCaller;
import dev.ringback.server.store.job.Rescue;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop: claims what is due, calls it, records what became of it.
 *
 * <p>Closing it drains: nothing more is claimed, calls in flight may finish within the grace time,
 * and what is left is handed back at once for other nodes to make.
 */
public final class Engine implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);

  private final Rescue rescue;
  private final Membership membership;
  private final Bodies bodies;
  private final Signer signer;
  private final Recorder recorder;
  private final Claimer claimer;
  private final Duration grace;

  /**
   * How much at a time, and how long to drain.
   *
   * @param slots how many calls may be in flight
   * @param bodyBytes how many bytes of large bodies may be in memory
   * @param grace how long calls in flight may take when the node stops
   */
  public record Limits(int slots, long bodyBytes, Duration grace) {}

  /** Starts. */
  public Engine(
      EngineStore store, Membership membership, HttpCaller caller, CallLog callLog, Limits limits) {
    this.rescue = store.rescue();
    this.membership = membership;
    this.grace = limits.grace();
    this.bodies = new Bodies(limits.bodyBytes(), store.claims()::body);
    this.signer = new Signer(store.signingSecrets()::list, System::nanoTime);
    this.recorder = new Recorder(store.finishes(), store.signal());
    // Looked up at each use: every thread has its own.
    RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
    var runner =
        new AttemptRunner(bodies, signer, caller, recorder, callLog, store.clock(), random);
    this.claimer = new Claimer(store, membership, runner, limits.slots());
  }

  /** How many calls are being made, or have ended and are not yet on record. */
  public int inFlight() {
    return claimer.inFlight();
  }

  @Override
  public void close() throws InterruptedException {
    claimer.close();
    if (!claimer.awaitIdle(grace)) {
      log.atWarn().log("calls in flight outlasted the grace time and are handed back");
    }
    bodies.close();
    signer.close();
    recorder.close();
    // Not before: a node that drains lives on.
    membership.close();
    try {
      int lost = rescue.retire(membership.node());
      log.atInfo().addKeyValue("lost", lost).log("drained");
    } catch (RuntimeException e) {
      // The other nodes find out by its silence.
      log.atWarn().log("this node could not say that it stops: {}", e.getMessage());
    }
  }
}
