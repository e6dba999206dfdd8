import { body as bytes, check, type Checks, date, text } from "../check.js";
import { bodyBytes, keyBytes, signature, signedContent } from "./secrets.js";

/** What to sign. */
export interface Signable {
  /** The delivery id. */
  id: string;
  /** When it is sent, to the second. Default: now. */
  timestamp?: Date | undefined;
  /** The body; text as UTF-8. */
  body: string | Uint8Array;
}

const SIGNABLE: Checks<Signable> = { id: text, timestamp: date, body: bytes };

/** The headers of a signed callback. */
export interface SignedHeaders extends Record<string, string> {
  "webhook-id": string;
  "webhook-timestamp": string;
  "webhook-signature": string;
}

/**
 * Signs as Ringback does, so that a receiver can be tested without it.
 *
 * Rejects with a `TypeError` when the secret or what to sign is not valid.
 */
export async function sign(secret: string, signable: Signable): Promise<SignedHeaders> {
  check(signable, SIGNABLE);
  const { id, timestamp = new Date(), body } = signable;
  const seconds = Math.floor(timestamp.getTime() / 1000).toString();
  return {
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": await signature(keyBytes(secret), signedContent(id, seconds, bodyBytes(body))),
  };
}
