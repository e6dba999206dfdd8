import { callable, check, type Checks, duration } from "../check.js";
import { type Duration, milliseconds } from "../duration.js";
import { Delivery } from "./delivery.js";
import { WebhookError } from "./errors.js";
import { Refreshing, type RefreshingOptions, type SecretsSource } from "./refreshing.js";
import { bodyBytes, keyBytes, signature, signedContent, VERSION } from "./secrets.js";

// The longest webhook-signature that is looked at. Ringback signs with 5 secrets at most; the rest is room for other versions.
const MAX_SIGNATURES = 16;
const MAX_HEADER = 4096;

/** The length of a signature: its version and the base64 of 32 bytes. */
const SIGNATURE_LENGTH = VERSION.length + 44;

/** How callbacks are checked. */
export interface VerifierOptions {
  /** How much older or newer than now a callback may be. Default `5m`. */
  tolerance?: Duration | undefined;
  /** The time, in milliseconds since 1970. Default `Date.now`. */
  now?: (() => number) | undefined;
}

const VERIFIER: Checks<VerifierOptions> = { tolerance: duration, now: callable };
const REFRESHING: Checks<RefreshingOptions> = { ...VERIFIER, refreshAfter: duration, onRefreshError: callable };

type Keys = readonly Uint8Array<ArrayBuffer>[];

/** The headers of a callback: those of `fetch`, or those of Node.js. */
export type CallbackHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Checks that callbacks are Ringback's, by Standard Webhooks: HMAC-SHA256 of `id.timestamp.body`.
 *
 * Give it all secrets of `signingSecrets.secrets()`, any of which may have signed, or make one that reads them by itself:
 * {@link Verifier.refreshing}.
 */
export class Verifier {
  #keys: Keys;
  #refreshing: Refreshing | undefined;
  readonly #toleranceMs: number;
  readonly #now: () => number;

  /**
   * Throws a `TypeError` for invalid options, and when there is no secret, or one is not `whsec_` (which may be left out) and the
   * base64 of 24 to 64 bytes.
   */
  constructor(secrets: string | readonly string[], options: VerifierOptions = {}) {
    check(options, VERIFIER);
    this.#keys = keysOf(secrets);
    this.#toleranceMs = milliseconds(options.tolerance ?? "5m", "tolerance");
    this.#now = options.now ?? Date.now;
  }

  /**
   * Makes a verifier that keeps its secrets fresh, such as `Verifier.refreshing(() => ringback.signingSecrets.secrets())`.
   *
   * It reads them now, which may fail; then beside a callback that comes when they are older than `refreshAfter`; and at once, at
   * most every 10 seconds, when no signature of a callback matches: so a new secret is known as soon as it signs.
   */
  static async refreshing(source: SecretsSource, options: RefreshingOptions = {}): Promise<Verifier> {
    callable(source, "the source of secrets");
    check(options, REFRESHING);
    const { refreshAfter, onRefreshError, ...own } = options;
    const verifier = new Verifier(await source(), own);
    const read = async () => verifier.replaceSecrets(await source());
    verifier.#refreshing = new Refreshing(read, { refreshAfter, onRefreshError });
    return verifier;
  }

  /** From the next callback on it is checked with these secrets alone. Invalid ones throw a `TypeError` and change nothing. */
  replaceSecrets(secrets: string | readonly string[]): void {
    this.#keys = keysOf(secrets);
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
    return new Delivery({
      id,
      timestamp: sentAt,
      attempt: attempt && /^\d+$/.test(attempt) ? Number(attempt) : undefined,
      jobId: value(headers, "x-ringback-job-id") || undefined,
      body: bytes,
    });
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

  /** Whether any of the secrets signed it, those of now or those that the source has meanwhile. */
  async #isSigned(signatures: readonly string[], content: Uint8Array<ArrayBuffer>): Promise<boolean> {
    this.#refreshing?.soon();
    const keys = this.#keys;
    if (await isSigned(keys, signatures, content)) {
      return true;
    }
    if (keys === this.#keys) {
      await this.#refreshing?.now();
    }
    return keys !== this.#keys && isSigned(this.#keys, signatures, content);
  }
}

/** Whether any key made any of the signatures: one HMAC for each key, however many signatures there are. */
async function isSigned(keys: Keys, signatures: readonly string[], content: Uint8Array<ArrayBuffer>): Promise<boolean> {
  for (const key of keys) {
    const right = await signature(key, content);
    if (signatures.some((entry) => isEqual(entry, right))) {
      return true;
    }
  }
  return false;
}

function keysOf(secrets: string | readonly string[]): Keys {
  const keys = [secrets].flat().map(keyBytes);
  if (keys.length === 0) {
    throw new TypeError("a signing secret is needed");
  }
  return keys;
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
