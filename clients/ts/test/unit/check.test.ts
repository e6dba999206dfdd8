import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { Client } from "../../src/client.js";
import { expressMiddleware, fetchHandler, sign, Verifier } from "../../src/webhook/index.js";
import { clientOf } from "./fake.js";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const url = "http://a";
// Whatever is sent would be UNIMPLEMENTED.
const { jobs, signingSecrets } = clientOf({});

/** What a call throws, at once or later. */
async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (thrown) {
    return thrown;
  }
}

const wrong: [given: string, call: () => unknown, message: string][] = [
  [
    "a time as text",
    () => jobs.create({ url, scheduledAt: "2030-01-01" as never }),
    "scheduledAt must be a valid Date, not a text",
  ],
  [
    "no time",
    () => jobs.create({ url, scheduledAt: new Date("?") }),
    "scheduledAt must be a valid Date, not an invalid Date",
  ],
  [
    "a body that is an object",
    () => jobs.create({ url, body: { a: 1 } as never }),
    "body must be a text or a Uint8Array, not an object: give what is to be sent as JSON as `json`",
  ],
  [
    "a body that is an array",
    () => jobs.fetch({ url, body: [1] as never }),
    "body must be a text or a Uint8Array, not an array: give what is to be sent as JSON as `json`",
  ],
  [
    "a body that is a buffer's memory",
    () => jobs.create({ url, body: new ArrayBuffer(1) as never }),
    "body must be a text or a Uint8Array, not an ArrayBuffer",
  ],
  [
    "a number of milliseconds",
    () => jobs.create({ url, delay: 5000 as never }),
    "delay must be a duration such as 30s or 1h30m, not 5000",
  ],
  ["null", () => jobs.create({ url, delay: null as never }), "delay must be a duration such as 30s or 1h30m, not null"],
  [
    "a number as text",
    () => jobs.create({ url, maxRetries: "3" as never }),
    "maxRetries must be a whole number, not a text",
  ],
  ["half a number", () => jobs.list({ pageSize: 1.5 }), "pageSize must be a whole number, not 1.5"],
  [
    "a label that is a number",
    () => jobs.create({ url, labels: { run: 7 } as never }),
    "labels.run must be a text, not 7",
  ],
  [
    "fetch's Headers",
    () => jobs.create({ url, headers: new Headers({ a: "b" }) as never }),
    "headers must be an object of texts, not a Headers",
  ],
  ["a Map", () => jobs.list({ labels: new Map() as never }), "labels must be an object of texts, not a Map"],
  ["one status", () => jobs.list({ status: "failed" as never }), "status must be an array, not a text"],
  [
    "no status",
    () => jobs.list({ status: ["done" as never] }),
    'status[0] must be one of pending, running, completed, failed, cancelled, paused, not "done"',
  ],
  [
    "a type that can't be left out",
    () => jobs.watchAll({ types: ["snapshot", "checkpoint" as never] }),
    "types[1] must be one of snapshot, job_created",
  ],
  ["one id for several", () => jobs.watchAll({ ids: "job_1" as never }), "ids must be an array, not a text"],
  ["a job for its id", () => jobs.get({ id: "job_1" } as never), "id must be a text, not an object"],
  ["a promise for an id", () => jobs.cancel(Promise.resolve("job_1") as never), "id must be a text, not a Promise"],
  ["nothing for an id", () => jobs.await(undefined as never), "id must be a text, not undefined"],
  ["nothing for a job", () => jobs.create(undefined as never), "an object of url, method,"],
  ["one job for several", () => jobs.batchCreate({ url } as never), "requests must be an array, not an object"],
  [
    "a controller for its signal",
    () => jobs.get("job_1", { signal: new AbortController() as never }),
    "signal must be an AbortSignal, not an AbortController",
  ],
  [
    "a text for true",
    () => jobs.watch("job_1", { checkpoints: "yes" as never }),
    "checkpoints must be true or false, not a text",
  ],
  ["no duration", () => jobs.await("job_1", { timeout: "soon" }), "timeout must be a duration such as 30s or 1h30m"],
  ["a duration of nothing", () => jobs.watch("job_1", { timeout: "0s" }), "timeout must be more than 0s"],
  ["json and a body", () => jobs.create({ url, body: "", json: 1 }), "json and body can't both be given"],
  [
    "json that JSON does not have",
    () => jobs.create({ url, json: () => 1 }),
    "json can't be written as JSON: it is a function",
  ],
  ["json that ends nowhere", () => jobs.fetch({ url, json: 1n }), "json can't be written as JSON: Do not know how"],
  [
    "a tolerance in milliseconds",
    () => new Verifier(secret, { tolerance: 1 as never }),
    "tolerance must be a duration such as 30s or 1h30m, not 1",
  ],
  [
    "a tolerance without a unit",
    () => new Verifier(secret, { tolerance: "30" }),
    "tolerance must be a duration such as 30s or 1h30m",
  ],
  [
    "a secret that is an object",
    () => new Verifier([{ secret }] as never),
    "a signing secret must be a text, not an object",
  ],
  [
    "secrets for their source",
    () => Verifier.refreshing([secret] as never),
    "the source of secrets must be a function, not an array",
  ],
  [
    "a size as text",
    () => expressMiddleware(new Verifier(secret), { maxBodyBytes: "1mb" as never }),
    "maxBodyBytes must be a number from 1 on, not a text",
  ],
];

