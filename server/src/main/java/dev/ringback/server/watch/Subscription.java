package dev.ringback.server.watch;

import static java.util.Objects.requireNonNull;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.JobFilter;
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

  private static final long NOTHING = Long.MAX_VALUE;

  private final Feed feed;
  private final Matcher matcher;

  /** Everything up to this position has been taken, or does not concern it. */
  private long position;

  /** The ring to look at, once it covers the position. */
  private @Nullable Ring ring;

  /** Ordinals of the ring below this have been looked at. */
  private long cursor;

  /** The first ordinal since the last look that may concern this subscription. Guarded by this. */
  private long pending = NOTHING;

  /** Why it ended. Guarded by this. */
  private @Nullable Refusal end;

  /**
   * What was taken.
   *
   * @param changes may be none
   * @param position everything up to it that the filter lets through has now been taken
   */
  public record Batch(List<Change> changes, long position) {}

  Subscription(Feed feed, JobFilter filter, long position) {
    this.feed = feed;
    this.matcher = new Matcher(filter);
    this.position = position;
  }

  JobFilter filter() {
    return matcher.filter();
  }

  Matcher matcher() {
    return matcher;
  }

  /** Everything up to this position that the filter lets through has been taken. */
  public long position() {
    return position;
  }

  /** From here on it looks at the ring, beginning with an ordinal. */
  void attach(Ring covering, long first) {
    ring = covering;
    cursor = first;
    offer(first);
  }

  /** Says that something at an ordinal, or after it, may concern this subscription. */
  synchronized void offer(long ordinal) {
    // A take that got as much as it may offers what is left, perhaps after something newer was
    // offered.
    if (ordinal < pending) {
      pending = ordinal;
      notifyAll();
    }
  }

  /** Ends it: whoever takes gets the reason. */
  synchronized void end(Refusal reason) {
    end = reason;
    notifyAll();
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
      boolean begun = feed.awaitRing(longest);
      check();
      if (!begun) {
        return new Batch(List.of(), position);
      }
      if (!feed.attach(this)) {
        return catchUp(to);
      }
    }
    await(longest);
    // Read before what is pending, so that all that was offered up to here is seen there.
    long offered = feed.offered();
    long from;
    synchronized (this) {
      check();
      if (pending == NOTHING) {
        position = Math.max(position, Math.min(offered, to));
        return new Batch(List.of(), position);
      }
      from = Math.max(pending, cursor);
      pending = NOTHING;
    }
    return look(from, to);
  }

  private synchronized void check() {
    if (end != null) {
      throw end;
    }
  }

  private synchronized void await(Duration longest) throws InterruptedException {
    if (pending == NOTHING && end == null) {
      wait(Math.max(1, longest.toMillis()));
    }
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
      offer(at);
    }
    List<Change> passing = passing(feed.past().describe(filter().projectId(), ring, found));
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
      offer(cursor);
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
    Past.Stretch stretch = feed.past().read(filter(), position, to, BATCH);
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
    feed.leave(this);
  }
}
