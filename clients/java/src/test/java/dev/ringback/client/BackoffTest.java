package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofMillis(500);

  /** Draws the longest wait there can be. */
  private static final RandomGenerator LATEST =
      new RandomGenerator() {
        @Override
        public long nextLong() {
          return 0;
        }

        @Override
        public long nextLong(long bound) {
          return bound - 1;
        }
      };

  @Test
  void doublesUpToTheLongest() {
    var backoff = new Backoff(FIRST, LONGEST, LATEST);
    List<Long> waits = Stream.generate(backoff::next).limit(5).map(Duration::toMillis).toList();
    assertThat(waits).containsExactly(100L, 200L, 400L, 500L, 500L);
    backoff.reset();
    assertThat(backoff.next()).isEqualTo(FIRST);
  }

  @Test
  void isNoShorterThanRingbackAsks() {
    var limit = RingbackException.from(FakeRingback.limited("7"), "http://h");
    var backoff = new Backoff(FIRST, LONGEST, LATEST);
    assertThat(backoff.next(limit)).isEqualTo(Duration.ofSeconds(7));
    var limitWithoutTime = RingbackException.from(FakeRingback.limited("soon"), "http://h");
    assertThat(backoff.next(limitWithoutTime)).isEqualTo(Duration.ofSeconds(1));
    var away = RingbackException.of(Code.UNAVAILABLE, "away");
    assertThat(backoff.next(away)).isEqualTo(Duration.ofMillis(400));
  }

  @Test
  void isDrawnFromTheWholeLength() {
    Random random = new Random(1);
    List<Duration> waits =
        Stream.generate(() -> new Backoff(FIRST, LONGEST, random).next()).limit(1_000).toList();
    assertThat(waits).allMatch(wait -> !wait.isNegative() && wait.compareTo(FIRST) <= 0);
    assertThat(waits).anyMatch(wait -> wait.toMillis() < 10).anyMatch(wait -> wait.toMillis() > 90);
  }
}
