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

/** The headers of a signed callback. */
export interface SignedHeaders extends Record<string, string> {
  "webhook-id": string;
  "webhook-timestamp": string;
  "webhook-signature": string;
}

/**
 * Signs as Ringback does, so that a receiver can be tested without it.
 *
 * Rejects with a `TypeError` when the secret is not valid.
 */
export async function sign(secret: string, { id, timestamp = new Date(), body }: Signable): Promise<SignedHeaders> {
  const seconds = Math.floor(timestamp.getTime() / 1000).toString();
  return {
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": await signature(keyBytes(secret), signedContent(id, seconds, bodyBytes(body))),
  };
}
