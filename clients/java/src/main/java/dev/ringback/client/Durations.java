package dev.ringback.client;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Ringback writes them, such as {@code 1h30m} or {@code 500ms}. */
final class Durations {
  private static final Pattern PART = Pattern.compile("(\\d+)(ms|s|m|h)");

  /**
   * What is longer is as good as this, and counts as this: 100 years, which nanoseconds can tell.
   */
  static final Duration LONGEST = Duration.ofDays(36_500);

  private Durations() {}

  static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /**
   * @param name of the parameter, for the error
   * @throws IllegalArgumentException when it is negative
   */
  static String text(String name, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(name + " must not be negative");
    }
    // Rounded up: 1 ns is not "at once".
    long millis = shorter(duration, LONGEST).plusNanos(999_999).toMillis();
    return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
  }

  /** For people, such as {@code 29.8 s}. */
  static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", shorter(duration, LONGEST).toMillis() / 1_000.0);
  }

  /** An empty text is zero. */
  static Duration parse(String text) {
    Duration duration = Duration.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      long amount = Long.parseLong(part.group(1));
      duration =
          duration.plus(
              switch (part.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
              });
    }
    return duration;
  }
}
