package dev.ringback.server.store;

import dev.ringback.server.job.RefusedException.DatabaseUnavailable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Group commit: while one batch is being written the next one gathers, so that one statement and
 * one commit serve many, and a lone item never waits for company.
 *
 * <p>Thread-safe. Items are written in the order they came, but for the batches of several writers,
 * which overlap.
 *
 * @param <T> what is written
 * @param <R> what is answered for each
 */
public final class Batcher<T, R> implements AutoCloseable {
  private final Limits limits;
  private final ToIntFunction<T> bytes;
  private final Function<List<T>, List<R>> write;
  private final BlockingQueue<Item<T, R>> waiting;
  private final List<Thread> writers = new ArrayList<>();
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

  private record Item<T, R>(T value, CompletableFuture<R> answer) {}

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
    for (int i = 0; i < limits.writers(); i++) {
      writers.add(Thread.ofPlatform().name(name + "-" + i).daemon().start(this::loop));
    }
  }

  /**
   * Hands over an item; null when too many wait already, or none is taken any more. Whoever cancels
   * the answer before its batch is begun takes the item back.
   */
  public @Nullable CompletableFuture<R> offer(T value) {
    var item = new Item<>(value, new CompletableFuture<R>());
    return !closed && waiting.offer(item) ? item.answer() : null;
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
    var item = new Item<>(value, new CompletableFuture<R>());
    waiting.put(item);
    return item.answer();
  }

  private void loop() {
    Item<T, R> carried = null;
    while (true) {
      try {
        Item<T, R> first = carried != null ? carried : waiting.poll(100, TimeUnit.MILLISECONDS);
        carried = null;
        if (first != null) {
          List<Item<T, R>> batch = new ArrayList<>();
          carried = gather(first, batch);
          write(batch);
        } else if (closed) {
          return;
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** Fills the batch with what waits already. The item that no longer fitted begins the next. */
  private @Nullable Item<T, R> gather(Item<T, R> first, List<Item<T, R>> batch) {
    batch.add(first);
    long size = bytes.applyAsInt(first.value());
    while (batch.size() < limits.items()) {
      Item<T, R> next = waiting.poll();
      if (next == null) {
        return null;
      }
      size += bytes.applyAsInt(next.value());
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
    } catch (DatabaseUnavailable e) {
      batch.forEach(item -> item.answer().completeExceptionally(e));
      return;
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
      writer.join();
    }
  }
}
