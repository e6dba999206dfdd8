package dev.ringback.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Claim;
import dev.ringback.server.job.Lane;
import dev.ringback.server.job.TargetUrl;
import dev.ringback.server.store.db.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets how many slots. */
@Timeout(20)
final class SlotsTest {
  private final Signal signal = new Signal();

  private static Claim claim(int project, String host) {
    return TestClaim.of(project, "http://" + host + "/");
  }

  /** Takes for a lane as much as it may have, in as many claims as that takes. */
  private static int fill(Slots slots, int project, String host) throws InterruptedException {
    Lane lane = Lane.of(project, TargetUrl.stored("http://" + host));
    int taken = 0;
    for (Slots.Room room = slots.await();
        !room.closed().lanes().contains(lane) && !room.closed().projects().contains(project);
        room = slots.await()) {
      slots.take(Collections.nCopies(room.limit(), claim(project, host)));
      taken += room.limit();
    }
    return taken;
  }

  @Test
  void aLaneAloneGetsHalf() throws Exception {
    assertThat(fill(new Slots(1_024, signal), 1, "a")).isBetween(400, 512);
  }

  @Test
  void aProjectAloneGetsThreeQuarters() throws Exception {
    var slots = new Slots(1_024, signal);
    int taken = 0;
    for (int host = 0; host < 20; host++) {
      taken += fill(slots, 1, "host" + host);
    }
    assertThat(taken).isBetween(640, 768);
    assertThat(slots.await().closed().projects()).containsExactly(1);
    assertThat(fill(slots, 2, "a")).isPositive();
  }

  @Test
  void leavesSomeForTheNextHoweverManyHang() throws Exception {
    var slots = new Slots(1_024, signal);
    for (int project = 1; project <= 7; project++) {
      assertThat(fill(slots, project, "hangs")).isPositive();
    }
    assertThat(slots.await().limit()).isPositive();
  }

  @Test
  void isOpenToWhoHasFewInFlightHoweverManyHang() throws Exception {
    var slots = new Slots(1_024, signal);
    for (int project = 1; project <= 4; project++) {
      fill(slots, project, "hangs");
    }
    slots.take(List.of(claim(9, "fast")));
    Slots.Room room = slots.await();
    assertThat(room.limit()).isPositive();
    assertThat(room.closed().lanes()).doesNotContain(Lane.of(9, TargetUrl.stored("http://fast")));
    assertThat(room.closed().projects()).doesNotContain(9);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 8})
  void theFirstSlotIsAnyones(int total) throws Exception {
    assertThat(fill(new Slots(total, signal), 1, "a")).isBetween(1, total / 2);
  }

  @Test
  void waitsForASlot() throws Exception {
    var slots = new Slots(1, signal);
    Claim claim = claim(1, "a");
    slots.take(List.of(claim));
    assertThat(slots.awaitIdle(Duration.ofMillis(1))).isFalse();
    CompletableFuture<Slots.Room> next = new CompletableFuture<>();
    Thread waiting =
        Thread.startVirtualThread(() -> {
          try {
            next.complete(slots.await());
          } catch (InterruptedException e) {
            next.completeExceptionally(e);
          }
        });
    slots.release(claim);
    assertThat(next.get(10, TimeUnit.SECONDS).limit()).isEqualTo(1);
    waiting.join();
    assertThat(slots.awaitIdle(Duration.ofMillis(1))).isTrue();
  }

  @Test
  void ringsWhenWhoWasClosedHasRoomAgain() throws Exception {
    var slots = new Slots(64, signal);
    List<Claim> claims = new ArrayList<>();
    for (int i = fill(slots, 1, "a"); i > 0; i--) {
      claims.add(claim(1, "a"));
    }
    signal.await(Duration.ofMillis(1));
    claims.forEach(slots::release);
    long before = System.nanoTime();
    signal.await(Duration.ofSeconds(10));
    assertThat(System.nanoTime() - before).isLessThan(5_000_000_000L);
    assertThat(slots.await().closed().isEmpty()).isTrue();
  }
}
