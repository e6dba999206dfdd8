package dev.ringback.server.store.db;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.ringback.server.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Group commit. */
@Timeout(30)
final class BatcherTest {
  private static final Batcher.Limits LIMITS = new Batcher.Limits(100, 10, 1_000, 1);

  /** The batches as they were written, each text being as large as it is long. */
  private final List<List<String>> written = new CopyOnWriteArrayList<>();

  /** One for each batch that may be written. */
  private final Semaphore allowed = new Semaphore(0);

  private final Semaphore begun = new Semaphore(0);
  private final List<Batcher<String, String>> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    allowed.release(1_000_000);
    for (var batcher : opened) {
      batcher.close();
    }
  }

  private Batcher<String, String> batcher(Batcher.Limits limits) {
    return batcher(limits, batch -> batch.stream().map(text -> text + "!").toList());
  }

  private Batcher<String, String> batcher(
      Batcher.Limits limits, Function<List<String>, List<String>> write) {
    var batcher =
        new Batcher<String, String>(
            "test",
            limits,
            String::length,
            batch -> {
              begun.release();
              allowed.acquireUninterruptibly();
              written.add(batch);
              return write.apply(batch);
            });
    opened.add(batcher);
    return batcher;
  }

  private static CompletableFuture<String> offer(Batcher<String, String> batcher, String text) {
    return requireNonNull(batcher.offer(text));
  }

  /** Lets the writer be busy with one item, so that what comes next gathers. */
  private CompletableFuture<String> busy(Batcher<String, String> batcher) throws Exception {
    var first = offer(batcher, "first");
    assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    return first;
  }

  @Test
  void leavesOutWhatWasTakenBack() throws Exception {
    var batcher = batcher(LIMITS);
    var first = busy(batcher);
    var second = offer(batcher, "second");
    var third = offer(batcher, "third");
    second.cancel(false);
    allowed.release(2);
    assertThat(answer(first)).isEqualTo("first!");
    assertThat(answer(third)).isEqualTo("third!");
    assertThat(written).containsExactly(List.of("first"), List.of("third"));
  }

  private static String answer(CompletableFuture<String> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  private static Throwable failure(CompletableFuture<String> future) {
    Throwable thrown = catchThrowable(() -> future.orTimeout(20, TimeUnit.SECONDS).join());
    return thrown instanceof CompletionException e ? requireNonNull(e.getCause()) : thrown;
  }

  @Test
  void aLoneItemWaitsForNoCompany() throws Exception {
    allowed.release();
    assertThat(answer(offer(batcher(LIMITS), "a"))).isEqualTo("a!");
    assertThat(written).containsExactly(List.of("a"));
  }

  @Test
  void gathersWhileABatchIsBeingWritten() throws Exception {
    var batcher = batcher(LIMITS);
    var first = busy(batcher);
    var a = offer(batcher, "a");
    var b = offer(batcher, "b");
    var c = batcher.put("c");
    assertThat(first).isNotDone();
    allowed.release(2);
    assertThat(List.of(answer(first), answer(a), answer(b), answer(c)))
        .containsExactly("first!", "a!", "b!", "c!");
    assertThat(written).containsExactly(List.of("first"), List.of("a", "b", "c"));
  }

  @Test
  void holdsNoMoreItemsThanAllowed() throws Exception {
    var batcher = batcher(new Batcher.Limits(100, 3, 1_000, 1));
    var _ = busy(batcher);
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      all.add(offer(batcher, "" + i));
    }
    allowed.release(100);
    for (int i = 0; i < 7; i++) {
      assertThat(answer(all.get(i))).isEqualTo(i + "!");
    }
    assertThat(written)
        .containsExactly(
            List.of("first"), List.of("0", "1", "2"), List.of("3", "4", "5"), List.of("6"));
  }

  @Test
  void holdsNoMoreBytesThanAllowedUnlessItIsOneItem() throws Exception {
    var batcher = batcher(new Batcher.Limits(100, 100, 10, 1));
    var _ = busy(batcher);
    String huge = "h".repeat(25);
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (String text : List.of("aaaaaa", "bbbb", "c", huge, "dd", "ee")) {
      all.add(offer(batcher, text));
    }
    allowed.release(100);
    for (var each : all) {
      answer(each);
    }
    assertThat(written)
        .containsExactly(
            List.of("first"),
            List.of("aaaaaa", "bbbb"),
            List.of("c"),
            List.of(huge),
            List.of("dd", "ee"));
  }

  @Test
  void refusesWhenTooManyWait() throws Exception {
    var batcher = batcher(new Batcher.Limits(2, 10, 1_000, 1));
    var _ = busy(batcher);
    var a = offer(batcher, "a");
    var b = offer(batcher, "b");
    assertThat(batcher.offer("c")).isNull();
    allowed.release(2);
    answer(a);
    answer(b);
    allowed.release();
    assertThat(answer(offer(batcher, "d"))).isEqualTo("d!");
    assertThat(written).containsExactly(List.of("first"), List.of("a", "b"), List.of("d"));
  }

  @Test
  void waitsForRoomWhereAsked() throws Exception {
    var batcher = batcher(new Batcher.Limits(1, 10, 1_000, 1));
    var _ = busy(batcher);
    var _ = offer(batcher, "a");
    var put = new CompletableFuture<String>();
    Thread putter =
        Thread.ofPlatform()
            .start(() -> {
              try {
                put.complete(batcher.put("b").join());
              } catch (InterruptedException e) {
                put.completeExceptionally(e);
              }
            });
    Await.until("the putter", () -> putter.getState() == Thread.State.WAITING);
    assertThat(put).isNotDone();
    allowed.release(3);
    assertThat(answer(put)).isEqualTo("b!");
  }

  @Test
  void writesWhatWaitsBeforeItCloses() throws Exception {
    var batcher = batcher(new Batcher.Limits(100, 2, 1_000, 1));
    var _ = busy(batcher);
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(offer(batcher, "" + i));
    }
    allowed.release(100);
    batcher.close();
    assertThat(all).allMatch(CompletableFuture::isDone);
    assertThat(batcher.offer("late")).isNull();
    assertThat(catchThrowable(() -> batcher.put("late"))).isInstanceOf(InterruptedException.class);
    batcher.close();
  }

  @Test
  void answersAllThatItTookHoweverCloseTheClose() throws Exception {
    allowed.release(1_000_000);
    for (int round = 0; round < 20; round++) {
      var batcher = batcher(new Batcher.Limits(100, 10, 1_000, 2));
      List<CompletableFuture<String>> taken = new CopyOnWriteArrayList<>();
      var started = new CountDownLatch(1);
      Thread offering =
          Thread.ofPlatform()
              .start(() -> {
                while (true) {
                  var answer = batcher.offer("a");
                  if (answer == null) {
                    // Full for the moment, or closed: then for good.
                    if (started.getCount() == 0) {
                      return;
                    }
                  } else if (taken.size() < 1_000) {
                    taken.add(answer);
                  }
                  if (taken.size() > 20) {
                    started.countDown();
                  }
                }
              });
      started.await();
      batcher.close();
      offering.join();
      for (var each : taken) {
        assertThat(answer(each)).isEqualTo("a!");
      }
    }
  }

  /** What comes while it closes is seen by a writer, and then taken back by who offered it. */
  @Test
  void closesHoweverManyStillOffer() throws Exception {
    allowed.release(1_000_000);
    var offering = new AtomicReference<@Nullable Batcher<String, String>>();
    List<Thread> threads = new ArrayList<>();
    var ended = new AtomicBoolean();
    for (int i = 0; i < 2; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                while (!ended.get()) {
                  var batcher = offering.get();
                  if (batcher != null) {
                    var _ = batcher.offer("a");
                  }
                }
              }));
    }
    for (int round = 0; round < 300; round++) {
      var batcher = batcher(new Batcher.Limits(1, 10, 1_000, 2));
      offering.set(batcher);
      assertThat(begun.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      batcher.close();
      begun.drainPermits();
    }
    ended.set(true);
    for (var thread : threads) {
      thread.join();
    }
  }

  @Test
  void oneBadItemHarmsNoOther() throws Exception {
    var batcher =
        batcher(
            LIMITS,
            batch -> {
              if (batch.contains("bad")) {
                throw new StackOverflowError("bad");
              }
              return batch.stream().map(text -> text + "!").toList();
            });
    var _ = busy(batcher);
    var a = offer(batcher, "a");
    var bad = offer(batcher, "bad");
    var b = offer(batcher, "b");
    allowed.release(100);
    assertThat(answer(a)).isEqualTo("a!");
    assertThat(answer(b)).isEqualTo("b!");
    assertThat(failure(bad)).isInstanceOf(StackOverflowError.class);
    assertThat(written)
        .containsExactly(
            List.of("first"), List.of("a", "bad", "b"), List.of("a"), List.of("bad"), List.of("b"));
    assertThat(answer(offer(batcher, "c"))).isEqualTo("c!");
  }

  @Test
  void failsTheBatchAsAWholeWhenTheDatabaseIsAway() throws Exception {
    var batcher =
        batcher(
            LIMITS,
            batch -> {
              if (written.size() == 2) {
                throw new Unavailable();
              }
              return batch;
            });
    var _ = busy(batcher);
    var a = offer(batcher, "a");
    var b = offer(batcher, "b");
    allowed.release(100);
    assertThat(failure(a)).isInstanceOf(Unavailable.class);
    assertThat(failure(b)).isInstanceOf(Unavailable.class);
    assertThat(written).containsExactly(List.of("first"), List.of("a", "b"));
    assertThat(answer(offer(batcher, "c"))).isEqualTo("c");
  }
}
