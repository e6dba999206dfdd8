package dev.ringback.server.watch;

import static java.util.Objects.requireNonNull;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.watch.Matcher.Topic;
import dev.ringback.server.watch.Ring.Entry;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who want to be told what happens, by the topics that they ask for, and the {@link Ring}
 * that they look at, which is there while anybody watches.
 *
 * <p>Thread-safe. One thread begins, adds and asks whether to go on.
 */
public final class Subscribers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Subscribers.class);

  /** How many events the ring holds. */
  private static final int RING = 1 << 15;

  private static final int MOST = 20_000;

  /** How long the ring is kept after the last watcher has left. */
  private static final Duration LINGER = Duration.ofSeconds(10);

  private final long ringRoom;

  // All guarded by this, so that nobody is added to the topics, and told from which event on to
  // look, while events are added.
  private final Set<Subscriber> all = new HashSet<>();
  private final Map<Topic, Set<Subscriber>> topics = new HashMap<>();

  /** How many subscribers of each project ask for labels. */
  private final Map<Integer, Integer> byLabel = new HashMap<>();

  /** Null while nobody watches. */
  private @Nullable Ring ring;

  private boolean closed;
  private long watchedAt;

  /** All events up to this position are in the ring and have been offered. */
  private volatile long offered;

  /**
   * @param ringRoom how many bytes of changes the ring holds at most
   */
  public Subscribers(long ringRoom) {
    this.ringRoom = ringRoom;
  }

  /**
   * Takes one in, who is told of nothing yet.
   *
   * @throws Overloaded when there are too many, or the node stops
   */
  synchronized Subscriber subscribe(Matcher matcher) {
    if (closed) {
      throw stopping();
    }
    if (all.size() >= MOST) {
      throw new Overloaded("this node has too many watches; try again, or another node");
    }
    var subscriber = new Subscriber(matcher);
    all.add(subscriber);
    notifyAll();
    return subscriber;
  }

  private static Overloaded stopping() {
    return new Overloaded("the server is stopping; resume at another node, or in a moment");
  }

  /**
   * Waits for the ring, which the first subscriber has the reader make; false if that takes longer.
   */
  synchronized boolean awaitRing(Duration longest) throws InterruptedException {
    if (ring == null && !closed) {
      wait(Math.max(1, longest.toMillis()));
    }
    return ring != null;
  }

  /**
   * Tells a subscriber from now on of all that comes after a position.
   *
   * @return the ring to look at; null if it does not have all that comes after the position
   */
  synchronized @Nullable Ring attach(Subscriber subscriber, long position) {
    Ring ring = this.ring;
    if (ring == null || !ring.covers(position)) {
      return null;
    }
    for (Topic topic : subscriber.matcher().topics()) {
      topics.computeIfAbsent(topic, _ -> new HashSet<>()).add(subscriber);
      if (topic instanceof Topic.OfLabel(int project, String _, String _)) {
        byLabel.merge(project, 1, Integer::sum);
      }
    }
    subscriber.offer(ring.firstBehind(position));
    return ring;
  }

  /** Forgets one. */
  synchronized void leave(Subscriber subscriber) {
    if (!all.remove(subscriber)) {
      return;
    }
    for (Topic topic : subscriber.matcher().topics()) {
      Set<Subscriber> others = topics.get(topic);
      if (others != null && others.remove(subscriber)) {
        if (others.isEmpty()) {
          topics.remove(topic);
        }
        if (topic instanceof Topic.OfLabel(int project, String _, String _)) {
          byLabel.computeIfPresent(project, (_, count) -> count == 1 ? null : count - 1);
        }
      }
    }
  }

  long offered() {
    return offered;
  }

  synchronized int count() {
    return all.size();
  }

  /** Waits until there is one. */
  synchronized void awaitAny() throws InterruptedException {
    while (all.isEmpty()) {
      wait();
    }
  }

  synchronized boolean haveBegun() {
    return ring != null;
  }

  /** Makes the ring, for the events behind a position. */
  synchronized void begin(long position) {
    offered = position;
    ring = new Ring(RING, ringRoom, position);
    notifyAll();
  }

  /** Whether to go on; lets go of the ring when nobody has watched for a while. */
  synchronized boolean goOn() {
    long now = System.nanoTime();
    if (!all.isEmpty()) {
      watchedAt = now;
    } else if (now - watchedAt > LINGER.toNanos()) {
      ring = null;
      return false;
    }
    return true;
  }

  /** Those of some events whose changes somebody is going to ask for. */
  synchronized List<Event> ofConcern(List<Event> some) {
    return some.stream()
        .filter(event ->
            byLabel.containsKey(event.projectId())
                || topics.containsKey(new Topic.OfProject(event.projectId()))
                || topics.containsKey(new Topic.OfJob(event.job())))
        .toList();
  }

  /** Adds the events that follow, and tells those whom they concern. */
  synchronized void add(List<Entry> entries) {
    requireNonNull(ring).add(entries);
    entries.forEach(this::offer);
    offered = entries.getLast().event().position();
  }

  private void offer(Entry entry) {
    int project = entry.event().projectId();
    offer(new Topic.OfJob(entry.event().job()), entry);
    offer(new Topic.OfProject(project), entry);
    if (!byLabel.containsKey(project)) {
      return;
    }
    Change change = entry.change();
    if (change != null) {
      change
          .job()
          .spec()
          .labels()
          .forEach((key, value) -> offer(new Topic.OfLabel(project, key, value), entry));
    } else {
      // The first subscriber for labels came while changes were looked up, or the change was
      // forgotten again.
      topics.keySet().stream()
          .filter(topic -> topic instanceof Topic.OfLabel label && label.project() == project)
          .forEach(topic -> offer(topic, entry));
    }
  }

  private void offer(Topic topic, Entry entry) {
    topics.getOrDefault(topic, Set.of()).forEach(one -> one.offer(entry.ordinal()));
  }

  /** Ends all; whoever takes is told that the node stops. */
  @Override
  public synchronized void close() {
    if (!closed && !all.isEmpty()) {
      log.atInfo().addKeyValue("watches", all.size()).log("watches are ended");
    }
    closed = true;
    all.forEach(subscriber -> subscriber.end(stopping()));
    notifyAll();
  }
}
