package dev.ringback.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs with one secret: an HMAC-SHA256 of {@code id.timestamp.body}. Thread-safe. */
@FunctionalInterface
interface Signer {
  /** What stands before each signature of this kind; others are skipped. */
  String VERSION = "v1,";

  /** The signature of a request, with its version. */
  String sign(String id, String timestamp, byte[] body);

  /**
   * Makes a signer from a secret.
   *
   * @throws IllegalArgumentException when the secret is not valid; the message does not show it
   */
  static Signer of(String secret) {
    SecretKeySpec key = key(secret);
    return (id, timestamp, body) -> {
      try {
        Mac mac = Mac.getInstance(key.getAlgorithm());
        mac.init(key);
        mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
        return VERSION + Base64.getEncoder().encodeToString(mac.doFinal(body));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform has " + key.getAlgorithm(), e);
      }
    };
  }

  private static SecretKeySpec key(String secret) {
    String prefix = "whsec_";
    String text = secret.startsWith(prefix) ? secret.substring(prefix.length()) : secret;
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (bytes.length >= 24 && bytes.length <= 64) {
        return new SecretKeySpec(bytes, "HmacSHA256");
      }
    } catch (IllegalArgumentException e) {
      // Reported below.
    }
    throw new IllegalArgumentException(
        "a signing secret must be whsec_ and the base64 of 24 to 64 bytes");
  }
}
