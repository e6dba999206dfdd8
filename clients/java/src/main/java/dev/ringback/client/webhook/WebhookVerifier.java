package dev.ringback.client.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ringback.client.webhook.WebhookVerificationException.Reason;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
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
  /**
   * The longest webhook-signature that is looked at. Ringback signs with 5 secrets at most; the
   * rest is room for other versions.
   */
  private static final int MAX_SIGNATURES = 16;

  private static final int MAX_HEADER = 4096;

  private static final Duration TOLERANCE = Duration.ofMinutes(5);
  private static final Duration REFRESH_AFTER = Duration.ofMinutes(5);

  /** The length of a signature: its version and the base64 of 32 bytes. */
  private static final int SIGNATURE_LENGTH = Signer.VERSION.length() + 44;

  private final Secrets secrets;
  private final @Nullable Refresh refresh;
  private final Duration tolerance;
  private final InstantSource clock;

  /** For those below, and for tests that count signatures. */
  WebhookVerifier(
      Secrets secrets, @Nullable Refresh refresh, Duration tolerance, InstantSource clock) {
    this.secrets = secrets;
    this.refresh = refresh;
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
    InstantSource clock = InstantSource.system();
    return new WebhookVerifier(
        new Secrets(Secrets.signers(List.of(secrets)), clock.instant()), null, TOLERANCE, clock);
  }

  /**
   * Verifies by secrets that it asks for, now and again later, so that they can be rotated while it
   * runs:
   *
   * <pre>{@code
   * var verifier = WebhookVerifier.refreshing(ringback.signingSecrets()::secrets);
   * }</pre>
   *
   * <p>Once they are 5 minutes old ({@link #refreshAfter}), the next verification has them asked
   * for again, and does not wait for that. When no signature matches, they are asked for at once
   * and the request is verified again, at most once in 10 seconds; this waits for up to 5 seconds.
   * A refresh that fails changes nothing; see {@link #onRefreshError}.
   *
   * @param secrets answers all secrets that sign now
   * @throws RuntimeException what {@code secrets} throws
   * @throws IllegalArgumentException when it answers none, or one that is not valid
   */
  public static WebhookVerifier refreshing(Supplier<List<String>> secrets) {
    return refreshing(secrets, InstantSource.system());
  }

  /** The same by another clock, for tests. */
  static WebhookVerifier refreshing(Supplier<List<String>> secrets, InstantSource clock) {
    return new WebhookVerifier(
        new Secrets(Secrets.signers(secrets.get()), clock.instant()),
        new Refresh(secrets, REFRESH_AFTER, failure -> {}),
        TOLERANCE,
        clock);
  }

  /**
   * Verifies by other secrets from the next request on, also in the verifiers that were made from
   * this one or that this one was made from.
   *
   * @param secrets as for {@link #of}
   * @throws IllegalArgumentException when there is none, or one is not valid; nothing changes then
   */
  public void replaceSecrets(List<String> secrets) {
    this.secrets.replace(Secrets.signers(secrets), clock.instant());
  }

  /**
   * The same, asking for the secrets again when they are so old. Default 5 minutes.
   *
   * @throws IllegalStateException when it is not {@link #refreshing}
   */
  public WebhookVerifier refreshAfter(Duration age) {
    Refresh given = refresh();
    return with(new Refresh(given.secrets(), age, given.onError()));
  }

  /**
   * The same, telling of a refresh that failed. What the hook throws is ignored.
   *
   * @throws IllegalStateException when it is not {@link #refreshing}
   */
  public WebhookVerifier onRefreshError(Consumer<? super Exception> hook) {
    Refresh given = refresh();
    return with(new Refresh(given.secrets(), given.after(), hook));
  }

  private Refresh refresh() {
    if (refresh == null) {
      throw new IllegalStateException("this verifier is not refreshing: its secrets were given");
    }
    return refresh;
  }

  private WebhookVerifier with(Refresh other) {
    return new WebhookVerifier(secrets, other, tolerance, clock);
  }

  /** The same, accepting a timestamp that is off by so much either way. Default 5 minutes. */
  public WebhookVerifier withTolerance(Duration tolerance) {
    return new WebhookVerifier(secrets, refresh, tolerance, clock);
  }

  /** The same by another clock, for tests. */
  public WebhookVerifier withClock(InstantSource clock) {
    return new WebhookVerifier(secrets, refresh, tolerance, clock);
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
    List<String> candidates = candidates(signatures);
    if (candidates.isEmpty()
        || !isSigned(signers -> isSigned(signers, id, timestamp, body, candidates))) {
      throw new WebhookVerificationException(Reason.NO_MATCHING_SIGNATURE, "no signature matches");
    }
    return new Delivery(
        id,
        signedAt,
        attempt(header.apply("x-ringback-attempt")),
        Optional.ofNullable(header.apply("x-ringback-job-id")).filter(text -> !text.isEmpty()),
        body);
  }

  /** By the secrets there are; where they are not right, by newer ones. */
  private boolean isSigned(Predicate<List<Signer>> by) {
    if (refresh == null) {
      return by.test(secrets.now().signers());
    }
    Instant now = clock.instant();
    Secrets.Kept used = secrets.now(refresh, now);
    if (by.test(used.signers())) {
      return true;
    }
    Secrets.Kept newer = secrets.after(used, refresh, now);
    return newer != used && by.test(newer.signers());
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
   * signatures there are.
   */
  private static boolean isSigned(
      List<Signer> signers, String id, String timestamp, byte[] body, List<String> signatures) {
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
