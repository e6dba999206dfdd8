package dev.ringback.client.webhook;

/** A request that is not to be trusted: not Ringback's, altered, or too old. */
public final class WebhookVerificationException extends Exception {
  private final Reason reason;

  /** Why a request is not to be trusted. */
  public enum Reason {
    /** {@code webhook-id}, {@code webhook-timestamp} or {@code webhook-signature} is missing. */
    MISSING_HEADER,
    /** The timestamp is no number of seconds. */
    BAD_TIMESTAMP,
    /** It was signed longer ago than is tolerated: perhaps it is sent again by someone else. */
    TOO_OLD,
    /** It was signed further ahead than is tolerated: a clock is wrong. */
    TOO_NEW,
    /**
     * {@code webhook-signature} is longer than any that is in use, and is not looked at: it has
     * more than 16 signatures or 4,096 characters.
     */
    TOO_MANY_SIGNATURES,
    /** No signature is that of one of the secrets. */
    NO_MATCHING_SIGNATURE
  }

  /** Holds nothing of a secret or of the signature that was expected. */
  WebhookVerificationException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
