package dev.ringback.server.config;

import java.time.Duration;

/**
 * How long it is kept what happened.
 *
 * @param attempts how long attempts and ended executions are kept
 * @param events how long events are kept, from which watches resume
 */
public record Retention(Duration attempts, Duration events) {
  private static final Duration SHORTEST = Duration.ofDays(1);
  private static final Duration LONGEST = Duration.ofDays(3650);

  static Retention read(Reader reader) {
    return new Retention(
        reader.duration("ATTEMPT_RETENTION", "30d", SHORTEST, LONGEST),
        reader.duration("EVENT_RETENTION", "7d", SHORTEST, LONGEST));
  }
}
