package dev.ringback.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One HTTP call, recorded before it is made and closed after it.
 *
 * @param number 1 for the first of its execution, then 2, 3 …
 * @param executionId the execution it belongs to
 * @param status what became of it
 * @param scheduledAt when it was due
 * @param startedAt when it was begun, by the database's clock
 * @param finishedAt when it was closed; empty while it is open
 * @param duration how long the call took, to the millisecond; empty while open, and when lost
 * @param statusCode the HTTP status of the answer; empty when there was none
 * @param requestHeaders what was sent; empty while open, when lost, and when no connection was made
 * @param responseHeaders of the answer, the first 64 KiB of them
 * @param responseBody the first 64 KiB of the answer's body
 * @param responseTruncated whether the body was longer than what was kept
 * @param error why the call failed; empty when it succeeded or is open
 * @param node the node that made the call
 */
public record Attempt(
    int number,
    String executionId,
    Status status,
    Instant scheduledAt,
    Instant startedAt,
    Optional<Instant> finishedAt,
    Optional<Duration> duration,
    OptionalInt statusCode,
    Map<String, String> requestHeaders,
    Map<String, String> responseHeaders,
    Body responseBody,
    boolean responseTruncated,
    Optional<CallError> error,
    String node) {
  /** What became of an attempt. */
  public enum Status {
    /** The call is being made. */
    OPEN,
    /** Was answered with a 2xx status. */
    SUCCEEDED,
    /** Was answered with another status, or not at all. */
    FAILED,
    /** The node that made the call died; it is made again and does not count as a retry. */
    LOST,
    /** A status that this client does not know; a newer client may. */
    UNKNOWN
  }

  /**
   * Why a call brought no usable answer.
   *
   * @param errorClass one word to act on, such as {@code status}, {@code connect}, {@code timeout}
   *     or {@code dns}; more may come
   * @param message one sentence for people
   */
  public record CallError(String errorClass, String message) {}
}
