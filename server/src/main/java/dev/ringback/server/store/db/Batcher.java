package dev.ringback.server.store.db;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Group commit: while one batch is written the next one gathers, so that one statement and one
 * commit serve many, and a lone item never waits for company.
 *
 * <p>Thread-safe. Items are written in the order in which they came; but where there are several
 * writers, their batches overlap.
 *
 * @param <T> what is written
 * @param <R> what is answered for each
 */
public final class Batcher<T, R> implements AutoCloseable {
  private static final Duration WAKE_EVERY = Duration.ofMillis(5);

  private final Limits limits;
  private final ToIntFunction<T> bytes;
  private final Function<List<T>, List<R>> write;
  private final BlockingQueue<Item<T, R>> waiting;
  private final List<Thread> writers = new ArrayList<>();

  /** Wakes a writer that waits, and looks like an item that was taken back. */
  private final Item<T, R> wake;

  private volatile boolean closed;

  /**
   * How much is taken and written at a time.
   *
   * @param waiting how many items may wait before {@link #offer} refuses
   * @param items how many items a batch may hold
   * @param bytes how many bytes a batch may hold, unless it is one item
   * @param writers how many batches may be written at the same time
   */
  public record Limits(int waiting, int items, int bytes, int writers) {}

  private record Item<T, R>(@Nullable T content, int size, CompletableFuture<R> answer) {
    T value() {
      return requireNonNull(content);
    }
  }

  /**
   * Starts the writers.
   *
   * @param bytes about how large an item is
   * @param write writes a batch and answers for each item in order; when it throws, each item is
   *     tried alone, so that one bad item harms no other, unless the database is away
   */
  public Batcher(
      String name, Limits limits, ToIntFunction<T> bytes, Function<List<T>, List<R>> write) {
    this.limits = limits;
    this.bytes = bytes;
    this.write = write;
    this.waiting = new ArrayBlockingQueue<>(limits.waiting());
    this.wake = new Item<>(null, 0, CompletableFuture.failedFuture(new Unavailable()));
    for (int i = 0; i < limits.writers(); i++) {
      writers.add(Thread.ofPlatform().name(name + "-" + i).daemon().start(this::loop));
    }
  }

  /**
   * Hands over an item; null when too many wait already, or none is taken any more. Whoever cancels
   * the answer before its batch is begun takes the item back.
   */
  public @Nullable CompletableFuture<R> offer(T value) {
    Item<T, R> item = item(value);
    return !closed && waiting.offer(item) && isTaken(item) ? item.answer() : null;
  }

  /**
   * Hands over an item, waiting for room.
   *
   * @throws InterruptedException also when none is taken any more
   */
  public CompletableFuture<R> put(T value) throws InterruptedException {
    if (closed) {
      throw new InterruptedException("closed");
    }
    Item<T, R> item = item(value);
    waiting.put(item);
    if (!isTaken(item)) {
      throw new InterruptedException("closed");
    }
    return item.answer();
  }

  /**
   * Whether an item that waits will be written: it may have come when no writer looked any more.
   */
  private boolean isTaken(Item<T, R> item) {
    return !closed || !waiting.remove(item);
  }

  private Item<T, R> item(T value) {
    return new Item<>(value, bytes.applyAsInt(value), new CompletableFuture<>());
  }

  private void loop() {
    try {
      Item<T, R> first = next();
      while (first != null) {
        List<Item<T, R>> batch = new ArrayList<>();
        Item<T, R> carried = gather(first, batch);
        write(batch);
        first = carried != null ? carried : next();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits only while this is open: what is left after that may still be taken back by whoever
   * offered it. Null at the end.
   */
  private @Nullable Item<T, R> next() throws InterruptedException {
    return closed ? waiting.poll() : waiting.take();
  }

  /** Fills the batch with what waits already. The item that no longer fitted begins the next. */
  private @Nullable Item<T, R> gather(Item<T, R> first, List<Item<T, R>> batch) {
    batch.add(first);
    long size = first.size();
    while (batch.size() < limits.items()) {
      Item<T, R> next = waiting.poll();
      if (next == null) {
        return null;
      }
      size += next.size();
      if (size > limits.bytes()) {
        return next;
      }
      batch.add(next);
    }
    return null;
  }

  private void write(List<Item<T, R>> gathered) {
    List<Item<T, R>> batch = gathered.stream().filter(item -> !item.answer().isDone()).toList();
    if (batch.isEmpty()) {
      return;
    }
    List<R> answers;
    try {
      answers = write.apply(batch.stream().map(Item::value).toList());
    } catch (Unavailable e) {
      batch.forEach(item -> item.answer().completeExceptionally(e));
      return;
    } catch (OutOfMemoryError e) {
      // No fault of the items, and the end of this node.
      batch.forEach(item -> item.answer().completeExceptionally(e));
      throw e;
    } catch (Throwable e) {
      if (batch.size() == 1) {
        batch.getFirst().answer().completeExceptionally(e);
      } else {
        batch.forEach(item -> write(List.of(item)));
      }
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      batch.get(i).answer().complete(answers.get(i));
    }
  }

  /** Writes what waits, then ends. Takes nothing more. */
  @Override
  public void close() throws InterruptedException {
    closed = true;
    for (Thread writer : writers) {
      // Again and again: the wake may find no room, or be taken by a writer that was not waiting.
      do {
        waiting.offer(wake);
      } while (!writer.join(WAKE_EVERY));
    }
    // What came after the last writer had looked.
    List<Item<T, R>> rest = new ArrayList<>();
    waiting.drainTo(rest);
    rest.forEach(item -> write(List.of(item)));
  }
}
