import { type AdapterOptions, collect, maxBodyBytesOf, refusal } from "./answers.js";
import type { Delivery } from "./delivery.js";
import type { Verifier } from "./verifier.js";

/**
 * A handler in the style of `fetch`, as Cloudflare Workers, Vercel, Deno, Bun and Hono take it, behind a check of the signature.
 *
 * A bad signature is answered with 401, a body that is too large with 413. The request's own body has been read: take the
 * delivery's.
 */
export function fetchHandler(
  verifier: Verifier,
  handle: (delivery: Delivery, request: Request) => Response | Promise<Response>,
  options: AdapterOptions = {},
): (request: Request) => Promise<Response> {
  const maxBodyBytes = maxBodyBytesOf(options);
  return async (request) => {
    let delivery: Delivery;
    try {
      delivery = await verifier.verify(request.headers, await read(request, maxBodyBytes));
    } catch (thrown) {
      const refused = refusal(thrown);
      if (!refused) {
        throw thrown;
      }
      return new Response(refused.json, { status: refused.status, headers: { "content-type": "application/json" } });
    }
    return handle(delivery, request);
  };
}

async function read(request: Request, maxBodyBytes: number): Promise<Uint8Array> {
  if (!request.body) {
    return new Uint8Array();
  }
  const reader = request.body.getReader();
  try {
    return await collect(async () => (await reader.read()).value, maxBodyBytes);
  } catch (thrown) {
    await reader.cancel();
    throw thrown;
  }
}
