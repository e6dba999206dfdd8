import { type Checks, check, count } from "../check.js";
import { WebhookError } from "./errors.js";

/** Limits of an adapter. */
export interface AdapterOptions {
  /** The largest body that is taken, in bytes; a larger one is answered with 413. Default 1,048,576. */
  maxBodyBytes?: number | undefined;
}

const ADAPTER: Checks<AdapterOptions> = { maxBodyBytes: count };

/** The largest body that an adapter takes: by default 1 MiB, which is as much as Ringback sends. */
export function maxBodyBytesOf(options: AdapterOptions): number {
  check(options, ADAPTER);
  return options.maxBodyBytes ?? 1 << 20;
}

/** A body is larger than the limit. */
export class BodyTooLarge extends Error {}

/** A status and a text in JSON for a callback that is not accepted; `undefined` for any other failure. */
export function refusal(thrown: unknown): { status: number; json: string } | undefined {
  if (thrown instanceof WebhookError) {
    return { status: 401, json: JSON.stringify({ reason: thrown.reason, message: thrown.message }) };
  }
  if (thrown instanceof BodyTooLarge) {
    return { status: 413, json: JSON.stringify({ reason: "body_too_large", message: "the body is too large" }) };
  }
  return undefined;
}

/** Collects a body, and stops as soon as it is too large. */
export async function collect(next: () => Promise<Uint8Array | undefined>, maxBodyBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await next(); chunk !== undefined; chunk = await next()) {
    length += chunk.length;
    if (length > maxBodyBytes) {
      throw new BodyTooLarge();
    }
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
