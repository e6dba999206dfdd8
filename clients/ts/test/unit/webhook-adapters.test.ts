import { request as httpRequest } from "node:http";
import { describe, expect, it } from "vitest";
import {
  type Delivery,
  expressMiddleware,
  type ExpressRequest,
  fetchHandler,
  sign,
  Verifier,
} from "../../src/webhook/index.js";
import { serveHttp } from "./wire.js";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const verifier = new Verifier(secret);
const bytes = Uint8Array.of(123, 0, 255);

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What a receiver answers to a body, signed or as the headers say. */
type Send = (body: Uint8Array, headers?: Record<string, string>) => Promise<Answer>;

const signed = (body: Uint8Array) => sign(secret, { id: "exec_1", body });

/** A receiver in the style of `fetch`, which answers what it got. */
const byFetch: Send = async (body, headers) => {
  const handler = fetchHandler(verifier, ({ id, body }) => new Response(`${id} ${body}`), { maxBodyBytes: 10 });
  const request = new Request("http://me/hook", {
    method: "POST",
    headers: headers ?? (await signed(body)),
    body: body as never,
  });
  const response = await handler(request);
  return { status: response.status, body: await response.text() };
};

/** A receiver of Express's style on a real socket; `before` stands for what comes before the middleware. */
const byExpress =
  (before: (request: ExpressRequest & { body?: unknown }, raw: Uint8Array) => Promise<void> = async () => {}): Send =>
  async (body, headers) => {
    const middleware = expressMiddleware(verifier, { maxBodyBytes: 10 });
    const endpoint = await serveHttp(async (request: ExpressRequest, response) => {
      await before(request, body);
      await middleware(request, response, (error) => {
        const { id, body } = request.delivery ?? ({} as Delivery);
        response.writeHead(error ? 500 : 200).end(error ? String(error) : `${id} ${body}`);
      });
    });
    return post(endpoint, body, headers ?? (await signed(body)));
  };

function post(endpoint: string, body: Uint8Array, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(endpoint, { method: "POST", headers }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, body: text });
    });
    request.on("error", reject).end(body);
  });
}

const drain = async (request: AsyncIterable<Uint8Array>) => {
  for await (const _ of request);
};

describe.each<{ name: string; send: Send }>([
  { name: "of fetch's style", send: byFetch },
  { name: "of Express's style", send: byExpress() },
  {
    name: "behind express.raw()",
    send: byExpress(async (request, raw) => (await drain(request), void Object.assign(request, { body: raw }))),
  },
  {
    name: "behind a parser that left the body alone",
    send: byExpress(async (request) => void Object.assign(request, { body: {} })),
  },
])("a receiver $name", ({ send }) => {
  it("takes what is signed", async () => {
    expect(await send(bytes)).toEqual({ status: 200, body: "exec_1 123,0,255" });
    expect(await send(new Uint8Array(0))).toEqual({ status: 200, body: "exec_1 " });
  });

  it("answers a bad signature with 401, and says why", async () => {
    const answer = await send(bytes, await signed(Uint8Array.of(1)));
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toEqual({
      reason: "no_matching_signature",
      message: "no signature matches the body and a secret",
    });
    expect(await send(bytes, {})).toMatchObject({ status: 401, body: expect.stringContaining("missing_header") });
  });

  it("answers a body over the limit with 413, and takes one of just the limit", async () => {
    expect(await send(new Uint8Array(11))).toMatchObject({
      status: 413,
      body: expect.stringContaining("body_too_large"),
    });
    expect(await send(new Uint8Array(10))).toMatchObject({ status: 200 });
  });
});

describe("a receiver of Express's style", () => {
  it("says that a parser took the raw body", async () => {
    const parsed = byExpress(
      async (request) => (await drain(request), void Object.assign(request, { body: { a: 1 } })),
    );
    expect(await parsed(bytes)).toMatchObject({ status: 500, body: expect.stringContaining("before express.json()") });
  });
});

describe("a receiver of fetch's style", () => {
  it("lets its handler's own errors through", async () => {
    const handler = fetchHandler(verifier, () => Promise.reject(new Error("mine")));
    const request = new Request("http://me", { method: "POST", headers: await signed(bytes), body: bytes });
    await expect(handler(request)).rejects.toThrow("mine");
  });
});