const unknown: [call: () => unknown, message: string][] = [
  [() => jobs.create({ url, sheduledAt: new Date() } as never), "sheduledAt is unknown: did you mean scheduledAt?"],
  [() => jobs.create({ url, max_retries: 1 } as never), "max_retries is unknown: did you mean maxRetries?"],
  [() => jobs.create({ url, retries: 1 } as never), "retries is unknown: did you mean maxRetries?"],
  [
    () => jobs.create({ url, retryPolicy: { minBackof: "1s" } } as never),
    "retryPolicy.minBackof is unknown: did you mean minBackoff?",
  ],
  [
    () => jobs.create({ url, foo: undefined } as never),
    "foo is unknown: there are url, method, headers, body, json, scheduledAt,",
  ],
  [() => jobs.create({ url, toString: 1 } as never), "toString is unknown"],
  [() => jobs.batchCreate([{ url }, { ur: url } as never]), "requests[1].ur is unknown: did you mean url?"],
  [() => jobs.batchCreate([{ url }, { url, json: 1, body: "" }]), "requests[1].json and requests[1].body can't"],
  [() => jobs.batchCreate([{ url, labels: { a: 1 } as never }]), "requests[0].labels.a must be a text, not 1"],
  [() => jobs.fetch({ url, header: {} } as never), "header is unknown"],
  [() => jobs.create({ url }, { timeoutMs: 1 } as never), "timeoutMs is unknown: did you mean timeout?"],
  [() => jobs.list({ label: {} } as never), "label is unknown: did you mean labels?"],
  [() => jobs.list({}, { singal: 1 } as never), "singal is unknown: did you mean signal?"],
  [() => jobs.executions("job_1", { size: 1 } as never), "size is unknown: did you mean pageSize?"],
  [() => jobs.attempts("job_1", { timeout: "1s" } as never), "timeout is unknown: there are pageSize, pageToken"],
  [() => jobs.watch("job_1", { resume_token: "1" } as never), "resume_token is unknown: did you mean resumeToken?"],
  [() => jobs.watchAll({ statuses: [] } as never), "statuses is unknown: did you mean status?"],
  [() => signingSecrets.rotate({ overlaps: "1s" } as never), "overlaps is unknown: did you mean overlap?"],
  [() => signingSecrets.secrets({ timout: "1s" } as never), "timout is unknown: did you mean timeout?"],
  [() => new Verifier(secret, { toleranceMs: 1 } as never), "toleranceMs is unknown: did you mean tolerance?"],
  [
    () => Verifier.refreshing(() => [secret], { refresh: "1m" } as never),
    "refresh is unknown: did you mean refreshAfter?",
  ],
  [
    () => fetchHandler(new Verifier(secret), () => new Response(), { maxBody: 1 } as never),
    "maxBody is unknown: did you mean maxBodyBytes?",
  ],
  [() => sign(secret, { id: "1", body: "", time: new Date() } as never), "time is unknown: did you mean timestamp?"],
];

describe("a TypeError tells", () => {
  it.each(wrong)("%s", async (_, call, message) => {
    const thrown = await thrownBy(call);
    expect(thrown).toBeInstanceOf(TypeError);
    expect((thrown as Error).message.slice(0, message.length)).toBe(message);
  });

  it.each(unknown)("%s", async (call, message) => {
    const thrown = await thrownBy(call);
    expect(thrown).toBeInstanceOf(TypeError);
    expect((thrown as Error).message.slice(0, message.length)).toBe(message);
  });

  it("of lists and watches at once, not when they are read", () => {
    expect(() => jobs.list({ foo: 1 } as never)).toThrow(TypeError);
    expect(() => jobs.watch("job_1", { foo: 1 } as never)).toThrow(TypeError);
    expect(() => jobs.watchAll({ foo: 1 } as never)).toThrow(TypeError);
    expect(() => jobs.attempts(1 as never)).toThrow(TypeError);
  });
});

describe("what is right is let through:", () => {
  const create = async (params: Parameters<Client["jobs"]["create"]>[0]) => {
    let sent: unknown;
    await clientOf({ createJob: (request) => ((sent = request), {}) }).jobs.create(params);
    return sent;
  };

  it("what is undefined", async () => {
    expect(await create({ url, delay: undefined, body: undefined, labels: undefined, json: undefined })).toMatchObject({
      url,
      delay: "",
      headers: {},
    });
  });

  it("what is of another realm", async () => {
    const params = runInNewContext(`({
      url: "http://a",
      labels: { a: "b" },
      body: new Uint8Array([1]),
      scheduledAt: new Date(0),
    })`) as Parameters<typeof create>[0];
    expect(await create(params)).toMatchObject({
      labels: { a: "b" },
      binaryBody: Uint8Array.of(1),
      scheduledAt: "1970-01-01T00:00:00.000Z",
    });
  });

  it("JSON, with its type unless a header has another", async () => {
    expect(await create({ url, json: { user: "ü" }, headers: { a: "b" } })).toMatchObject({
      body: '{"user":"ü"}',
      headers: { a: "b", "Content-Type": "application/json" },
    });
    const headers = { "content-type": "application/vnd.api+json" };
    expect(await create({ url, json: null, headers })).toMatchObject({ body: "null", headers });
    expect(await create({ url, body: "{}" })).toMatchObject({ body: "{}", headers: {} });
  });

  it("JSON of a relay, too", async () => {
    const sent: unknown[] = [];
    const client = clientOf({
      fetch: ({ contentType, data }) => (sent.push([contentType, new TextDecoder().decode(data)]), {}),
    });
    await client.jobs.fetch({ url, json: [1] });
    await client.jobs.fetch({ url, json: [1], contentType: "text/json" });
    expect(sent).toEqual([
      ["application/json", "[1]"],
      ["text/json", "[1]"],
    ]);
  });
});
