import { Delivery } from "./delivery.js";
import { WebhookError } from "./errors.js";
import { bodyBytes, importKey, keyBytes, signedContent } from "./secrets.js";

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
   * Checks a callback by its raw body: one that was parsed and printed again is another.
   *
   * Rejects with a {@link WebhookError} that says why.
   */
  async verify(headers: CallbackHeaders, body: string | Uint8Array): Promise<Delivery> {
    const id = required(headers, "webhook-id");
    const timestamp = required(headers, "webhook-timestamp");
    const signatures = required(headers, "webhook-signature");
    const sentAt = this.#timely(timestamp);
    const bytes = bodyBytes(body);
    if (!(await this.#isSigned(signatures, signedContent(id, timestamp, bytes)))) {
      throw new WebhookError("no_matching_signature", "no signature matches the body and a secret");
    }
    const attempt = header(headers, "x-ringback-attempt");
    return new Delivery(id, sentAt, attempt && /^\d+$/.test(attempt) ? Number(attempt) : undefined, bytes);
  }

  #timely(timestamp: string): Date {
    if (!/^\d{1,12}$/.test(timestamp)) {
      throw new WebhookError("bad_timestamp", "webhook-timestamp is not in seconds since 1970");
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

  /** Whether any secret made any of the signatures. WebCrypto compares in constant time. */
  async #isSigned(signatures: string, content: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const ours = signatures.split(" ").filter((entry) => entry.startsWith("v1,"));
    for (const bytes of this.#keys) {
      const key = await importKey(bytes, "verify");
      for (const entry of ours) {
        const signature = decoded(entry.slice("v1,".length));
        if (signature && (await crypto.subtle.verify("HMAC", key, signature, content))) {
          return true;
        }
      }
    }
    return false;
  }
}

function decoded(base64: string): Uint8Array<ArrayBuffer> | undefined {
  // Of 32 bytes; anything else can't match, and may be no base64.
  return /^[A-Za-z0-9+/]{43}=$/.test(base64) ? Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)) : undefined;
}

function required(headers: CallbackHeaders, name: string): string {
  const value = header(headers, name);
  if (!value) {
    throw new WebhookError("missing_header", `${name} is missing`);
  }
  return value;
}

function header(headers: CallbackHeaders, name: string): string | undefined {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  return (Array.isArray(value) ? value.join(" ") : (value as string | null)) ?? undefined;
}
