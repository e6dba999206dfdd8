import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { sign, Verifier, type VerifierOptions } from "../../src/webhook/index.js";

/** The example of Standard Webhooks' own libraries. */
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const body = '{"test": 2432232314}';
const signedAt = 1614265330_000;
const headers = {
  "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
  "webhook-timestamp": "1614265330",
  "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

const other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

const verifier = (secrets: string | string[] = secret, options: VerifierOptions = {}) =>
  new Verifier(secrets, { now: () => signedAt, ...options });

describe("a callback", () => {
  it("of Standard Webhooks' example is accepted, and gives a delivery", async () => {
    const unsigned = { "x-ringback-attempt": "3", "x-ringback-job-id": "job_1" };
    const delivery = await verifier().verify({ ...headers, ...unsigned }, body);
    expect(delivery).toMatchObject({ id: headers["webhook-id"], timestamp: new Date(signedAt) });
    expect(delivery).toMatchObject({ attempt: 3, jobId: "job_1" });
    expect(delivery.text()).toBe(body);
    expect(delivery.json()).toEqual({ test: 2432232314 });
  });

  it("is accepted by the headers of fetch, by bytes, and by a secret without its prefix", async () => {
    const bytes = new TextEncoder().encode(body);
    const delivery = await verifier(secret.slice("whsec_".length)).verify(new Headers(headers), bytes);
    expect(delivery.body).toEqual(bytes);
    expect(delivery).toMatchObject({ attempt: undefined, jobId: undefined });
  });

  it("is accepted when any secret made any of the signatures; other versions are skipped", async () => {
    const foreign = (await sign(other, { id: "x", body })) as Record<string, string>;
    const signature = `v1a,${"A".repeat(86)}== v2,xyz ${foreign["webhook-signature"]} ${headers["webhook-signature"]}`;
    await verifier([other, secret]).verify({ ...headers, "webhook-signature": signature }, body);
  });

  it.each([
    { now: signedAt + 300_000, reason: undefined },
    { now: signedAt + 300_001, reason: "too_old" },
    { now: signedAt - 300_000, reason: undefined },
    { now: signedAt - 300_001, reason: "too_new" },
    { now: signedAt + 1_001, tolerance: "1s", reason: "too_old" },
    { now: signedAt + 3_000_000, tolerance: "50m", reason: undefined },
  ])("at $now is: $reason", async ({ now, tolerance, reason }) => {
    const verified = verifier(secret, { now: () => now, tolerance }).verify(headers, body);
    await (reason ? expect(verified).rejects.toMatchObject({ reason }) : verified);
  });

  it.each([
    ["another body", {}, `${body} `],
    ["another id", { "webhook-id": "msg_other" }, body],
    ["another time", { "webhook-timestamp": "1614265331" }, body],
    ["another signature", { "webhook-signature": "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" }, body],
    ["another version", { "webhook-signature": headers["webhook-signature"].replace("v1", "v2") }, body],
    ["no base64", { "webhook-signature": "v1,!" }, body],
  ])("of %s is not accepted, and nothing of the right signature is told", async (_, changed, sent) => {
    const error = await verifier()
      .verify({ ...headers, ...changed }, sent)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "no_matching_signature" });
    expect(inspect(error)).not.toContain("g0hM9SsE");
  });
});

describe("a signature", () => {
  it("is that of Standard Webhooks' example", async () => {
    const id = headers["webhook-id"];
    expect(await sign(secret, { id, timestamp: new Date(signedAt), body })).toEqual(headers);
  });

  it("is accepted, of any bytes", async () => {
    const bytes = Uint8Array.of(0, 255, 254, 128);
    await new Verifier(secret).verify(await sign(secret, { id: "exec_1", body: bytes }), bytes);
  });
});

describe("secrets", () => {
  it.each([
    [[]],
    [""],
    ["whsec_"],
    ["whsec_not base64"],
    ["whsec_AAA"],
    ["whsec_c2hvcnQ="],
    [[secret, "whsec_*hidden*"]],
  ])("%j are refused, and not shown", (secrets) => {
    let thrown: unknown;
    try {
      new Verifier(secrets);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect(inspect(thrown)).not.toMatch(/hidden|not base64|MfKQ/);
  });

  it("are not shown by a verifier", () => {
    expect(inspect(verifier(), { showHidden: true, depth: 9 })).not.toContain("MfKQ");
  });
});
