package dev.ringback.server.job;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** What became of one call. A failed call is a value, not an exception. */
public sealed interface Outcome {
  /** The headers that were sent; empty when the call got no further than its address. */
  Map<String, String> requestHeaders();

  /** How long the call took as a whole. */
  Duration duration();

  /**
   * An answer, of whatever status.
   *
   * @param responseHeaders values of a repeated header joined by ", ", those of Set-Cookie by a
   *     line break
   * @param body at most the first {@link #MAX_BODY_BYTES}
   * @param truncated whether the answer's body was longer
   */
  record Answered(
      int statusCode,
      Map<String, String> requestHeaders,
      Map<String, String> responseHeaders,
      byte[] body,
      boolean truncated,
      Duration duration)
      implements Outcome {
    /** How much of an answer's body is kept: 64 KiB. */
    public static final int MAX_BODY_BYTES = 64 * 1024;

    /** Only 2xx is success. */
    public boolean succeeded() {
      return statusCode >= 200 && statusCode < 300;
    }
  }

  /** No usable answer. */
  record Unanswered(
      ErrorClass errorClass, String message, Map<String, String> requestHeaders, Duration duration)
      implements Outcome {}

  /** Why a call failed, in the words of {@code Attempt.Error.class}. */
  enum ErrorClass {
    STATUS,
    CONNECT,
    CONNECT_TIMEOUT,
    TLS,
    TIMEOUT,
    DNS,
    BLOCKED_ADDRESS,
    PROTOCOL,
    CLOSED,
    LOST,
    INTERNAL;

    /** The word in the API and in the database. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
