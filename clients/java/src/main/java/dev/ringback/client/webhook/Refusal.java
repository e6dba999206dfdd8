package dev.ringback.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Objects;

/** What the filters have in common: how much they read, and how they refuse. */
final class Refusal {
  /** The largest body that Ringback sends, by default: 1 MiB. */
  static final int MAX_BODY_BYTES = 1 << 20;

  static final int UNAUTHORIZED = 401;
  static final int TOO_LARGE = 413;

  private Refusal() {}

  /** The whole body, or more bytes than allowed. */
  static byte[] read(InputStream in, int maxBodyBytes) throws IOException {
    return in.readNBytes(maxBodyBytes + 1);
  }

  static byte[] json(WebhookVerificationException refused) {
    return json(
        refused.reason().name().toLowerCase(Locale.ROOT),
        Objects.requireNonNull(refused.getMessage()));
  }

  static byte[] tooLarge() {
    return json("body_too_large", "the body is too large");
  }

  private static byte[] json(String reason, String message) {
    return "{\"reason\":\"%s\",\"message\":\"%s\"}".formatted(reason, message).getBytes(UTF_8);
  }
}
