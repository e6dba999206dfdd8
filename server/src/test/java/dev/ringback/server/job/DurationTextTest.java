package dev.ringback.server.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "0s, PT0S",
    "0, ",
    "500ms, PT0.5S",
    "90s, PT1M30S",
    "1.5s, PT1.5S",
    "0.25h, PT15M",
    "1h30m, PT1H30M",
    "30m1h, PT1H30M",
    "1m1m, PT2M",
    "24h, PT24H",
    "7d, PT168H",
    "1d2h3m4s5ms, PT26H3M4.005S",
    "007s, PT7S",
    // To the millisecond, the rest is cut off.
    "1.0009s, PT1S",
    "0.9ms, PT0S",
    // The longest, 292 million years; one more would be none.
    "9223372036854775807ms, ",
    "106751991167d, PT2562047788008H",
    "106751991168d, ",
    "999999999999h999999999999h999999999999h, ",
    "999999999999d, ",
    // 2^64 ms and 9.5 h, which 64 bits can't tell from 9.5 h.
    "213503982335d, ",
  })
  void reads(String text, @Nullable Duration duration) {
    assertThat(DurationText.parse(text).orElse(null)).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "s",
        "h",
        "1",
        "-1s",
        "+1s",
        "1 s",
        " 1s",
        "1s ",
        "1s\n",
        "1S",
        "1x",
        "1sx",
        "x1s",
        "1..5s",
        ".5s",
        "1.s",
        "1e3s",
        "1,5s",
        "1h 30m",
        "1w",
        "1y",
        "1us",
        "1ns",
        "PT1S",
        "1s,1s",
        "1.0000000001s",
        "1000000000000s",
        "١s",
        "1s\0"
      })
  void refusesWhatIsNone(String text) {
    assertThat(DurationText.parse(text)).isEmpty();
  }

  @Test
  void refusesALongJunkAtOnce() {
    assertThat(DurationText.parse("1".repeat(1_000_000))).isEmpty();
    assertThat(DurationText.parse("1s".repeat(100_000) + "!")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0s",
    "PT0.5S, 500ms",
    "PT1S, 1s",
    "PT1M30S, 1m30s",
    "PT1H0.001S, 1h1ms",
    "PT24H, 24h",
    "PT168H, 168h",
    "PT26H3M4.005S, 26h3m4s5ms",
    "PT87672H, 87672h",
  })
  void writesTheShortestThatItReads(Duration duration, String text) {
    assertThat(DurationText.format(duration)).isEqualTo(text);
    assertThat(DurationText.parse(text)).contains(duration);
  }
}
