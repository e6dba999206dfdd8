import type { DescMethod, DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Backoff } from "../../src/backoff.js";
import type { Retry } from "../../src/api.js";
import { Calls } from "../../src/calls.js";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { JobService } from "../../src/gen/ringback/v1/job_service_pb.js";
import { SigningSecretService } from "../../src/gen/ringback/v1/signing_secret_service_pb.js";
import { CLIENT, settingsOf } from "../../src/options.js";
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

  it.each([1, 6])("is given up after %i tries where that is the most", async (maxAttempts) => {
    const getJob = vi.fn(() => Promise.reject(away()));
    const client = clientOf({ getJob }, { maxAttempts });
    await expect(client.jobs.get("job_1")).rejects.toMatchObject({ code: "UNAVAILABLE", reason: "OVERLOADED" });
    expect(getJob).toHaveBeenCalledTimes(maxAttempts);
  });

  // Timers end at 25 days, and what gRPC tells of a time at 28 hours.
  it.each(["27h", "28h", "720h", "876000h"])("may take %s", async (timeout) => {
    const told: (number | undefined)[] = [];
    const client = clientOf(
      {
        getJob(_, context) {
          told.push(context.timeoutMs());
          return { id: "job_1" };
        },
      },
      { timeout },
    );
    expect(await client.jobs.get("job_1")).toMatchObject({ id: "job_1" });
    expect(told).toHaveLength(1);
    expect(told[0] ?? 0).toBeLessThan(1e8);
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
      .map((method) => ({ name: method.localName, method, tries: once[method.localName] ? 1 : 5 })),
  )("of $name is tried $tries times, as the proto files say", async ({ name, method, tries }) => {
    const unary = vi.fn(() => Promise.reject(away()));
    const calls = new Calls({ unary, stream: unary }, settingsOf({ apiKey: "key", maxAttempts: 5 }, CLIENT));
    await expect(calls.run(method as DescMethodUnary, once[name] ?? {}, {})).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    expect(unary).toHaveBeenCalledTimes(tries);
  });

  it("that rotates is made again only with a secret of its own", async () => {
    const rotateSigningSecret = vi.fn(() => Promise.reject(away()));
    const client = clientOf({}, { maxAttempts: 4 }, { rotateSigningSecret });
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
});

describe("the retries of a call", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(1);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** What becomes of a call, and how long that takes. */
  async function outcome(call: Promise<unknown>): Promise<{ seconds: number; ended: unknown }> {
    const began = performance.now();
    const outcome = call
      .catch((thrown: unknown) => thrown)
      .then((ended) => ({ seconds: (performance.now() - began) / 1000, ended }));
    await vi.runAllTimersAsync();
    return outcome;
  }

  it("fill its timeout; a wait that would go past it is not begun, and the error says all of it", async () => {
    const opened: number[] = [];
    const began = Date.now();
    const getJob = vi.fn(() => (opened.push(Date.now() - began), Promise.reject(away())));
    const { ended } = await outcome(clientOf({ getJob }).jobs.get("job_1"));
    expect(ended).toMatchObject({
      code: "UNAVAILABLE",
      reason: "OVERLOADED",
      message: "http://127.0.0.1:8080 is unavailable: overloaded; tried 19 times in 29.1 s",
    });
    const waits = opened.slice(1).map((time, index) => time - opened[index]!);
    expect(waits).toEqual([100, 200, 400, 800, 1600, ...Array<number>(13).fill(2000)]);
  });

  it("go on for as long as the call may take", async () => {
    const getJob = vi.fn(() => Promise.reject(away()));
    const { ended } = await outcome(clientOf({ getJob }).jobs.get("job_1", { timeout: "90ms" }));
    expect(ended).toMatchObject({ message: expect.stringMatching(/; tried once$/) });
    await outcome(clientOf({ getJob }, { timeout: "5m" }).jobs.get("job_1"));
    expect(getJob.mock.calls.length).toBeGreaterThan(150);
  });

  it("outlast a restart of the server", async () => {
    const began = Date.now();
    const createJob = vi.fn(() => (Date.now() - began < 5_000 ? Promise.reject(away()) : { id: "job_1" }));
    const { ended, seconds } = await outcome(clientOf({ createJob }).jobs.create({ url: "http://a" }));
    expect(ended).toMatchObject({ id: "job_1" });
    expect(seconds).toBeLessThan(7.5);
  });

  it.each([
    { header: undefined, first: 1_100 },
    { header: "3", first: 3_100 },
    { header: "soon", first: 1_100 },
  ])("of a project at its limit begin after what the server says: $header", async ({ header, first }) => {
    const detail = { desc: ErrorInfoSchema, value: { reason: "PROJECT_LIMIT", domain: "ringback.dev" } };
    const headers = header === undefined ? {} : { "retry-after": header };
    const limit = new ConnectError("at its limit", Code.ResourceExhausted, headers, [detail]);
    const answers = [() => Promise.reject(limit), () => ({ id: "job_1" })];
    const { ended, seconds } = await outcome(clientOf({ getJob: () => answers.shift()!() }).jobs.get("job_1"));
    expect(ended).toMatchObject({ id: "job_1" });
    expect(seconds * 1000).toBeCloseTo(first, 0);
  });

  it("are told to a hook, which can't break the call", async () => {
    const told: Retry[] = [];
    const onRetry = vi.fn(async (retry: Retry) => {
      told.push(retry);
      throw new Error("mine");
    });
    const answers = [() => Promise.reject(away()), () => Promise.reject(away()), () => ({ id: "job_1" })];
    const { ended } = await outcome(clientOf({ getJob: () => answers.shift()!() }, { onRetry }).jobs.get("job_1"));
    expect(ended).toMatchObject({ id: "job_1" });
    const error = expect.objectContaining({ name: "RingbackError", reason: "OVERLOADED" });
    expect(told).toEqual([
      { call: "GetJob", attempt: 1, wait: "100ms", error },
      { call: "GetJob", attempt: 2, wait: "200ms", error },
    ]);
    onRetry.mockImplementation(() => {
      throw new Error("mine");
    });
    answers.push(
      () => Promise.reject(away()),
      () => ({ id: "job_2" }),
    );
    const again = clientOf({ getJob: () => answers.shift()!() }, { onRetry }).jobs.get("job_1");
    expect((await outcome(again)).ended).toMatchObject({ id: "job_2" });
  });

  it("that end in a try that hangs are told by the timeout's error", async () => {
    const answers = [() => Promise.reject(away()), () => new Promise<never>(() => {})];
    const client = clientOf({ getJob: () => answers.shift()!() });
    expect((await outcome(client.jobs.get("job_1"))).ended).toMatchObject({
      code: "DEADLINE_EXCEEDED",
      message: "no end within 30s; tried 2 times in 30.0 s: http://127.0.0.1:8080 is unavailable: overloaded",
    });
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
    await expect(clientOf(hung).jobs.get("job_1", { timeout: "20ms" })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    await expect(clientOf(hung, { timeout: "20ms" }).jobs.get("job_1")).rejects.toMatchObject({
      name: "RingbackError",
    });
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
    await expect(clientOf(hung).jobs.get("job_1", { timeout: "0s" })).rejects.toThrow("timeout must be more than 0s");
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
