package dev.ringback.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AllowanceTest {
  private static final int ONE = 1;
  private static final int OTHER = 2;

  @Test
  void oneThatIsAloneGetsItsPartAndLeavesTheRest() {
    var half = new Allowance(100, 1);
    assertThat(half.take(ONE, 51)).isFalse();
    assertThat(half.take(ONE, 50)).isTrue();
    assertThat(half.take(ONE, 1)).isFalse();
    assertThat(half.take(OTHER, 25)).isTrue();
    assertThat(half.take(OTHER, 1)).isFalse();

    var threeQuarters = new Allowance(100, 3);
    assertThat(threeQuarters.take(ONE, 75)).isTrue();
    assertThat(threeQuarters.take(ONE, 1)).isFalse();
    assertThat(threeQuarters.take(OTHER, 18)).isTrue();
  }

  @Test
  void howeverManyThereAreSomethingIsLeftForTheNext() {
    var all = new Allowance(1 << 20, 1);
    for (int project = 1; project <= 15; project++) {
      while (all.take(project, 1)) {}
    }
    assertThat(all.take(99, 1)).isTrue();
    assertThat(all.free()).isPositive();
  }

  @Test
  void whatIsGivenBackCanBeTakenAgain() {
    var all = new Allowance(10, 1);
    all.takeAnyway(ONE, 12);
    assertThat(all.take(OTHER, 1)).isFalse();
    all.giveBack(ONE, 12);
    assertThat(all.free()).isEqualTo(10);
    assertThat(all.take(OTHER, 5)).isTrue();
  }
}
