package dev.ringback.server.watch;

import dev.ringback.server.job.Change;
import dev.ringback.server.job.Event;
import dev.ringback.server.refusal.Late.WatcherTooSlow;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The newest events of the feed, all of them, in places that are used again and again. Here they
 * are counted by ordinals from 0, which have no gaps, unlike positions.
 *
 * <p>One thread at a time adds, or asks what is covered; any may read meanwhile.
 */
final class Ring {
  private final AtomicReferenceArray<@Nullable Entry> places;

  /** How many bytes of changes it holds at most. */
  private final long room;

  private long held;

  /** The place whose change is forgotten next. */
  private int hand;

  /** The ordinal of the next event. */
  private volatile long end;

  /** Every event of the feed after this position is here, up to the last that was read. */
  private long floor;

  /** An event, and its change once somebody has looked it up. */
  static final class Entry {
    private final Event event;
    private long ordinal;
    private volatile @Nullable Change change;

    Entry(Event event, @Nullable Change change) {
      this.event = event;
      this.change = change;
    }

    Event event() {
      return event;
    }

    long ordinal() {
      return ordinal;
    }

    /** Null where nobody has looked it up, or it was forgotten again. */
    @Nullable Change change() {
      return change;
    }
  }

  /**
   * Makes an empty ring.
   *
   * @param room how many bytes of changes it holds at most: others are looked up again by those
   *     whom they concern
   * @param position the feed is read from here
   */
  Ring(int size, long room, long position) {
    this.room = room;
    this.places = new AtomicReferenceArray<>(size);
    this.floor = position;
  }

  /** Adds the events that follow. */
  synchronized void add(List<Entry> entries) {
    long next = end;
    for (Entry entry : entries) {
      Entry old = places.get(place(next));
      if (old != null) {
        floor = old.event.position();
        held -= bytes(old.change);
        old.change = null;
      }
      entry.ordinal = next;
      places.set(place(next), entry);
      held += bytes(entry.change);
      next++;
    }
    end = next;
    forget();
  }

  /** Keeps the change of an event that was looked up. */
  synchronized void keep(Entry entry, Change change) {
    if (entry.change == null && places.get(place(entry.ordinal)) == entry) {
      entry.change = change;
      held += bytes(change);
      forget();
    }
  }

  private static long bytes(@Nullable Change change) {
    return change == null ? 0 : change.bytes();
  }

  private void forget() {
    while (held > room) {
      Entry entry = places.get(hand);
      hand = (hand + 1) % places.length();
      if (entry != null) {
        held -= bytes(entry.change);
        entry.change = null;
      }
    }
  }

  private int place(long ordinal) {
    return (int) (ordinal % places.length());
  }

  /** Whether all events after a position are here. */
  boolean covers(long position) {
    return position >= floor;
  }

  long end() {
    return end;
  }

  /** The ordinal of the first event after a position that is covered; the end, if there is none. */
  long firstBehind(long position) {
    long low = Math.max(0, end - places.length());
    long high = end;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (get(middle).event.position() <= position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * An event.
   *
   * @param ordinal below {@link #end}
   * @throws WatcherTooSlow when its place has been used again
   */
  Entry get(long ordinal) {
    Entry entry = places.get(place(ordinal));
    if (entry == null || entry.ordinal != ordinal) {
      throw new WatcherTooSlow();
    }
    return entry;
  }
}
