package dev.ringback.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Lane;
import dev.ringback.server.store.job.Claims.Claimed;
import dev.ringback.server.store.job.Claims.Closed;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** From where a claim looks that leaves somebody out. */
final class BacklogTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Backlog backlog = new Backlog();

  private static Slots.Room room(Integer... closedProjects) {
    return new Slots.Room(10, new Closed(Set.of(closedProjects), Set.of()));
  }

  private void lookedAt(Slots.Room room) {
    backlog.demand(room);
    backlog.seen(room, new Claimed(List.of(), NOW, NOW, Optional.empty()), 1);
  }

  private Instant from(Slots.Room room) {
    return backlog.demand(room).from();
  }

  @Test
  void beginsWhereTheLastClaimEndedWhileTheSameAreClosed() {
    lookedAt(room(1));
    assertThat(from(room(1))).isBetween(NOW.minusSeconds(1), NOW.minusMillis(1));
    assertThat(from(room(1, 2))).isEqualTo(from(room(1)));
    var lane = new Closed(Set.of(1), Set.of(new Lane(7)));
    assertThat(from(new Slots.Room(10, lane))).isEqualTo(from(room(1)));
  }

  @Test
  void beginsAtTheFirstWhenSomebodyIsClosedNoLonger() {
    lookedAt(room(1, 2));
    assertThat(from(room(1))).isEqualTo(Instant.MIN);
    assertThat(from(room())).isEqualTo(Instant.MIN);
    // And does not take the place of fewer for that of more.
    lookedAt(room(1, 2));
    lookedAt(room(1));
    assertThat(from(room(2))).isEqualTo(Instant.MIN);
  }

  @Test
  void keepsThePlaceOverAClaimThatLeavesNobodyOut() {
    lookedAt(room(1));
    lookedAt(room());
    assertThat(from(room(1))).isAfter(Instant.MIN);
  }

  @Test
  void goesNoFurtherThanAFullClaimCame() {
    Slots.Room full = new Slots.Room(0, new Closed(Set.of(1), Set.of()));
    Instant last = NOW.minusSeconds(60);
    backlog.demand(full);
    backlog.seen(full, new Claimed(List.of(), NOW, last, Optional.empty()), 1);
    assertThat(from(room(1))).isEqualTo(last);
  }
}
