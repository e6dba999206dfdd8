package dev.ringback.client.webhook;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * A callback whose signature is right.
 *
 * @param id of the execution, {@code exec_…}: the same on every retry, so that a receiver that
 *     remembers it does nothing twice. It is the value of {@code webhook-id}, and once more of
 *     {@code X-Fliq-Delivery-Id}, the name that users of Fliq know; a receiver needs only one of
 *     them
 * @param timestamp when the call was signed, to the second
 * @param attempt 1, 2, 3 … from {@code X-Ringback-Attempt}, which is not signed; 0 where it is
 *     missing
 * @param jobId {@code job_…} from {@code X-Ringback-Job-Id}, which is not signed either; empty
 *     where it is missing
 * @param body the bytes that were signed; belongs to the delivery and must not be changed
 */
public record Delivery(
    String id, Instant timestamp, int attempt, Optional<String> jobId, byte[] body) {
  /** The body as UTF-8 text. */
  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** Without the content, which may be private. */
  @Override
  public String toString() {
    return "Delivery[id=%s, timestamp=%s, attempt=%d, jobId=%s, %d bytes]"
        .formatted(id, timestamp, attempt, jobId.orElse(""), body.length);
  }
}
