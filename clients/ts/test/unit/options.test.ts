import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type ClientOptions, CLIENT, settingsOf as settingsWith } from "../../src/options.js";
import { Ringback } from "../../src/node.js";
import { Ringback as WebRingback } from "../../src/web.js";
import { nowhere } from "./wire.js";

const settingsOf = (options: ClientOptions) => settingsWith(options, CLIENT);

afterEach(() => void vi.unstubAllEnvs());

describe("settings", () => {
  it("come from the environment, and options win", () => {
    vi.stubEnv("RINGBACK_ENDPOINT", "https://ringback.example");
    vi.stubEnv("RINGBACK_API_KEY", "from-environment");
    expect(settingsOf({})).toMatchObject({ endpoint: "https://ringback.example", apiKey: "from-environment" });
    expect(settingsOf({ endpoint: "http://other:1/", apiKey: "k" })).toMatchObject({
      endpoint: "http://other:1",
      apiKey: "k",
    });
  });

  it("have defaults", () => {
    vi.stubEnv("RINGBACK_ENDPOINT", "");
    expect(settingsOf({ apiKey: "k" })).toEqual({
      endpoint: "http://127.0.0.1:8080",
      apiKey: "k",
      timeoutMs: 30_000,
      maxAttempts: Infinity,
    });
  });

  it("do without a process, as in browsers", () => {
    vi.stubGlobal("process", undefined);
    try {
      expect(settingsOf({ apiKey: "k" }).endpoint).toBe("http://127.0.0.1:8080");
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it.each([
    [{ apiKey: "" }, /apiKey is missing.*RINGBACK_API_KEY/],
    [{ apiKey: "rb_sk_\n" }, /apiKey must be visible ASCII/],
    [{ apiKey: "k", endpoint: "ringback:8080" }, /endpoint must be http/],
    [{ apiKey: "k", endpoint: "http://me:secret@ringback" }, /endpoint must be http/],
    [{ apiKey: "k", endpoint: "http://ringback/path" }, /endpoint must be http/],
    [{ apiKey: "k", timeout: "0s" }, /timeout must be more than 0s/],
    [{ apiKey: "k", timeout: "30" }, /timeout must be a duration such as 30s/],
    [{ apiKey: "k", timeout: 30_000 }, /timeout must be a duration such as 30s or 1h30m, not 30000/],
    [{ apiKey: "k", timeoutMs: 30_000 }, /timeoutMs is unknown: did you mean timeout\?/],
    [{ apiKey: "k", maxAttempts: 0 }, /maxAttempts must be a number from 1 on, not 0/],
    [{ apiKey: "k", onRetry: console }, /onRetry must be a function, not a console/],
    [{ key: "k" }, /key is unknown: there are endpoint, apiKey/],
    ["rb_sk_1", /an object of endpoint, apiKey, .* is expected, not a text/],
  ])("%j are refused", (options, message) => {
    vi.stubEnv("RINGBACK_API_KEY", "");
    expect(() => new Ringback(options as never)).toThrow(message);
    expect(() => new WebRingback(options as never)).toThrow(message);
    expect(() => new WebRingback(options as never)).toThrow(TypeError);
  });

  it("may have no limit of time", () => {
    expect(settingsOf({ apiKey: "k", timeout: "none" }).timeoutMs).toBe(Infinity);
  });

  it("of TLS are for https", () => {
    expect(() => new Ringback({ apiKey: "k", tls: { ca: "" } })).toThrow("tls is for an endpoint with https://");
    const wrong = { apiKey: "k", endpoint: "https://a", tls: { cas: "" } };
    expect(() => new Ringback(wrong as never)).toThrow("tls.cas is unknown: did you mean ca?");
    expect(() => new WebRingback(wrong as never)).toThrow("tls is for Node.js");
  });
});

it.each([Ringback, WebRingback])("a client does not show its key", async (AnyRingback) => {
  const client = new AnyRingback({ endpoint: await nowhere(), apiKey: "rb_sk_hidden", maxAttempts: 1 });
  expect(inspect(client, { depth: 10, showHidden: true })).not.toContain("hidden");
  expect(JSON.stringify(client) + String(client)).not.toContain("hidden");
  const error = await client.jobs.get("job_1").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("ECONNREFUSED") });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("hidden");
});
