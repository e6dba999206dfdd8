package dev.ringback.server.store.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.Await;
import dev.ringback.server.refusal.Exhausted.TooMuch;
import dev.ringback.server.store.db.Turns.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TurnsTest {
  private static final int LARGE = 1;
  private static final int OTHER = 2;
  private static final int THIRD = 3;
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);

  private static Turns turns(int turns, long bytes, int waiting, Duration longest) {
    return new Turns(new Turns.Limits(turns, bytes, waiting, longest));
  }

  /** Takes as many turns as a project gets without waiting. */
  private static List<Turn> takeAll(Turns turns, int project, long bytes) throws Exception {
    List<Turn> had = new ArrayList<>();
    while (true) {
      try {
        had.add(turns.take(project, bytes));
      } catch (Unavailable full) {
        return had;
      }
    }
  }

  private static CompletableFuture<Turn> waiting(Turns turns, int project) throws Exception {
    var turn = new CompletableFuture<Turn>();
    Thread thread =
        Thread.startVirtualThread(() -> {
          try {
            turn.complete(turns.take(project, 1));
          } catch (Exception e) {
            turn.completeExceptionally(e);
          }
        });
    Await.until(
        "it waits, or has its turn",
        () -> turn.isDone() || thread.getState() == Thread.State.TIMED_WAITING);
    return turn;
  }

  @Test
  void leavesSomethingForTheNextProject() throws Exception {
    Turns turns = turns(6, 1_000, 10, SHORT);
    assertThat(takeAll(turns, LARGE, 1)).hasSize(4);
    assertThat(takeAll(turns, OTHER, 1)).hasSize(1);
    assertThat(takeAll(turns, THIRD, 1)).hasSize(1);
  }

  @Test
  void sharesOutMemoryUntilWhatWasReadIsLetGo() throws Exception {
    Turns turns = turns(100, 80, 10, SHORT);
    List<Turn> large = takeAll(turns, LARGE, 10);
    assertThat(large).hasSizeBetween(4, 6);
    large.forEach(turn -> turn.read(10));
    assertThat(takeAll(turns, LARGE, 10)).as("as long as it is not sent").isEmpty();
    assertThat(takeAll(turns, OTHER, 10)).isNotEmpty().allSatisfy(Turn::close);
    large.forEach(Turn::close);
    assertThat(takeAll(turns, LARGE, 10)).hasSameSizeAs(large);
  }

  @Test
  void letsOneReadMoreThanThereIsWhereNobodyElseReads() throws Exception {
    Turns turns = turns(6, 10, 10, SHORT);
    try (Turn _ = turns.take(LARGE, 1_000)) {
      assertThatThrownBy(() -> turns.take(OTHER, 1)).isInstanceOf(Unavailable.class);
    }
    turns.take(OTHER, 1).close();
  }

  @Test
  void takesProjectsInTurn() throws Exception {
    Turns turns = turns(1, 1_000, 100, LONG);
    Turn now = turns.take(LARGE, 1);
    List<CompletableFuture<Turn>> large = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      large.add(waiting(turns, LARGE));
    }
    CompletableFuture<Turn> other = waiting(turns, OTHER);
    now.close();
    large.getFirst().get().close();
    other.get().close();
    for (CompletableFuture<Turn> turn : large.subList(1, 10)) {
      turn.get().close();
    }
    turns.take(THIRD, 1).close();
  }

  @Test
  void refusesWhoWouldWaitBehindTooMany() throws Exception {
    Turns turns = turns(1, 1_000, 4, LONG);
    Turn now = turns.take(LARGE, 1);
    List<CompletableFuture<Turn>> large = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      large.add(waiting(turns, LARGE));
    }
    assertThatThrownBy(() -> turns.take(LARGE, 1)).isInstanceOf(TooMuch.class);
    CompletableFuture<Turn> other = waiting(turns, OTHER);
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    large.forEach(turn -> ends.add(turn.thenAccept(Turn::close)));
    ends.add(other.thenAccept(Turn::close));
    now.close();
    ends.forEach(CompletableFuture::join);
  }

  @Test
  void tellsWhetherOthersOrTheDatabaseWereWaitedFor() throws Exception {
    Turns turns = turns(1, 1_000, 10, Duration.ofSeconds(1));
    Turn now = turns.take(LARGE, 1);
    assertThatThrownBy(() -> turns.take(OTHER, 1)).isInstanceOf(Unavailable.class);
    CompletableFuture<Turn> next = waiting(turns, LARGE);
    CompletableFuture<Turn> last = waiting(turns, LARGE);
    now.close();
    next.get();
    assertThatThrownBy(last::join).hasCauseInstanceOf(TooMuch.class);
  }

  @Test
  void isLeftByOneWhoIsInterrupted() throws Exception {
    Turns turns = turns(1, 1_000, 10, LONG);
    Turn now = turns.take(LARGE, 1);
    Thread gone =
        Thread.startVirtualThread(() -> {
          try {
            turns.take(OTHER, 1);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    Await.until("it waits", () -> gone.getState() == Thread.State.TIMED_WAITING);
    gone.interrupt();
    gone.join();
    now.close();
    turns.take(THIRD, 1).close();
  }
}
