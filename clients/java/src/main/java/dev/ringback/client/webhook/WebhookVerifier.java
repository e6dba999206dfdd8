package dev.ringback.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ringback.client.webhook.WebhookVerificationException.Reason;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Verifies that a request is a callback of Ringback's, by its signature of Standard Webhooks
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
  // The longest webhook-signature that is looked at. Ringback signs with 5 secrets at most; the
  // rest
  // is room for other versions.
  private static final int MAX_SIGNATURES = 16;
  private static final int MAX_HEADER = 4096;

  /** The length of a signature: its version and the base64 of 32 bytes. */
  private static final int SIGNATURE_LENGTH = Signer.VERSION.length() + 44;

  private final List<Signer> signers;
  private final Duration tolerance;
  private final InstantSource clock;

  /** For {@link #of}, and for tests that count signatures. */
  WebhookVerifier(List<Signer> signers, Duration tolerance, InstantSource clock) {
    this.signers = signers;
    this.tolerance = tolerance;
    this.clock = clock;
  }

  /**
   * Verifies by any of several secrets, as there are while one replaces another.
   *
   * @param secrets the base64 of 24 to 64 bytes, with {@code whsec_} before it or without
   * @throws IllegalArgumentException when there is none, or one is not valid
   */
  public static WebhookVerifier of(String... secrets) {
    if (secrets.length == 0) {
      throw new IllegalArgumentException("a signing secret is needed");
    }
    return new WebhookVerifier(
        Arrays.stream(secrets).map(Signer::of).toList(),
        Duration.ofMinutes(5),
        InstantSource.system());
  }

  /** The same, accepting a timestamp that is off by so much either way. Default 5 minutes. */
  public WebhookVerifier withTolerance(Duration tolerance) {
    return new WebhookVerifier(signers, tolerance, clock);
  }

  /** The same by another clock, for tests. */
  public WebhookVerifier withClock(InstantSource clock) {
    return new WebhookVerifier(signers, tolerance, clock);
  }

  /**
   * Verifies a request.
   *
   * @param header gives the value of the header of a name, or null, whatever the name's case
   * @param body the bytes as they came
   * @throws WebhookVerificationException when the request is not to be trusted; answer it with 401
   */
  public Delivery verify(UnaryOperator<@Nullable String> header, byte[] body)
      throws WebhookVerificationException {
    String id = required(header, "webhook-id");
    String timestamp = required(header, "webhook-timestamp");
    String signatures = required(header, "webhook-signature");
    // Checked before anything is computed over the body.
    Instant signedAt = timely(timestamp);
    if (!isSigned(id, timestamp, body, candidates(signatures))) {
      throw new WebhookVerificationException(Reason.NO_MATCHING_SIGNATURE, "no signature matches");
    }
    return new Delivery(id, signedAt, attempt(header.apply("x-ringback-attempt")), body);
  }

  /**
   * The value of {@code webhook-signature} for a request, for tests of a receiver.
   *
   * @param secret as for {@link #of}
   * @throws IllegalArgumentException when it is not valid
   */
  public static String sign(String secret, String id, Instant timestamp, byte[] body) {
    return Signer.of(secret).sign(id, Long.toString(timestamp.getEpochSecond()), body);
  }

  private static String required(UnaryOperator<@Nullable String> header, String name)
      throws WebhookVerificationException {
    String value = header.apply(name);
    if (value == null || value.isEmpty()) {
      throw new WebhookVerificationException(Reason.MISSING_HEADER, name + " is missing");
    }
    return value;
  }

  private Instant timely(String timestamp) throws WebhookVerificationException {
    if (!timestamp.matches("\\d{1,11}")) {
      throw new WebhookVerificationException(
          Reason.BAD_TIMESTAMP, "webhook-timestamp is no number of seconds since 1970");
    }
    Instant signedAt = Instant.ofEpochSecond(Long.parseLong(timestamp));
    Instant now = clock.instant();
    if (signedAt.isBefore(now.minus(tolerance))) {
      throw new WebhookVerificationException(Reason.TOO_OLD, "webhook-timestamp is too long ago");
    }
    if (signedAt.isAfter(now.plus(tolerance))) {
      throw new WebhookVerificationException(Reason.TOO_NEW, "webhook-timestamp is too far ahead");
    }
    return signedAt;
  }

  /** The signatures of a header that could be ours. */
  private static List<String> candidates(String header) throws WebhookVerificationException {
    if (header.length() <= MAX_HEADER) {
      var entries = Arrays.stream(header.split(" ")).filter(entry -> !entry.isEmpty()).toList();
      if (entries.size() <= MAX_SIGNATURES) {
        return entries.stream()
            .filter(entry -> entry.startsWith(Signer.VERSION) && entry.length() == SIGNATURE_LENGTH)
            .toList();
      }
    }
    throw new WebhookVerificationException(
        Reason.TOO_MANY_SIGNATURES,
        "webhook-signature has more than 16 signatures or 4,096 characters");
  }

  /**
   * Whether any secret made any of the signatures: one HMAC for each secret, however many
   * signatures there are, and none where none could match.
   */
  private boolean isSigned(String id, String timestamp, byte[] body, List<String> signatures) {
    if (signatures.isEmpty()) {
      return false;
    }
    for (Signer signer : signers) {
      byte[] right = signer.sign(id, timestamp, body).getBytes(UTF_8);
      // Takes as long for a wrong signature as for the right one.
      if (signatures.stream().anyMatch(s -> MessageDigest.isEqual(s.getBytes(UTF_8), right))) {
        return true;
      }
    }
    return false;
  }

  private static int attempt(@Nullable String text) {
    return text != null && text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
  }
}
