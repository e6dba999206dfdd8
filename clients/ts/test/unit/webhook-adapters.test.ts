import { request as httpRequest } from "node:http";
import express, { type ErrorRequestHandler, type RequestHandler } from "express";
import { Readable } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { expressMiddleware, fetchHandler, httpHandler, sign, Verifier } from "../../src/webhook/index.js";
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

/** A receiver on Node's own `http`. */
const byHttp: Send = async (body, headers) => {
  const handler = httpHandler(verifier, ({ id, body }, _, response) => response.end(`${id} ${body}`), {
    maxBodyBytes: 10,
  });
  const endpoint = await serveHttp(handler);
  return post(endpoint, body, headers ?? (await signed(body)));
};

/** A receiver in Express; `parser` comes before the middleware. */
const byExpress =
  (parser?: RequestHandler): Send =>
  async (body, headers) => {
    const app = express();
    if (parser) app.use(parser);
    app.post("/", expressMiddleware(verifier, { maxBodyBytes: 10 }), (request, response) => {
      response.send(`${request.delivery?.id} ${request.delivery?.body}`);
    });
    const fail: ErrorRequestHandler = (error, _request, response, _next) =>
      void response.status(500).send(String(error));
    app.use(fail);
    return post(await serveHttp(app), body, headers ?? (await signed(body)));
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

describe.each<{ name: string; send: Send }>([
  { name: "of fetch's style", send: byFetch },
  { name: "on Node's own http", send: byHttp },
  { name: "in Express", send: byExpress() },
  { name: "behind express.raw()", send: byExpress(express.raw({ type: "*/*" })) },
  { name: "behind a parser that left the body alone", send: byExpress(express.json()) },
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
      message: "no signature matches",
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

describe("a receiver in Express", () => {
  it("says that a parser took the raw body", async () => {
    const body = new TextEncoder().encode('{"a":1}');
    const headers = { ...(await signed(body)), "content-type": "application/json" };
    expect(await byExpress(express.json())(body, headers)).toMatchObject({
      status: 500,
      body: expect.stringContaining("before express.json()"),
    });
  });
});

describe("a receiver on Node's own http", () => {
  it("lets go of a body that breaks off", async () => {
    const handle = vi.fn();
    const handler = httpHandler(verifier, handle);
    const outcomes: Promise<unknown>[] = [];
    const endpoint = await serveHttp((request, response) => void outcomes.push(handler(request, response)));
    const request = httpRequest(endpoint, { method: "POST", headers: { "content-length": "10" } });
    request.on("error", () => {}).write("half");
    await vi.waitUntil(() => outcomes.length > 0);
    request.destroy();
    expect(await outcomes[0]).toBeUndefined();
    expect(handle).not.toHaveBeenCalled();
  });

  it("lets its handler's own errors through", async () => {
    const handler = httpHandler(verifier, () => Promise.reject(new Error("mine")));
    const request = Object.assign(Readable.from([bytes]), { headers: await signed(bytes) });
    await expect(handler(request as never, {} as never)).rejects.toThrow("mine");
  });
});

describe("a receiver of fetch's style", () => {
  it("lets its handler's own errors through", async () => {
    const handler = fetchHandler(verifier, () => Promise.reject(new Error("mine")));
    const request = new Request("http://me", { method: "POST", headers: await signed(bytes), body: bytes });
    await expect(handler(request)).rejects.toThrow("mine");
  });
});
