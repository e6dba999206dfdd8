import { type AdapterOptions, BodyTooLarge, collect, maxBodyBytesOf, refusal } from "./answers.js";
import type { Delivery } from "./delivery.js";
import { bodyBytes } from "./secrets.js";
import type { Verifier } from "./verifier.js";

declare global {
  namespace Express {
    interface Request {
      /** The checked callback, behind `expressMiddleware` of `@ringback/client/webhook`. */
      delivery?: Delivery;
    }
  }
}

// Of Node's own types, where they are installed; else `any`, without an error.
/** @ts-ignore */
type IncomingMessage = import("node:http").IncomingMessage;
/** @ts-ignore */
type ServerResponse = import("node:http").ServerResponse;

/** What the middleware needs of a request of Express; it sets the delivery. */
export interface ExpressRequest extends AsyncIterable<Uint8Array> {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Set by body parsers. */
  readonly body?: unknown;
  /** Whether somebody has read from the stream. */
  readonly readableDidRead: boolean;
  delivery?: Delivery;
}

/** What the middleware needs of a response of Express. */
export interface ExpressResponse {
  writeHead(status: number, headers: Record<string, string>): { end(body: string): unknown };
}

/**
 * A handler for `createServer` of Node's own `http`, behind a check of the signature.
 *
 * A bad signature is answered with 401, a body that is too large with 413; one that breaks off is not answered.
 */
export function httpHandler(
  verifier: Verifier,
  handle: (delivery: Delivery, request: IncomingMessage, response: ServerResponse) => unknown,
  options: AdapterOptions = {},
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const maxBodyBytes = maxBodyBytesOf(options);
  return async (request, response) => {
    const delivery = await verified(verifier, request, response, maxBodyBytes, (error) => {
      if (!request.destroyed) {
        throw error;
      }
    });
    if (delivery) {
      await handle(delivery, request, response);
    }
  };
}

/**
 * Middleware for Express and its like: puts the checked callback into `request.delivery`.
 *
 * It reads the raw body itself, or takes that of `express.raw()` or `express.text()`. A bad signature is answered with 401, a
 * body that is too large with 413. Where a parser such as `express.json()` came first, there is no raw body any more: `next` gets
 * a `TypeError` that says so.
 */
export function expressMiddleware(
  verifier: Verifier,
  options: AdapterOptions = {},
): (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void) => Promise<void> {
  const maxBodyBytes = maxBodyBytesOf(options);
  return async (request, response, next) => {
    const delivery = await verified(verifier, request, response, maxBodyBytes, next);
    if (delivery) {
      request.delivery = delivery;
      next();
    }
  };
}

/** The callback of a request; one that is not accepted is answered, and other failures go to `fail`. */
async function verified(
  verifier: Verifier,
  request: ExpressRequest,
  response: ExpressResponse,
  maxBodyBytes: number,
  fail: (error: unknown) => void,
): Promise<Delivery | undefined> {
  try {
    return await verifier.verify(request.headers, await rawBody(request, maxBodyBytes));
  } catch (thrown) {
    const refused = refusal(thrown);
    if (refused) {
      // The rest of a body that is too large is not waited for.
      const headers = { "content-type": "application/json", connection: "close" };
      response.writeHead(refused.status, headers).end(refused.json);
    } else {
      fail(thrown);
    }
    return undefined;
  }
}

async function rawBody(request: ExpressRequest, maxBodyBytes: number): Promise<Uint8Array> {
  const { body, readableDidRead } = request;
  if (typeof body === "string" || body instanceof Uint8Array) {
    const bytes = bodyBytes(body);
    if (bytes.length > maxBodyBytes) {
      throw new BodyTooLarge();
    }
    return bytes;
  }
  if (readableDidRead) {
    throw new TypeError(
      "a parser took the raw body, which the signature is of: use this middleware before express.json()",
    );
  }
  // Not `for await`, which would close the connection before the answer.
  const chunks = request[Symbol.asyncIterator]();
  return collect(async () => (await chunks.next()).value, maxBodyBytes);
}
