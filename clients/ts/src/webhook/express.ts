import { type AdapterOptions, BodyTooLarge, collect, MAX_BODY_BYTES, refusal } from "./answers.js";
import type { Delivery } from "./delivery.js";
import { bodyBytes } from "./secrets.js";
import type { Verifier } from "./verifier.js";

/** What the middleware needs of a request of Express, or of Node's own `http`. */
export interface ExpressRequest extends AsyncIterable<Uint8Array> {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Set by body parsers. */
  readonly body?: unknown;
  /** Whether somebody has read from the stream. */
  readonly readableDidRead: boolean;
  /** Set by the middleware. */
  delivery?: Delivery;
}

/** What the middleware needs of a response of Express, or of Node's own `http`. */
export interface ExpressResponse {
  writeHead(status: number, headers: Record<string, string>): { end(body: string): unknown };
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
  return async (request, response, next) => {
    try {
      const body = await rawBody(request, options.maxBodyBytes ?? MAX_BODY_BYTES);
      request.delivery = await verifier.verify(request.headers, body);
    } catch (thrown) {
      const refused = refusal(thrown);
      if (!refused) {
        return next(thrown);
      }
      // The rest of a body that is too large is not waited for.
      const headers = { "content-type": "application/json", connection: "close" };
      response.writeHead(refused.status, headers).end(refused.json);
      return;
    }
    next();
  };
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
