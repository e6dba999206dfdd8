package dev.ringback.server.watch;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.job.JobFilter;
import dev.ringback.server.refusal.Invalid.TooOld;
import dev.ringback.server.store.db.Turns;
import dev.ringback.server.store.job.Events;
import dev.ringback.server.watch.Ring.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Reads from the database what watchers are told and what is not in memory: for a few of them at a
 * time, in turns.
 *
 * <p>Thread-safe.
 */
public final class Past {
  /** How many read at the same time. */
  public static final int READERS = 3;

  private static final int WAITING = 20_000;

  /** How long one waits for its turn. */
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** More bytes than changes take while they are read. */
  private static final long READING = 4 << 20;

  /** How many positions are read for one subscription at a time: those of 256 rows at most. */
  private static final int STRETCH = 256 * Events.POSITIONS_A_ROW;

  private final Events events;
  private final Turns turns;

  /**
   * @param room how many bytes may be in memory while they are read
   */
  public Past(Events events, long room) {
    this.events = events;
    this.turns = new Turns(new Turns.Limits(READERS, room, WAITING, LONGEST));
  }

  /** A part of the past that was read for a subscription. */
  record Stretch(List<Change> changes, long to) {}

  /** Runs a query for a project's watcher: only a few run at the same time, the others wait. */
  <T> T query(int project, Supplier<T> query) throws InterruptedException {
    try (Turns.Turn _ = turns.take(project, READING)) {
      return query.get();
    }
  }

  /**
   * Reads a part of the past.
   *
   * @param limit how many changes at most
   * @throws TooOld when the position is no longer kept
   */
  Stretch read(JobFilter filter, long position, long to, int limit) throws InterruptedException {
    return query(
        filter.projectId(),
        () -> {
          long end = Math.min(Math.min(to, events.head().position()), position + STRETCH);
          List<Event> found =
              events.ofProject(filter.projectId(), filter.ids(), position, end, limit);
          // Asked last, since old events may be dropped while they are read.
          long horizon = events.head().horizon();
          if (position < horizon) {
            throw new TooOld(horizon);
          }
          long reached = found.size() < limit ? end : found.getLast().position();
          return new Stretch(events.describe(found), Math.max(position, reached));
        });
  }

  /** Changes of entries of a ring for a project, looking up those that it does not hold. */
  List<Change> describe(int project, Ring ring, List<Entry> entries) throws InterruptedException {
    Map<Long, Change> changes = new HashMap<>();
    List<Entry> unknown = new ArrayList<>();
    for (Entry entry : entries) {
      Change change = entry.change();
      if (change != null) {
        changes.put(entry.event().position(), change);
      } else {
        unknown.add(entry);
      }
    }
    if (!unknown.isEmpty()) {
      changes.putAll(query(project, () -> lookUp(unknown.stream().map(Entry::event).toList())));
      for (Entry entry : unknown) {
        Change change = changes.get(entry.event().position());
        if (change != null) {
          ring.keep(entry, change);
        }
      }
    }
    return entries.stream()
        .map(entry -> changes.get(entry.event().position()))
        .filter(Objects::nonNull)
        .toList();
  }

  /** The changes behind events, by their positions; takes no turn. */
  Map<Long, Change> lookUp(List<Event> some) {
    Map<Long, Change> found = new HashMap<>();
    events.describe(some).forEach(change -> found.put(change.event().position(), change));
    return found;
  }
}
