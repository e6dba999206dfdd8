package dev.ringback.server.job;

import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * A secret that a project's callbacks are signed with.
 *
 * @param key the bytes of the HMAC's key
 * @param expiresAt when it ceases to sign; empty for the project's newest
 */
public record SigningSecret(byte[] key, Instant createdAt, Optional<Instant> expiresAt) {
  /** How many of a project may sign at a time; each adds 48 bytes to every callback. */
  public static final int MOST = 5;

  /** How many random bytes a secret has that is made here. */
  public static final int KEY_BYTES = 32;

  private static final int LEAST_BYTES = 24;
  private static final int MOST_BYTES = 64;
  private static final String PREFIX = "whsec_";

  /** As Standard Webhooks writes it: {@code whsec_} and base64. */
  public String text() {
    return PREFIX + Base64.getEncoder().encodeToString(key);
  }

  /** The key that a text stands for; empty when it is none, too short or too long. */
  public static Optional<byte[]> parse(String text) {
    if (!text.startsWith(PREFIX)) {
      return Optional.empty();
    }
    try {
      byte[] key = Base64.getDecoder().decode(text.substring(PREFIX.length()));
      return key.length < LEAST_BYTES || key.length > MOST_BYTES
          ? Optional.empty()
          : Optional.of(key);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Without the key: it must not come into a log. */
  @Override
  public String toString() {
    return "SigningSecret[createdAt=%s, expiresAt=%s]".formatted(createdAt, expiresAt);
  }
}
