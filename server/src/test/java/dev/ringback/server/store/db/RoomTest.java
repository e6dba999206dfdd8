package dev.ringback.server.store.db;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoomTest {
  private static final int ONE = 1;
  private static final int OTHER = 2;
  private static final int THIRD = 3;

  /** Takes one after the other. */
  private static int takeAll(Room room, int project) {
    int taken = 0;
    while (room.take(project, 1)) {
      taken++;
    }
    return taken;
  }

  @Test
  void whoIsAloneGetsThreeQuartersAndTheOthersOfTheRest() {
    Room room = new Room(1_000);
    assertThat(takeAll(room, ONE)).isEqualTo(750);
    assertThat(takeAll(room, OTHER)).isBetween(180, 190);
    assertThat(takeAll(room, THIRD)).isBetween(45, 50);
    assertThat(room.free()).isPositive();
  }

  @Test
  void theFirstOfAProjectMayBeAsLargeAsWhatIsFreeAndWhereNobodyHoldsAnythingLarger() {
    Room room = new Room(100);
    assertThat(room.take(ONE, 200)).isTrue();
    assertThat(room.take(OTHER, 1)).isFalse();
    room.giveBack(ONE, 200);
    assertThat(room.take(ONE, 40)).isTrue();
    assertThat(room.take(OTHER, 60)).isTrue();
    assertThat(room.take(THIRD, 1)).isFalse();
  }

  @Test
  void whatIsHeldAlreadyCounts() {
    Room room = new Room(10);
    room.takeAnyway(ONE, 12);
    assertThat(room.take(OTHER, 1)).isFalse();
    room.giveBack(ONE, 12);
    assertThat(room.free()).isEqualTo(10);
  }
}
