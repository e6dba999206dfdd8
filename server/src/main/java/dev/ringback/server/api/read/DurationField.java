package dev.ringback.server.api.read;

import dev.ringback.server.job.DurationText;
import java.time.Duration;
import java.util.Optional;

/** A duration within limits. */
public final class DurationField {
  private DurationField() {}

  /** Empty where none is given, or a wrong one. */
  public static Optional<Duration> read(
      String field, String text, Duration least, Duration most, Violations violations) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Duration> duration =
        DurationText.parse(text)
            .filter(d -> d.compareTo(least) >= 0)
            .filter(d -> d.compareTo(most) <= 0);
    if (duration.isEmpty()) {
      violations.add(
          field,
          "must be a duration such as 30s or 1h, from "
              + DurationText.format(least)
              + " to "
              + DurationText.format(most));
    }
    return duration;
  }
}
