package dev.ringback.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "PT24H, 86400s",
    "PT0S, 0s",
    "PT0.5S, 500ms",
    "PT1.001S, 1001ms",
    "PT0.000000001S, 1ms"
  })
  void areWrittenToTheMillisecond(Duration duration, String text) {
    assertThat(Durations.text("delay", duration)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "1h30m, PT1H30M",
    "168h, PT168H",
    "1s500ms, PT1.5S",
    "500ms, PT0.5S",
    "0s, PT0S",
    "'', PT0S"
  })
  void areReadAsRingbackWritesThem(String text, Duration duration) {
    assertThat(Durations.parse(text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @CsvSource({"PT29.84S, 29.8 s", "PT0.04S, 0.0 s", "PT5M, 300.0 s"})
  void areToldToPeople(Duration duration, String text) {
    assertThat(Durations.seconds(duration)).isEqualTo(text);
  }

  @Test
  void areNotNegative() {
    assertThatThrownBy(() -> Durations.text("delay", Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("delay must not be negative");
  }
}
