package dev.ringback.server.watch;

import static java.util.Objects.requireNonNull;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.refusal.Exhausted.Overloaded;
import dev.ringback.server.refusal.Refusal;
import dev.ringback.server.watch.Ring.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place in the feed from which somebody is told, change by change, what a filter lets through.
 *
 * <p>It holds no events of its own, however far behind its owner is: only where to look next. From
 * its first position until it has caught up with what the node has in memory, it reads the
 * database.
 *
 * <p>One thread takes, and closes it.
 */
public final class Subscription implements AutoCloseable {
  /** How many changes are taken at a time. */
  private static final int BATCH = 50;

  /** How many bytes they take at most, unless it is one. */
  private static final long BYTES = 16 << 10;

  private final Subscribers subscribers;
  private final Past past;
  private final Matcher matcher;
  private final Subscriber subscriber;

  /** Everything up to this position has been taken, or does not concern it. */
  private long position;

  /** The ring to look at, once it covers the position. */
  private @Nullable Ring ring;

  /** Ordinals of the ring below this have been looked at. */
  private long cursor;

  /**
   * What was taken.
   *
   * @param changes may be none
   * @param position everything up to it that the filter lets through has now been taken
   */
  public record Batch(List<Change> changes, long position) {}

  /**
   * Subscribes to what a filter lets through, after a position.
   *
   * @throws Overloaded when there are too many subscriptions, or the node stops
   */
  public Subscription(Subscribers subscribers, Past past, JobFilter filter, long position) {
    this.subscribers = subscribers;
    this.past = past;
    this.matcher = new Matcher(filter);
    this.position = position;
    this.subscriber = subscribers.subscribe(matcher);
  }

  /** Everything up to this position that the filter lets through has been taken. */
  public long position() {
    return position;
  }

  /** Goes on from memory, if that has all that is still needed; says whether it does. */
  boolean attach() {
    if (ring == null) {
      ring = subscribers.attach(subscriber, position);
    }
    return ring != null;
  }

  /**
   * Takes what comes next, waiting for it.
   *
   * @param to nothing after this position is taken
   * @param longest how long to wait before an empty batch is answered
   * @throws Refusal when it can't go on: the events wanted are no longer kept, or in memory; the
   *     node stops; the database is away
   */
  public Batch take(long to, Duration longest) throws InterruptedException {
    if (ring == null) {
      boolean begun = subscribers.awaitRing(longest);
      subscriber.check();
      if (!begun) {
        return new Batch(List.of(), position);
      }
      if (!attach()) {
        return catchUp(to);
      }
    }
    subscriber.await(longest);
    // Read before what is pending, so that all that was offered up to here is seen there.
    long offered = subscribers.offered();
    long next = subscriber.take();
    if (next == Subscriber.NOTHING) {
      position = Math.max(position, Math.min(offered, to));
      return new Batch(List.of(), position);
    }
    return look(Math.max(next, cursor), to);
  }

  private Batch look(long from, long to) throws InterruptedException {
    Ring ring = requireNonNull(this.ring);
    List<Entry> found = new ArrayList<>();
    long end = ring.end();
    long at = from;
    for (; at < end && found.size() < BATCH; at++) {
      Entry entry = ring.get(at);
      if (entry.event().position() > to) {
        position = Math.max(position, to);
        break;
      }
      if (entry.event().position() > position) {
        position = entry.event().position();
        if (matcher.mayPass(entry.event())) {
          found.add(entry);
        }
      }
    }
    cursor = at;
    if (at < end) {
      subscriber.offer(at);
    }
    List<Change> passing = passing(past.describe(matcher.filter().projectId(), ring, found));
    List<Change> some = firstOf(passing);
    if (some.size() < passing.size()) {
      long next = passing.get(some.size()).event().position();
      position = next - 1;
      cursor =
          found.stream()
              .filter(entry -> entry.event().position() == next)
              .mapToLong(Entry::ordinal)
              .findAny()
              .orElseThrow();
      subscriber.offer(cursor);
    }
    return new Batch(some, position);
  }

  /** As many as are taken at a time, so that a slow watcher holds no more of them. */
  private static List<Change> firstOf(List<Change> changes) {
    long bytes = 0;
    for (int i = 0; i < changes.size(); i++) {
      bytes += changes.get(i).bytes();
      if (bytes > BYTES && i > 0) {
        return List.copyOf(changes.subList(0, i));
      }
    }
    return changes;
  }

  /** Reads the database, a stretch of the feed at a time. */
  private Batch catchUp(long to) throws InterruptedException {
    Past.Stretch stretch = past.read(matcher.filter(), position, to, BATCH);
    List<Change> passing = passing(stretch.changes());
    List<Change> some = firstOf(passing);
    position =
        some.size() < passing.size()
            ? passing.get(some.size()).event().position() - 1
            : stretch.to();
    return new Batch(some, position);
  }

  private List<Change> passing(List<Change> changes) {
    return changes.stream().filter(matcher::passes).toList();
  }

  @Override
  public void close() {
    subscribers.leave(subscriber);
  }
}
