package dev.ringback.client.webhook;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * A callback whose signature is right.
 *
 * @param id of the execution, {@code exec_…}: the same on every retry, so that a receiver that
 *     remembers it does nothing twice
 * @param timestamp when the call was signed, to the second
 * @param attempt 1, 2, 3 … from {@code X-Ringback-Attempt}, which is not signed; 0 where it is
 *     missing
 * @param body the bytes that were signed; belongs to the delivery and must not be changed
 */
public record Delivery(String id, Instant timestamp, int attempt, byte[] body) {
  /** The body as UTF-8 text. */
  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** Without the content, which may be private. */
  @Override
  public String toString() {
    return "Delivery[id=%s, timestamp=%s, attempt=%d, %d bytes]"
        .formatted(id, timestamp, attempt, body.length);
  }
}
