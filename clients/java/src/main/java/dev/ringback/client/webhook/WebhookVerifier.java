package dev.ringback.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ringback.client.webhook.WebhookVerificationException.Reason;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Verifies that a request is a callback of Ringback's: its signature by Standard Webhooks
 * (https://www.standardwebhooks.com), an HMAC-SHA256 of {@code id.timestamp.body}.
 *
 * <pre>{@code
 * var verifier = WebhookVerifier.of(System.getenv("RINGBACK_SIGNING_SECRET"));
 * Delivery delivery = verifier.verify(request::getHeader, rawBody);
 * }</pre>
 *
 * <p>It needs the body byte for byte as it came, not parsed and printed again. {@link
 * WebhookFilter} and {@link WebhookServletFilter} see to that. Thread-safe.
 */
public final class WebhookVerifier {
  private static final String HMAC = "HmacSHA256";
  private static final String PREFIX = "whsec_";
  private static final String VERSION = "v1,";

  private final List<SecretKeySpec> keys;
  private final Duration tolerance;
  private final InstantSource clock;

  private WebhookVerifier(List<SecretKeySpec> keys, Duration tolerance, InstantSource clock) {
    this.keys = keys;
    this.tolerance = tolerance;
    this.clock = clock;
  }

  /**
   * Verifies by one of several secrets, as there are while one is replaced by another.
   *
   * @param secrets the base64 of 24 to 64 bytes, with {@code whsec_} before it or without
   * @throws IllegalArgumentException when there is none, or one is not valid
   */
  public static WebhookVerifier of(String... secrets) {
    if (secrets.length == 0) {
      throw new IllegalArgumentException("a signing secret is needed");
    }
    return new WebhookVerifier(
        Arrays.stream(secrets).map(WebhookVerifier::key).toList(),
        Duration.ofMinutes(5),
        InstantSource.system());
  }

  /** The same, which takes a timestamp that is off by so much either way. Default 5 minutes. */
  public WebhookVerifier withTolerance(Duration tolerance) {
    return new WebhookVerifier(keys, tolerance, clock);
  }

  /** The same by another clock, for tests. */
  public WebhookVerifier withClock(InstantSource clock) {
    return new WebhookVerifier(keys, tolerance, clock);
  }

  /**
   * Verifies a request.
   *
   * @param header gives the value of the header of a name, or null, whatever the name's case
   * @param body the bytes as they came
   * @throws WebhookVerificationException when it is not to be trusted; answer it with 401
   */
  public Delivery verify(UnaryOperator<@Nullable String> header, byte[] body)
      throws WebhookVerificationException {
    String id = required(header, "webhook-id");
    String timestamp = required(header, "webhook-timestamp");
    String signatures = required(header, "webhook-signature");
    Instant signedAt = timely(timestamp);
    for (String signature : signatures.split(" ")) {
      if (signature.startsWith(VERSION) && matches(id, timestamp, body, signature)) {
        return new Delivery(id, signedAt, attempt(header.apply("x-ringback-attempt")), body);
      }
    }
    throw new WebhookVerificationException(Reason.NO_MATCHING_SIGNATURE);
  }

  /**
   * The value of {@code webhook-signature} for a request, for tests of who receives callbacks.
   *
   * @param secret as for {@link #of}
   * @throws IllegalArgumentException when it is not valid
   */
  public static String sign(String secret, String id, Instant timestamp, byte[] body) {
    return sign(key(secret), id, Long.toString(timestamp.getEpochSecond()), body);
  }

  private static String required(UnaryOperator<@Nullable String> header, String name)
      throws WebhookVerificationException {
    String value = header.apply(name);
    if (value == null || value.isEmpty()) {
      throw new WebhookVerificationException(Reason.MISSING_HEADER);
    }
    return value;
  }

  private Instant timely(String timestamp) throws WebhookVerificationException {
    if (!timestamp.matches("\\d{1,11}")) {
      throw new WebhookVerificationException(Reason.BAD_TIMESTAMP);
    }
    Instant signedAt = Instant.ofEpochSecond(Long.parseLong(timestamp));
    Instant now = clock.instant();
    if (signedAt.isBefore(now.minus(tolerance))) {
      throw new WebhookVerificationException(Reason.TOO_OLD);
    }
    if (signedAt.isAfter(now.plus(tolerance))) {
      throw new WebhookVerificationException(Reason.TOO_NEW);
    }
    return signedAt;
  }

  /** Takes as long for a wrong signature as for the right one. */
  private boolean matches(String id, String timestamp, byte[] body, String signature) {
    boolean found = false;
    for (SecretKeySpec key : keys) {
      byte[] right = sign(key, id, timestamp, body).getBytes(UTF_8);
      found |= MessageDigest.isEqual(right, signature.getBytes(UTF_8));
    }
    return found;
  }

  private static String sign(SecretKeySpec key, String id, String timestamp, byte[] body) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(key);
      mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
      return VERSION + Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + HMAC, e);
    }
  }

  /** Says nothing of what the secret was. */
  private static SecretKeySpec key(String secret) {
    String text = secret.startsWith(PREFIX) ? secret.substring(PREFIX.length()) : secret;
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (bytes.length >= 24 && bytes.length <= 64) {
        return new SecretKeySpec(bytes, HMAC);
      }
    } catch (IllegalArgumentException e) {
      // Told below.
    }
    throw new IllegalArgumentException(
        "a signing secret must be whsec_ and the base64 of 24 to 64 bytes");
  }

  private static int attempt(@Nullable String text) {
    return text != null && text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
  }
}
