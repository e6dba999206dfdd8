/** Why a callback was not accepted. */
export type WebhookErrorReason =
  "missing_header" | "bad_timestamp" | "too_old" | "too_new" | "too_many_signatures" | "no_matching_signature";

/** A callback that does not prove to be Ringback's. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
  /** Why it was not accepted. */
  readonly reason: WebhookErrorReason;

  /** For tests of your own: a verifier makes them itself. */
  constructor(reason: WebhookErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
