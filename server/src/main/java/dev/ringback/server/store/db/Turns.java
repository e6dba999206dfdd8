package dev.ringback.server.store.db;

import dev.ringback.server.refusal.Exhausted.TooMuch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Gives turns to calls that read: as many at a time as there are connections for them, and memory
 * for what they read. Both are shared out among projects, see {@link Room}. Projects that wait get
 * their turns one after the other, however many calls of each wait.
 *
 * <p>Thread-safe.
 */
public final class Turns {
  private final Limits limits;
  private final Room connections;
  private final Room memory;
  private final Room places;

  // All guarded by this.
  private final Map<Integer, Deque<Waiter>> waiting = new LinkedHashMap<>();
  private long ended;

  /**
   * How much there is.
   *
   * @param turns how many may read at the same time
   * @param bytes how many bytes they may hold, with what they have read
   * @param waiting how many may wait
   * @param longest how long one waits before it is refused
   */
  public record Limits(int turns, long bytes, int waiting, Duration longest) {}

  private record Waiter(long bytes, CompletableFuture<Turn> turn) {}

  public Turns(Limits limits) {
    this.limits = limits;
    this.connections = new Room(limits.turns());
    this.memory = new Room(limits.bytes());
    this.places = new Room(limits.waiting());
  }

  /** A connection until the call has read, and memory until what it read is let go. */
  public final class Turn implements AutoCloseable {
    private final int project;
    private long bytes;
    private boolean reading = true;

    private Turn(int project, long bytes) {
      this.project = project;
      this.bytes = bytes;
    }

    /**
     * Gives the connection back: the call has read.
     *
     * @param kept how many bytes are held until the turn is closed
     */
    public synchronized void read(long kept) {
      if (reading) {
        reading = false;
        connections.giveBack(project, 1);
        memory.giveBack(project, bytes - kept);
        bytes = kept;
        next(true);
      }
    }

    /** Gives back all that is held. */
    @Override
    public synchronized void close() {
      read(0);
      if (bytes > 0) {
        memory.giveBack(project, bytes);
        bytes = 0;
        next(false);
      }
    }
  }

  /**
   * Waits for a turn.
   *
   * @param bytes how many bytes are held at most while the call reads
   * @throws TooMuch when too many calls wait already, or this one has waited for too long
   * @throws Unavailable when it has waited for too long and no other call has finished reading
   *     meanwhile
   */
  public Turn take(int project, long bytes) throws InterruptedException {
    Waiter waiter = new Waiter(bytes, new CompletableFuture<>());
    long before;
    synchronized (this) {
      Optional<Turn> turn = waiting.containsKey(project) ? Optional.empty() : begin(project, bytes);
      if (turn.isPresent()) {
        return turn.get();
      }
      if (!places.take(project, 1)) {
        throw new TooMuch("too many calls of this project are waiting; try again");
      }
      waiting.computeIfAbsent(project, _ -> new ArrayDeque<>()).add(waiter);
      before = ended;
    }
    boolean had = false;
    try {
      Turn turn = waiter.turn().get(limits.longest().toNanos(), TimeUnit.NANOSECONDS);
      had = true;
      return turn;
    } catch (TimeoutException | ExecutionException e) {
      throw hasEndedSince(before)
          ? new TooMuch("the calls of this project wait for too long; try again")
          : new Unavailable();
    } finally {
      leave(project, waiter, had);
    }
  }

  private synchronized boolean hasEndedSince(long before) {
    return ended != before;
  }

  private Optional<Turn> begin(int project, long bytes) {
    if (!connections.take(project, 1)) {
      return Optional.empty();
    }
    if (!memory.take(project, bytes)) {
      connections.giveBack(project, 1);
      return Optional.empty();
    }
    return Optional.of(new Turn(project, bytes));
  }

  private void leave(int project, Waiter waiter, boolean had) {
    synchronized (this) {
      places.giveBack(project, 1);
      Deque<Waiter> own = waiting.get(project);
      if (own != null && own.remove(waiter) && own.isEmpty()) {
        waiting.remove(project);
      }
    }
    if (!had && !waiter.turn().cancel(false) && !waiter.turn().isCancelled()) {
      // The turn came at the last moment.
      waiter.turn().join().close();
    }
  }

  private synchronized void next(boolean hasEnded) {
    ended += hasEnded ? 1 : 0;
    boolean any = true;
    while (any) {
      any = false;
      for (int project : List.copyOf(waiting.keySet())) {
        any |= next(project);
      }
    }
  }

  /** Gives the first call of a project its turn, and moves the project behind the others. */
  private boolean next(int project) {
    Deque<Waiter> own = waiting.get(project);
    Waiter first = own == null ? null : own.peek();
    if (own == null || first == null) {
      return false;
    }
    Optional<Turn> turn = begin(project, first.bytes());
    if (turn.isEmpty()) {
      return false;
    }
    own.remove();
    waiting.remove(project);
    if (!own.isEmpty()) {
      waiting.put(project, own);
    }
    if (!first.turn().complete(turn.get())) {
      // The call has left.
      connections.giveBack(project, 1);
      memory.giveBack(project, first.bytes());
    }
    return true;
  }
}
