package dev.ringback.client;

import java.time.Instant;
import java.util.Optional;

/**
 * A secret that a project's callbacks are signed with.
 *
 * @param secret {@code whsec_} and base64, as {@link dev.ringback.client.webhook.WebhookVerifier}
 *     takes it
 * @param createdAt when it was made
 * @param expiresAt when it ceases to sign; empty for the newest
 */
public record SigningSecret(String secret, Instant createdAt, Optional<Instant> expiresAt) {
  /** Without the secret, which must not come into a log. */
  @Override
  public String toString() {
    return "SigningSecret[createdAt=%s, expiresAt=%s]".formatted(createdAt, expiresAt);
  }
}
