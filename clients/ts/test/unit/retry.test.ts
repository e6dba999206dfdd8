import type { DescMethod, DescMethodUnary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Backoff } from "../../src/backoff.js";
import { Calls } from "../../src/calls.js";
import { JobService } from "../../src/gen/ringback/v1/job_service_pb.js";
import { SigningSecretService } from "../../src/gen/ringback/v1/signing_secret_service_pb.js";
import { settingsOf } from "../../src/options.js";
import { clientOf, refusal } from "./fake.js";

const away = () => refusal(Code.Unavailable, "OVERLOADED");

describe("a call", () => {
  beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());

  it("is made again while Ringback is away, with the same idempotency key", async () => {
    const keys: string[] = [];
    const client = clientOf({
      createJob(request) {
        keys.push(request.idempotencyKey);
        if (keys.length < 4) throw away();
        return { id: "job_1" };
      },
    });
    expect(await client.jobs.create({ url: "http://a" })).toMatchObject({ id: "job_1" });
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    { options: {}, tries: 4 },
    { options: { maxAttempts: 1 }, tries: 1 },
    { options: { maxAttempts: 6 }, tries: 6 },
  ])("is given up after $tries tries with $options", async ({ options, tries }) => {
    const getJob = vi.fn(() => Promise.reject(away()));
    const client = clientOf({ getJob }, options);
    await expect(client.jobs.get("job_1")).rejects.toMatchObject({ code: "UNAVAILABLE", reason: "OVERLOADED" });
    expect(getJob).toHaveBeenCalledTimes(tries);
  });

  it("is not made again when it was refused", async () => {
    const getJob = vi.fn(() => Promise.reject(refusal(Code.NotFound, "JOB_NOT_FOUND")));
    await expect(clientOf({ getJob }).jobs.get("job_1")).rejects.toMatchObject({ code: "NOT_FOUND", retryable: false });
    expect(getJob).toHaveBeenCalledTimes(1);
  });

  // With what does not make them the same call when they are made again. All others are.
  const once: Record<string, Record<string, unknown>> = {
    createJob: {},
    batchCreateJobs: { requests: [{ idempotencyKey: "k" }, {}] },
    fetch: {},
    rotateSigningSecret: {},
  };

  it.each(
    [JobService, SigningSecretService]
      .flatMap((service): DescMethod[] => service.methods)
      .filter((method) => method.methodKind === "unary")
      .map((method) => ({ name: method.localName, method, tries: once[method.localName] ? 1 : 4 })),
  )("of $name is tried $tries times, as the proto files say", async ({ name, method, tries }) => {
    const unary = vi.fn(() => Promise.reject(away()));
    const calls = new Calls({ unary, stream: unary }, settingsOf({ apiKey: "key" }));
    await expect(calls.run(method as DescMethodUnary, once[name] ?? {}, {})).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    expect(unary).toHaveBeenCalledTimes(tries);
  });

  it("that rotates is made again only with a secret of its own", async () => {
    const rotateSigningSecret = vi.fn(() => Promise.reject(away()));
    const client = clientOf({}, {}, { rotateSigningSecret });
    await expect(client.signingSecrets.rotate()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(rotateSigningSecret).toHaveBeenCalledTimes(1);
    await expect(client.signingSecrets.rotate({ secret: "whsec_AAAA" })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(rotateSigningSecret).toHaveBeenCalledTimes(1 + 4);
  });

  it("gives each job of a batch, and each relay, a key of its own unless it has one", async () => {
    const keys: string[] = [];
    const client = clientOf({
      batchCreateJobs: ({ requests }) => (keys.push(...requests.map((request) => request.idempotencyKey)), {}),
      fetch: (_, { requestHeader }) => (keys.push(requestHeader.get("idempotency-key") ?? ""), {}),
    });
    await client.jobs.batchCreate([{ url: "http://a" }, { url: "http://b", idempotencyKey: "mine" }]);
    await client.jobs.fetch({ url: "http://a" });
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), "mine", expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(keys[0]).not.toBe(keys[2]);
  });

  it("does not wait past its deadline", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const getJob = vi.fn(() => Promise.reject(away()));
    const began = performance.now();
    await expect(clientOf({ getJob }).jobs.get("job_1", { timeoutMs: 90 })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    expect(getJob).toHaveBeenCalledTimes(1);
    expect(performance.now() - began).toBeLessThan(90);
  });
});

it("many calls at once, and many tries, are no reason for a warning of leaks", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const client = clientOf({ getJob: () => Promise.reject(away()) }, { maxAttempts: 20 });
  await Promise.allSettled(Array.from({ length: 20 }, () => client.jobs.get("job_1")));
  expect(warn).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

describe("a call that hangs", () => {
  const hung = { getJob: () => new Promise<never>(() => {}) };

  it("ends at its deadline", async () => {
    await expect(clientOf(hung).jobs.get("job_1", { timeoutMs: 20 })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    await expect(clientOf(hung, { timeoutMs: 20 }).jobs.get("job_1")).rejects.toMatchObject({ name: "RingbackError" });
  });

  it("ends with the reason of its signal", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const call = clientOf(hung).jobs.get("job_1", { signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect(clientOf(hung).jobs.get("job_1", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("ends when the client is closed, and so do all later ones", async () => {
    const client = clientOf(hung);
    const call = client.jobs.get("job_1");
    client.close();
    await expect(call).rejects.toMatchObject({ code: "CANCELLED", message: "the client is closed" });
    await expect(client.jobs.get("job_1")).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("refuses a timeout that is none", async () => {
    await expect(clientOf(hung).jobs.get("job_1", { timeoutMs: 0 })).rejects.toThrow("timeoutMs must be more than 0");
  });
});

describe("waits", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("double up to the longest, and begin again", () => {
    vi.spyOn(Math, "random").mockReturnValue(1);
    const backoff = new Backoff(100, 2_000);
    expect(Array.from({ length: 7 }, () => backoff.next())).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  it("are of any length down to nothing", () => {
    vi.spyOn(Math, "random").mockReturnValue(0.25);
    expect(new Backoff(100, 2_000).next()).toBe(25);
  });
});
