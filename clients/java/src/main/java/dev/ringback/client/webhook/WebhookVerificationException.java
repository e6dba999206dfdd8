package dev.ringback.client.webhook;

/** A request that is not to be trusted: not Ringback's, altered, or too old. */
public final class WebhookVerificationException extends Exception {
  private final Reason reason;

  /** Why a request is not to be trusted. */
  public enum Reason {
    /** {@code webhook-id}, {@code webhook-timestamp} or {@code webhook-signature} is missing. */
    MISSING_HEADER("a webhook header is missing"),
    /** The timestamp is no number of seconds. */
    BAD_TIMESTAMP("the timestamp is no number of seconds"),
    /** It was signed longer ago than is tolerated: perhaps it is sent again by someone else. */
    TOO_OLD("the timestamp is too old"),
    /** It was signed further ahead than is tolerated: a clock is wrong. */
    TOO_NEW("the timestamp is too new"),
    /** No signature is that of one of the secrets. */
    NO_MATCHING_SIGNATURE("no signature matches");

    private final String words;

    Reason(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  WebhookVerificationException(Reason reason) {
    super(reason.words);
    this.reason = reason;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
