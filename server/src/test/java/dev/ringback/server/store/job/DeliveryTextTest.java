package dev.ringback.server.store.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ringback.server.job.Delivery;
import dev.ringback.server.job.RetryPolicy;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class DeliveryTextTest {
  private static final String TEXT =
      """
      {"retry_policy":{"max_retries":3,"min_backoff":"PT0.01S","max_backoff":"PT1H",\
      "max_duration":"PT168H"},"attempt_deadline":"PT30S"}\
      """;

  private static final Delivery DELIVERY =
      new Delivery(
          new RetryPolicy(
              3, Duration.ofMillis(10), Duration.ofHours(1), Optional.of(Duration.ofDays(7))),
          Duration.ofSeconds(30));

  /** What is in databases must stay readable: a change here needs a migration. */
  @Test
  void isThisDocument() {
    assertThat(DeliveryText.of(DELIVERY)).isEqualTo(TEXT);
    assertThat(DeliveryText.read(TEXT)).isEqualTo(DELIVERY);
  }

  @Test
  void leavesOutWhatIsAbsent() {
    var delivery =
        new Delivery(
            new RetryPolicy(0, Duration.ZERO, Duration.ZERO, Optional.empty()),
            Duration.ofSeconds(1));
    String text = DeliveryText.of(delivery);
    assertThat(text).doesNotContain("max_duration");
    assertThat(DeliveryText.read(text)).isEqualTo(delivery);
  }

  /** It was written by a newer node. */
  @Test
  void passesOverNamesThatItDoesNotKnow() {
    String newer = TEXT.replace("{\"retry_policy\":{", "{\"x\":[1],\"retry_policy\":{\"y\":null,");
    assertThat(DeliveryText.read(newer)).isEqualTo(DELIVERY);
  }

  /** As SQL writes numbers. */
  @Test
  void readsWhatAMigrationWrote() {
    assertThat(DeliveryText.read(TEXT.replace("0.01S", "0.010S").replace("30S", "30.000S")))
        .isEqualTo(DELIVERY);
  }
}
