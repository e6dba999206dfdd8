package dev.ringback.server.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ringback.server.Await;
import dev.ringback.server.engine.http.Body;
import dev.ringback.server.job.Callback;
import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Delivery;
import dev.ringback.server.job.ExecutionId;
import dev.ringback.server.job.JobId;
import dev.ringback.server.job.Lane;
import dev.ringback.server.job.RetryPolicy;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.server.store.db.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may hold how many bytes of large bodies, and until when. */
@Timeout(20)
final class BodiesTest {
  private static final int MIB = 1 << 20;
  private static final Set<Thread.State> WAITS =
      Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

  private final Bodies bodies = new Bodies(24 * MIB, BodiesTest::loaded);

  private static Optional<byte[]> loaded(Claim claim) {
    return Optional.of(new byte[claim.largeBody()]);
  }

  private static Claim claim(int project, String host, int largeBody, byte... small) {
    return new Claim(
        1,
        "one",
        Lane.of(project, TargetUrl.stored("http://" + host + "/")),
        new JobId(new UUID(1, 1)),
        new ExecutionId(new UUID(1, 2)),
        1,
        0,
        Instant.EPOCH,
        Instant.EPOCH,
        Instant.EPOCH,
        Optional.empty(),
        new Callback(TargetUrl.stored("http://" + host + "/"), "POST", Map.of(), small),
        largeBody,
        new Delivery(
            new RetryPolicy(0, Duration.ZERO, Duration.ZERO, Optional.empty()),
            Duration.ofSeconds(30)));
  }

  /** Takes on a thread of its own; the answer is null where the call is not to be made. */
  private static CompletableFuture<@Nullable Body> take(Bodies bodies, Claim claim) {
    var body = new CompletableFuture<@Nullable Body>();
    var thread =
        Thread.startVirtualThread(() -> {
          try {
            body.complete(bodies.take(claim));
          } catch (RuntimeException e) {
            body.completeExceptionally(e);
          }
        });
    // Either it has its answer, or it waits: for room, or between two tries.
    while (!body.isDone() && !WAITS.contains(thread.getState())) {
      Thread.onSpinWait();
    }
    return body;
  }

  /** Takes until one has to wait, which is told last. */
  private List<CompletableFuture<@Nullable Body>> fill(int project, String host, int bytes) {
    List<CompletableFuture<@Nullable Body>> taken = new ArrayList<>();
    do {
      taken.add(take(bodies, claim(project, host, bytes)));
    } while (taken.getLast().isDone());
    return taken;
  }

  private static Body get(CompletableFuture<@Nullable Body> body) throws Exception {
    return requireNonNull(body.get(10, TimeUnit.SECONDS));
  }

  @Test
  void aSmallBodyNeedsNeitherRoomNorTheDatabase() throws Exception {
    var none =
        new Bodies(
            0,
            _ -> {
              throw new AssertionError("the database is asked");
            });
    Body body = requireNonNull(none.take(claim(1, "a", 0, (byte) 7)));
    assertThat(body.bytes()).containsExactly(7);
  }

  @Test
  void aLaneAloneGetsHalfAndItsNextWaitsForOneOfThem() throws Exception {
    var taken = fill(1, "hangs", MIB);
    assertThat(taken).hasSize(12 + 1);
    get(taken.getFirst()).close();
    assertThat(get(taken.getLast()).bytes()).hasSize(MIB);
  }

  @Test
  void aProjectAloneGetsThreeQuarters() throws Exception {
    int taken = 0;
    for (int host = 0; host < 20; host++) {
      taken += fill(1, "hangs" + host, MIB).size() - 1;
    }
    assertThat(taken).isEqualTo(18);
    assertThat(get(take(bodies, claim(2, "reads", MIB))).bytes()).hasSize(MIB);
  }

  @Test
  void othersPassThoseWhoWait() throws Exception {
    for (int project = 1; project <= 3; project++) {
      assertThat(fill(project, "hangs", MIB)).hasSizeGreaterThan(1);
    }
    for (int i = 0; i < 1_000; i++) {
      get(take(bodies, claim(9, "reads", MIB))).close();
    }
  }

  @Test
  void aBodyLargerThanAllOfItGoesAlone() throws Exception {
    Body first = get(take(bodies, claim(1, "a", MIB)));
    var huge = take(bodies, claim(2, "b", 100 * MIB));
    assertThat(huge).isNotDone();
    first.close();
    get(huge).close();
    get(take(bodies, claim(1, "a", MIB)));
  }

  @Test
  void isGivenBackOnce() throws Exception {
    var taken = fill(1, "hangs", MIB);
    Body first = get(taken.getFirst());
    assertThat(first.bytes()).hasSize(MIB);
    first.close();
    get(taken.getLast());
    first.close();
    assertThat(take(bodies, claim(1, "hangs", MIB))).isNotDone();
    assertThatThrownBy(first::bytes).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void triesOnWhileTheDatabaseIsAway() throws Exception {
    var tries = new AtomicInteger();
    var away =
        new Bodies(
            MIB,
            claim -> {
              if (tries.incrementAndGet() < 3) {
                throw new Unavailable();
              }
              return loaded(claim);
            });
    assertThat(get(take(away, claim(1, "a", 10))).bytes()).hasSize(10);
    assertThat(tries).hasValue(3);
  }

  @Test
  void givesItsRoomBackWhenThereIsNothingToCall() throws Exception {
    var answers = new AtomicInteger();
    var lost =
        new Bodies(
            10,
            claim ->
                switch (answers.incrementAndGet()) {
                  case 1 -> Optional.empty();
                  case 2 -> throw new IllegalStateException("broken");
                  default -> loaded(claim);
                });
    assertThat(take(lost, claim(1, "a", 10)).get(10, TimeUnit.SECONDS)).isNull();
    assertThatThrownBy(() -> lost.take(claim(1, "a", 10)))
        .isInstanceOf(IllegalStateException.class);
    assertThat(get(take(lost, claim(1, "a", 10))).bytes()).hasSize(10);
  }

  @Test
  void sendsAwayWhoWaitsWhenItCloses() throws Exception {
    var taken = fill(1, "hangs", MIB);
    var tries = new AtomicInteger();
    var away =
        new Bodies(
            MIB,
            _ -> {
              tries.incrementAndGet();
              throw new Unavailable();
            });
    var loading = take(away, claim(1, "a", 10));
    Await.until("it has tried", () -> tries.get() > 0);
    bodies.close();
    away.close();
    assertThat(taken.getLast().get(10, TimeUnit.SECONDS)).isNull();
    assertThat(loading.get(10, TimeUnit.SECONDS)).isNull();
    assertThat(bodies.take(claim(2, "b", MIB))).isNull();
    get(taken.getFirst()).close();
  }
}
