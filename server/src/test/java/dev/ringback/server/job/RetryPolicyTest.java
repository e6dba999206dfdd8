package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {
  private static final RandomGenerator SHORTEST = () -> 0;
  private static final RandomGenerator LONGEST = () -> -1;
  private static final RandomGenerator MIDDLE = () -> Long.MIN_VALUE;

  private final RetryPolicy policy = policy(Duration.ofSeconds(10), Duration.ofHours(1));

  /** The table that the API's RetryPolicy shows, in milliseconds. */
  @ParameterizedTest
  @CsvSource({
    "1, 10000, 2500",
    "2, 20000, 5000",
    "3, 40000, 10000",
    "4, 80000, 20000",
    "5, 160000, 40000",
    "6, 320000, 80000",
    "7, 640000, 160000",
    "8, 1280000, 320000",
    "9, 2560000, 640000",
    "10, 3600000, 900000",
    "11, 3600000, 900000",
    "41, 3600000, 900000",
    "42, 3600000, 900000",
    "64, 3600000, 900000",
    "1000, 3600000, 900000",
    "2147483647, 3600000, 900000",
  })
  void doublesUpToTheLongestWaitAndStraysByAQuarter(int retry, long wait, long jitter) {
    assertThat(policy.backoff(retry, MIDDLE)).hasMillis(wait);
    assertThat(policy.backoff(retry, SHORTEST)).hasMillis(wait - jitter);
    assertThat(policy.backoff(retry, LONGEST)).hasMillis(wait + jitter);
  }

  @Test
  void straysEvenly() {
    Random random = new Random(1);
    double mean =
        random.longs(10_000).map(i -> policy.backoff(1, random).toMillis()).average().orElseThrow();
    assertThat(mean).isBetween(9_900.0, 10_100.0);
  }

  @Test
  void theWidestAndTheNarrowestLimitsHold() {
    Duration day = Duration.ofHours(24);
    Duration tick = Duration.ofMillis(10);
    assertThat(policy(tick, day).backoff(1_000, LONGEST)).isEqualTo(Duration.ofHours(30));
    assertThat(policy(day, day).backoff(1_000, LONGEST)).isEqualTo(Duration.ofHours(30));
    assertThat(policy(tick, tick).backoff(1_000, SHORTEST)).hasMillis(8);
    assertThat(policy(Duration.ZERO, Duration.ZERO).backoff(9, LONGEST)).isZero();
  }

  @Test
  void isNeverImpossible() {
    Duration second = Duration.ofSeconds(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RetryPolicy(-1, second, second, Optional.empty()));
    assertThatIllegalArgumentException().isThrownBy(() -> policy(second.negated(), second));
    assertThatIllegalArgumentException().isThrownBy(() -> policy(second, Duration.ofMillis(999)));
  }

  private static RetryPolicy policy(Duration min, Duration max) {
    return new RetryPolicy(3, min, max, Optional.empty());
  }
}
