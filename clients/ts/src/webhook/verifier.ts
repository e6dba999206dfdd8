import { Delivery } from "./delivery.js";
import { WebhookError } from "./errors.js";
import { bodyBytes, keyBytes, signature, signedContent, VERSION } from "./secrets.js";

// The longest webhook-signature that is looked at. Ringback signs with 5 secrets at most; the rest is room for other versions.
const MAX_SIGNATURES = 16;
const MAX_HEADER = 4096;

/** The length of a signature: its version and the base64 of 32 bytes. */
const SIGNATURE_LENGTH = VERSION.length + 44;

/** How callbacks are checked. */
export interface VerifierOptions {
  /** How much older or newer than now a callback may be, in milliseconds. Default 300,000: 5 minutes. */
  toleranceMs?: number | undefined;
  /** The time, in milliseconds since 1970. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** The headers of a callback: those of `fetch`, or those of Node.js. */
export type CallbackHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Checks that callbacks are Ringback's, by Standard Webhooks: HMAC-SHA256 of `id.timestamp.body`.
 *
 * Give it all secrets of `signingSecrets.list()`: any of them may have signed.
 */
export class Verifier {
  readonly #keys: readonly Uint8Array<ArrayBuffer>[];
  readonly #toleranceMs: number;
  readonly #now: () => number;

  /** Throws a `TypeError` when there is no secret, or one is not `whsec_` (which may be left out) and the base64 of 24 to 64 bytes. */
  constructor(secrets: string | readonly string[], options: VerifierOptions = {}) {
    this.#keys = [secrets].flat().map(keyBytes);
    if (this.#keys.length === 0) {
      throw new TypeError("a signing secret is needed");
    }
    this.#toleranceMs = options.toleranceMs ?? 300_000;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Checks a callback by its raw body: a body that was parsed and printed again is another one.
   *
   * Rejects with a {@link WebhookError} that says why.
   */
  async verify(headers: CallbackHeaders, body: string | Uint8Array): Promise<Delivery> {
    const id = required(headers, "webhook-id");
    const timestamp = required(headers, "webhook-timestamp");
    const header = required(headers, "webhook-signature");
    // Checked before anything is computed over the body.
    const sentAt = this.#timely(timestamp);
    const signatures = candidates(header);
    const bytes = bodyBytes(body);
    if (signatures.length === 0 || !(await this.#isSigned(signatures, signedContent(id, timestamp, bytes)))) {
      throw new WebhookError("no_matching_signature", "no signature matches");
    }
    const attempt = value(headers, "x-ringback-attempt");
    return new Delivery(id, sentAt, attempt && /^\d+$/.test(attempt) ? Number(attempt) : undefined, bytes);
  }

  #timely(timestamp: string): Date {
    if (!/^\d{1,11}$/.test(timestamp)) {
      throw new WebhookError("bad_timestamp", "webhook-timestamp is no number of seconds since 1970");
    }
    const sentAt = Number(timestamp) * 1000;
    const age = this.#now() - sentAt;
    if (age > this.#toleranceMs) {
      throw new WebhookError("too_old", "webhook-timestamp is too long ago");
    }
    if (age < -this.#toleranceMs) {
      throw new WebhookError("too_new", "webhook-timestamp is too far ahead");
    }
    return new Date(sentAt);
  }

  /** Whether any secret made any of the signatures: one HMAC for each secret, however many signatures there are. */
  async #isSigned(signatures: readonly string[], content: Uint8Array<ArrayBuffer>): Promise<boolean> {
    for (const key of this.#keys) {
      const right = await signature(key, content);
      if (signatures.some((entry) => isEqual(entry, right))) {
        return true;
      }
    }
    return false;
  }
}

/** The signatures of a header that could be ours. Throws when it is longer than any that is in use. */
function candidates(header: string): string[] {
  if (header.length <= MAX_HEADER) {
    const entries = header.split(" ").filter((entry) => entry !== "");
    if (entries.length <= MAX_SIGNATURES) {
      return entries.filter((entry) => entry.startsWith(VERSION) && entry.length === SIGNATURE_LENGTH);
    }
  }
  throw new WebhookError("too_many_signatures", "webhook-signature has more than 16 signatures or 4,096 characters");
}

/** Compares texts of the same length, and takes as long for a wrong one as for the right one. */
function isEqual(one: string, other: string): boolean {
  let difference = 0;
  for (let i = 0; i < one.length; i++) {
    difference |= one.charCodeAt(i) ^ other.charCodeAt(i);
  }
  return difference === 0;
}

function required(headers: CallbackHeaders, name: string): string {
  const found = value(headers, name);
  if (!found) {
    throw new WebhookError("missing_header", `${name} is missing`);
  }
  return found;
}

function value(headers: CallbackHeaders, name: string): string | undefined {
  const found = headers instanceof Headers ? headers.get(name) : headers[name];
  return (Array.isArray(found) ? found.join(" ") : (found as string | null)) ?? undefined;
}
