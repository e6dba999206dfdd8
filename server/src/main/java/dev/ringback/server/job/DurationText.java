package dev.ringback.server.job;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as users write them: {@code 24h}, {@code 1h30m}, {@code 1.5s}, {@code 500ms}, {@code
 * 7d}.
 */
public final class DurationText {
  private static final Pattern PART = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,9})?)(ms|s|m|h|d)");
  private static final BigDecimal MAX_MILLIS = BigDecimal.valueOf(Long.MAX_VALUE);

  private DurationText() {}

  /**
   * The duration that the text says, to the millisecond; empty when it says none, or one of more
   * milliseconds than 63 bits hold.
   */
  public static Optional<Duration> parse(String text) {
    Matcher part = PART.matcher(text);
    BigDecimal millis = BigDecimal.ZERO;
    int end = 0;
    while (part.find() && part.start() == end) {
      millis = millis.add(new BigDecimal(part.group(1)).multiply(unitMillis(part.group(2))));
      end = part.end();
    }
    if (end == 0 || end != text.length() || millis.compareTo(MAX_MILLIS) > 0) {
      return Optional.empty();
    }
    return Optional.of(Duration.ofMillis(millis.longValue()));
  }

  /** The shortest text in hours, minutes, seconds and milliseconds, such as {@code 168h}. */
  public static String format(Duration duration) {
    StringBuilder text = new StringBuilder();
    append(text, duration.toHours(), "h");
    append(text, duration.toMinutesPart(), "m");
    append(text, duration.toSecondsPart(), "s");
    append(text, duration.toMillisPart(), "ms");
    return text.isEmpty() ? "0s" : text.toString();
  }

  private static void append(StringBuilder text, long amount, String unit) {
    if (amount > 0) {
      text.append(amount).append(unit);
    }
  }

  private static BigDecimal unitMillis(String unit) {
    return BigDecimal.valueOf(
        switch (unit) {
          case "ms" -> 1;
          case "s" -> 1_000;
          case "m" -> 60_000;
          case "h" -> 3_600_000;
          default -> 86_400_000;
        });
  }
}
