package dev.ringback.server.watch;

import static java.util.Objects.requireNonNull;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.store.db.Signal;
import dev.ringback.server.store.db.Unavailable;
import dev.ringback.server.store.job.Events;
import dev.ringback.server.watch.Matcher.Topic;
import dev.ringback.server.watch.Ring.Entry;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The feed of events as this node tells it: read once from the database, however many watch, and
 * handed out to those whom it concerns. While nobody watches, nothing is read.
 *
 * <p>Thread-safe. One thread reads; what it has read is in a {@link Ring}.
 */
public final class Feed implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Feed.class);

  /** How many events the ring holds. */
  private static final int RING = 1 << 15;

  /**
   * How far back the ring begins when the first watcher comes: watchers who come over from a node
   * that died are served from memory.
   */
  private static final int LOOK_BACK = 10_000;

  private static final int PAGE = 1_000;

  /** How many changes are looked up at a time, each with its job, which may have 60 KiB. */
  private static final int CHANGES = 50;

  private static final int MAX_SUBSCRIPTIONS = 20_000;

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

  /** How long the ring is kept after the last watcher has left. */
  private static final Duration LINGER = Duration.ofSeconds(10);

  private final Events events;
  private final Signal happened;
  private final BooleanSupplier alone;
  private final Seats seats;
  private final Past past;
  private final long ringRoom;
  private final Thread thread;

  // All guarded by this.
  private final Set<Subscription> subscriptions = new HashSet<>();
  private final Map<Topic, Set<Subscription>> topics = new HashMap<>();

  /** How many subscriptions of each project ask for labels. */
  private final Map<Integer, Integer> byLabel = new HashMap<>();

  /** Null while nobody watches. */
  private @Nullable Ring ring;

  private boolean closed;
  private long watchedAt;

  /** All events up to this position are in the ring and have been offered. */
  private volatile long offered;

  /**
   * @param happened rings when this node has committed events
   * @param alone whether no other node is alive, as far as is known
   * @param room how many bytes all watches may hold; as much again is for what is read for them
   */
  public Feed(Events events, Signal happened, BooleanSupplier alone, long room) {
    this.events = events;
    this.happened = happened;
    this.alone = alone;
    this.seats = new Seats(room, room / 4);
    this.ringRoom = room / 4;
    this.past = new Past(events, room / 2);
    this.thread = Thread.ofPlatform().name("feed").daemon().start(this::loop);
  }

  /** The memory that watches may take. */
  public Seats seats() {
    return seats;
  }

  /** What is told from the database, since it is not in memory. */
  public Past past() {
    return past;
  }

  /**
   * Subscribes to what a filter lets through, after a position.
   *
   * @throws Overloaded when there are too many subscriptions, or the node stops
   */
  public synchronized Subscription subscribe(JobFilter filter, long position) {
    if (closed) {
      throw stopping();
    }
    if (subscriptions.size() >= MAX_SUBSCRIPTIONS) {
      throw new Overloaded("this node has too many watches; try again, or another node");
    }
    var subscription = new Subscription(this, filter, position);
    subscriptions.add(subscription);
    notifyAll();
    return subscription;
  }

  private static Overloaded stopping() {
    return new Overloaded("the server is stopping; resume at another node, or in a moment");
  }

  /**
   * Waits for the ring, which the first subscription has the reader make; false if that takes
   * longer.
   */
  synchronized boolean awaitRing(Duration longest) throws InterruptedException {
    if (ring == null && !closed) {
      wait(Math.max(1, longest.toMillis()));
    }
    return ring != null;
  }

  /** Lets a subscription look at the ring, if the ring has all it still needs. */
  synchronized boolean attach(Subscription subscription) {
    Ring ring = this.ring;
    if (ring == null || !ring.covers(subscription.position())) {
      return false;
    }
    for (Topic topic : subscription.matcher().topics()) {
      topics.computeIfAbsent(topic, _ -> new HashSet<>()).add(subscription);
      if (topic instanceof Topic.OfLabel) {
        byLabel.merge(subscription.filter().projectId(), 1, Integer::sum);
      }
    }
    subscription.attach(ring, ring.firstBehind(subscription.position()));
    return true;
  }

  /** Forgets a subscription. */
  synchronized void leave(Subscription subscription) {
    if (!subscriptions.remove(subscription)) {
      return;
    }
    for (Topic topic : subscription.matcher().topics()) {
      Set<Subscription> others = topics.get(topic);
      if (others != null && others.remove(subscription)) {
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

  synchronized int watchers() {
    return subscriptions.size();
  }

  private void loop() {
    try {
      while (true) {
        awaitWatchers();
        try {
          begin();
          do {
            follow();
          } while (isWatched());
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

  private synchronized void awaitWatchers() throws InterruptedException {
    while (subscriptions.isEmpty()) {
      wait();
    }
  }

  /** Makes the ring, unless a failure came in between. */
  private void begin() {
    if (ring() != null) {
      return;
    }
    long from = events.back(LOOK_BACK);
    synchronized (this) {
      offered = from;
      ring = new Ring(RING, ringRoom, from);
      notifyAll();
    }
  }

  private synchronized @Nullable Ring ring() {
    return ring;
  }

  /** Whether to go on; lets go of the ring when nobody has watched for a while. */
  private synchronized boolean isWatched() {
    long now = System.nanoTime();
    if (!subscriptions.isEmpty()) {
      watchedAt = now;
    } else if (now - watchedAt > LINGER.toNanos()) {
      ring = null;
      return false;
    }
    return true;
  }

  /** Reads what is new, or waits for it. */
  private void follow() throws InterruptedException {
    List<Event> found = events.after(offered, PAGE);
    if (!found.isEmpty()) {
      for (int i = 0; i < found.size(); i += CHANGES) {
        add(found.subList(i, Math.min(i + CHANGES, found.size())));
      }
    }
    if (found.size() < PAGE) {
      if (!found.isEmpty()) {
        TimeUnit.NANOSECONDS.sleep(REST.toNanos());
      }
      happened.await(alone.getAsBoolean() ? LOOK_ALONE : LOOK);
    }
  }

  private void add(List<Event> some) {
    // Looked up once for all whom they concern, before these are told, so that none waits for it.
    Map<Long, Change> changes = past.lookUp(ofConcern(some));
    List<Entry> entries =
        some.stream().map(event -> new Entry(event, changes.get(event.position()))).toList();
    synchronized (this) {
      Ring ring = requireNonNull(this.ring);
      ring.add(entries);
      entries.forEach(this::offer);
      offered = entries.getLast().event().position();
    }
  }

  private synchronized List<Event> ofConcern(List<Event> some) {
    return some.stream()
        .filter(event ->
            byLabel.containsKey(event.projectId())
                || topics.containsKey(new Topic.OfProject(event.projectId()))
                || topics.containsKey(new Topic.OfJob(event.job())))
        .toList();
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
      // The first subscription for labels came while changes were looked up, or the change was
      // forgotten again.
      topics.keySet().stream()
          .filter(topic -> topic instanceof Topic.OfLabel label && label.project() == project)
          .forEach(topic -> offer(topic, entry));
    }
  }

  private void offer(Topic topic, Entry entry) {
    topics.getOrDefault(topic, Set.of()).forEach(one -> one.offer(entry.ordinal()));
  }

  /** Ends all subscriptions; whoever takes from one is told that the node stops. */
  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join();
    synchronized (this) {
      if (!closed && !subscriptions.isEmpty()) {
        log.atInfo().addKeyValue("watches", watchers()).log("watches are ended");
      }
      closed = true;
      subscriptions.forEach(subscription -> subscription.end(stopping()));
      notifyAll();
    }
  }
}
