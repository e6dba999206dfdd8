import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it, vi } from "vitest";
import { BadRequestSchema, ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { Ringback } from "../../src/node.js";
import { VERSION } from "../../src/version.js";
import { Ringback as WebRingback } from "../../src/web.js";
import { clientOf, type FakeJobs } from "./fake.js";
import { nowhere, serveGrpc, serveGrpcWeb, serveHttp, serveTcp } from "./wire.js";

const transports = [
  { name: "gRPC", AnyRingback: Ringback, serve: serveGrpc, userAgent: "user-agent" },
  { name: "gRPC-Web", AnyRingback: WebRingback, serve: serveGrpcWeb, userAgent: "x-user-agent" },
];

describe.each(transports)("by $name", ({ AnyRingback, serve, userAgent }) => {
  const connect = (endpoint: string) => new AnyRingback({ endpoint, apiKey: "k", maxAttempts: 1 });
  const failing = async (error: ConnectError) =>
    connect(await serve({ getJob: () => Promise.reject(error) }))
      .jobs.get("job_1")
      .catch((thrown: unknown) => thrown);

  it("an error has all that the server tells", async () => {
    const fieldViolations = [{ field: "page_size", description: "must be from 1 to 500" }];
    const info = { reason: "INVALID_FIELDS", domain: "ringback.dev", metadata: { id: "job_1" } };
    const error = new ConnectError("page_size: must be from 1 to 500 – ü", Code.InvalidArgument, undefined, [
      { desc: ErrorInfoSchema, value: info },
      { desc: BadRequestSchema, value: { fieldViolations } },
    ]);
    expect(await failing(error)).toMatchObject({
      name: "RingbackError",
      code: "INVALID_ARGUMENT",
      reason: "INVALID_FIELDS",
      message: "page_size: must be from 1 to 500 – ü",
      metadata: { id: "job_1" },
      fieldViolations,
      retryable: false,
    });
  });

  it("a reason of another domain is none of Ringback's", async () => {
    const detail = { desc: ErrorInfoSchema, value: { reason: "OTHER", domain: "example.com" } };
    const error = new ConnectError("no", Code.Internal, undefined, [detail]);
    expect(await failing(error)).toMatchObject({ code: "INTERNAL", reason: "", message: "no" });
  });

  it.each(Object.values(Code).filter((code) => typeof code === "number"))("code %i has gRPC's name", async (code) => {
    const name = Code[code]
      ?.replace(/(?<=[a-z])[A-Z]/g, "_$&")
      .toUpperCase()
      .replace("CANCELED", "CANCELLED");
    expect(await failing(new ConnectError("", code))).toMatchObject({ code: name });
  });

  it("tells who calls", async () => {
    const seen: (string | null)[] = [];
    const endpoint = await serve({
      getJob: (_, { requestHeader }) => (
        seen.push(requestHeader.get("authorization"), requestHeader.get(userAgent)),
        {}
      ),
    });
    await connect(endpoint).jobs.get("job_1");
    expect(seen).toEqual(["Bearer k", `ringback-ts/${VERSION}`]);
  });

  it("takes large answers", async () => {
    const body = "x".repeat(20 << 20);
    const job = await connect(await serve({ getJob: () => ({ body }) })).jobs.get("job_1");
    expect(job.body).toHaveLength(body.length);
  });

  it.each([
    ["refused", nowhere],
    ["closed at once", () => serveTcp((socket) => void socket.destroy())],
    ["closed after the request", () => serveTcp((socket) => void socket.once("data", () => socket.destroy()))],
    ["reset after the request", () => serveTcp((socket) => void socket.once("data", () => socket.resetAndDestroy()))],
    ["answered with nonsense", () => serveTcp((socket) => void socket.end("HELLO\r\n\r\n"))],
  ])("a connection that is %s is UNAVAILABLE", async (_, serving) => {
    await expect(connect(await serving()).jobs.get("job_1")).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: "",
      message: expect.stringMatching(/^the connection to http:\/\/127\.0\.0\.1:\d+ failed: .+; tried once$/),
      retryable: true,
    });
  });
});

describe("by gRPC-Web", () => {
  const cut = async (body: Buffer) => {
    const endpoint = await serveHttp((_, response) => {
      response.writeHead(200, { "content-type": "application/grpc-web+proto" }).end(body);
    });
    return new WebRingback({ endpoint, apiKey: "k", maxAttempts: 1 }).jobs.get("job_1");
  };

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["half a frame's head", Buffer.from([0, 0, 0])],
    ["half a frame", Buffer.from([0, 0, 0, 0, 9, 1, 2, 3])],
    ["no trailer", Buffer.from([0, 0, 0, 0, 0])],
  ])("an answer that was cut to %s is UNAVAILABLE", async (_, body) => {
    await expect(cut(body)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("what a proxy answers has the code of its status", async () => {
    for (const [status, code] of Object.entries({ 401: "UNAUTHENTICATED", 404: "UNIMPLEMENTED" })) {
      const endpoint = await serveHttp((_, response) => void response.writeHead(Number(status)).end("<html>"));
      const client = new WebRingback({ endpoint, apiKey: "k", maxAttempts: 1 });
      await expect(client.jobs.get("job_1")).rejects.toMatchObject({ code, message: `HTTP ${status}` });
    }
    const endpoint = await serveHttp((_, response) => void response.writeHead(503).end("<html>"));
    const message = `${endpoint} is unavailable: HTTP 503; tried once`;
    const client = new WebRingback({ endpoint, apiKey: "k", maxAttempts: 1 });
    await expect(client.jobs.get("job_1")).rejects.toMatchObject({ code: "UNAVAILABLE", message });
  });
});

describe("what this side won't do", () => {
  it("is not taken for a broken connection: answers of more than 32 MiB", async () => {
    const getJob = vi.fn(() => ({ body: "x".repeat(33 << 20) }));
    const client = new Ringback({ endpoint: await serveGrpc({ getJob }), apiKey: "k" });
    await expect(client.jobs.get("job_1")).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    expect(getJob).toHaveBeenCalledTimes(1);
  });

  it("is not taken for a broken connection: a number that is too large", async () => {
    const listJobs = vi.fn(() => ({}));
    const jobs: FakeJobs = { listJobs };
    const client = new Ringback({ endpoint: await serveGrpc(jobs), apiKey: "k" });
    await expect(client.jobs.list({ pageSize: 2 ** 31 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(listJobs).not.toHaveBeenCalled();
  });

  it("is told by field, as the server does: what headers can't hold", async () => {
    await expect(clientOf({}).jobs.fetch({ url: "http://ü", idempotencyKey: "a\nb" })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: "INVALID_FIELDS",
      fieldViolations: [{ field: "x-fetch-url" }, { field: "idempotency-key" }],
    });
  });
});
