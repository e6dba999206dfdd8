package dev.ringback.server.engine;

import dev.ringback.server.store.db.DatabaseClock;
import dev.ringback.server.store.job.Node;
import dev.ringback.server.store.job.Nodes;
import dev.ringback.server.store.job.Rescue;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node alive in the eyes of the others, and declares dead those that have fallen silent.
 *
 * <p>A node heartbeats every {@link #BEAT}. One that is silent for {@link #SILENCE} is declared
 * dead by whoever notices first. A node that finds itself declared dead begins a new life under a
 * new id: what its old id owned is no longer its own.
 *
 * <p>A node that could not heartbeat itself declares nobody dead before it has been heard for a
 * whole {@link #SILENCE}: when the database comes back after an outage, everyone has been silent.
 *
 * <p>Runs on one thread of its own; {@link #node} may be read by any.
 */
public final class Membership implements AutoCloseable {
  static final Duration BEAT = Duration.ofSeconds(2);
  static final Duration SILENCE = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(Membership.class);

  private final Nodes nodes;
  private final Rescue rescue;
  private final DatabaseClock clock;
  private final String name;
  private final Duration interval;
  private final Duration silence;
  private final Thread thread;

  private volatile Node node;
  private volatile int alive = 1;
  private volatile boolean closed;
  private volatile long lastBeat = System.nanoTime();
  private long steadySince = lastBeat;

  /** Registers the node under the name its operator gave it, and begins to heartbeat. */
  public Membership(Nodes nodes, Rescue rescue, DatabaseClock clock, String name) {
    this(nodes, rescue, clock, name, BEAT, SILENCE);
  }

  Membership(
      Nodes nodes,
      Rescue rescue,
      DatabaseClock clock,
      String name,
      Duration interval,
      Duration silence) {
    this.nodes = nodes;
    this.rescue = rescue;
    this.clock = clock;
    this.name = name;
    this.interval = interval;
    this.silence = silence;
    this.node = nodes.register(name);
    this.thread = Thread.ofPlatform().name("membership").daemon().start(this::loop);
  }

  /** This node's present life. */
  Node node() {
    return node;
  }

  /** Whether no other node was alive at the last heartbeat. */
  public boolean isAlone() {
    return alive <= 1;
  }

  /** Whether this node's own heartbeat got through lately. */
  public boolean isHeard() {
    return System.nanoTime() - lastBeat < silence.toNanos();
  }

  private void loop() {
    while (!closed) {
      try {
        TimeUnit.NANOSECONDS.sleep(interval.toNanos());
        if (closed) {
          return;
        }
        beat();
        if (System.nanoTime() - lastBeat > silence.toNanos() / 2) {
          steadySince = System.nanoTime();
        }
        lastBeat = System.nanoTime();
        rescue();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        log.atWarn().addKeyValue("node", name).log("no heartbeat: {}", e.getMessage());
      }
    }
  }

  private void beat() {
    int living = nodes.beat(node);
    if (living == 0) {
      Node dead = node;
      node = nodes.register(name);
      log.atWarn()
          .addKeyValue("node", name)
          .addKeyValue("was", dead.id())
          .addKeyValue("is", node.id())
          .log("this node had been declared dead and begins a new life");
      living = nodes.beat(node);
    }
    alive = living;
    clock.measure();
  }

  private void rescue() {
    if (isAlone() || System.nanoTime() - steadySince < silence.toNanos()) {
      return;
    }
    for (Rescue.Dead dead : rescue.rescue(silence)) {
      log.atWarn()
          .addKeyValue("node", dead.name())
          .addKeyValue("lost", dead.executions())
          .log("a node was silent and is declared dead");
    }
  }

  /** Stops heartbeating. The life is ended by {@link Rescue#retire}. */
  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.interrupt();
    thread.join();
  }
}
