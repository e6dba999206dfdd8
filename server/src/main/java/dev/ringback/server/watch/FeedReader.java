package dev.ringback.server.watch;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.store.db.Signal;
import dev.ringback.server.store.db.Unavailable;
import dev.ringback.server.store.job.Events;
import dev.ringback.server.watch.Ring.Entry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the feed, which is all events in the order of their positions, once for the whole node,
 * however many watch, and hands it to {@link Subscribers}. While nobody watches, nothing is read.
 *
 * <p>A thread of its own reads, until it is closed.
 */
public final class FeedReader implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FeedReader.class);

  /**
   * How far back the reading begins when the first watcher comes: watchers who come over from a
   * node that died are served from memory.
   */
  private static final int LOOK_BACK = 10_000;

  private static final int PAGE = 1_000;

  /** How many changes are looked up at a time, each with its job, which may have 60 KiB. */
  private static final int CHANGES = 50;

  /**
   * How long to rest after a read that found something, so that many small commits are read
   * together.
   */
  private static final Duration REST = Duration.ofMillis(2);

  /** How long other nodes' events may go unnoticed. */
  private static final Duration LOOK = Duration.ofMillis(20);

  /** The same, where no other node is alive as far as is known. */
  private static final Duration LOOK_ALONE = Duration.ofMillis(500);

  private static final Duration AFTER_FAILURE = Duration.ofMillis(250);

  private final Events events;
  private final Past past;
  private final Subscribers subscribers;
  private final Signal happened;
  private final BooleanSupplier alone;
  private final Thread thread;

  /**
   * Starts.
   *
   * @param past looks up what the events were
   * @param happened rings when this node has committed events
   * @param alone whether no other node is alive, as far as is known
   */
  public FeedReader(
      Events events, Past past, Subscribers subscribers, Signal happened, BooleanSupplier alone) {
    this.events = events;
    this.past = past;
    this.subscribers = subscribers;
    this.happened = happened;
    this.alone = alone;
    this.thread = Thread.ofPlatform().name("feed").daemon().start(this::loop);
  }

  private void loop() {
    try {
      while (true) {
        subscribers.awaitAny();
        try {
          begin();
          do {
            follow();
          } while (subscribers.goOn());
        } catch (RuntimeException e) {
          if (e instanceof Unavailable) {
            log.atDebug().log("the feed was not read: {}", e.getMessage());
          } else {
            log.atError().setCause(e).log("reading the feed failed");
          }
          TimeUnit.NANOSECONDS.sleep(AFTER_FAILURE.toNanos());
        }
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  /** Finds where to begin, unless a failure came in between. */
  private void begin() {
    if (!subscribers.haveBegun()) {
      subscribers.begin(events.back(LOOK_BACK));
    }
  }

  /** Reads what is new, or waits for it. */
  private void follow() throws InterruptedException {
    List<Event> found = events.after(subscribers.offered(), PAGE);
    for (int i = 0; i < found.size(); i += CHANGES) {
      handOut(found.subList(i, Math.min(i + CHANGES, found.size())));
    }
    if (found.size() < PAGE) {
      if (!found.isEmpty()) {
        TimeUnit.NANOSECONDS.sleep(REST.toNanos());
      }
      happened.await(alone.getAsBoolean() ? LOOK_ALONE : LOOK);
    }
  }

  private void handOut(List<Event> some) {
    // Looked up once for all whom they concern, before these are told, so that none waits for it.
    Map<Long, Change> changes = past.lookUp(subscribers.ofConcern(some));
    subscribers.add(
        some.stream().map(event -> new Entry(event, changes.get(event.position()))).toList());
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
