import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sign, Verifier } from "../../src/webhook/index.js";

const one = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
const body = "it is time";

/** A source whose secrets can change, be missing, or not come. */
function sourceOf(...secrets: string[]) {
  const source = { secrets: secrets as readonly string[], fails: false, hangs: false };
  const read = vi.fn(async () => {
    if (source.hangs) await new Promise(() => {});
    if (source.fails) throw new Error("away");
    return source.secrets;
  });
  return Object.assign(source, { read });
}

/** Whether a callback that was signed with a secret is accepted. */
const accepts = async (verifier: Verifier, secret: string) =>
  verifier.verify(await sign(secret, { id: "exec_1", body }), body).then(
    () => true,
    (error: { reason?: string }) => (error.reason === "no_matching_signature" ? false : Promise.reject(error)),
  );

describe("a verifier", () => {
  it("takes other secrets while it runs", async () => {
    const verifier = new Verifier(one);
    verifier.replaceSecrets([other]);
    expect(await accepts(verifier, one)).toBe(false);
    expect(await accepts(verifier, other)).toBe(true);
  });

  it.each([[[]], ["whsec_AAAA"], [[other, ""]]])("keeps its secrets when it is given %j", async (secrets) => {
    const verifier = new Verifier(one);
    expect(() => verifier.replaceSecrets(secrets)).toThrow(TypeError);
    expect(await accepts(verifier, one)).toBe(true);
    expect(await accepts(verifier, other)).toBe(false);
  });
});

describe("a refreshing verifier", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it("reads its secrets when it is made, which may fail", async () => {
    const source = sourceOf(one);
    expect(await accepts(await Verifier.refreshing(source.read), one)).toBe(true);
    expect(source.read).toHaveBeenCalledTimes(1);
    source.fails = true;
    await expect(Verifier.refreshing(source.read)).rejects.toThrow("away");
    await expect(Verifier.refreshing(() => [])).rejects.toThrow("a signing secret is needed");
  });

  it("reads them by callbacks alone, once they are old, and lets none wait for it", async () => {
    const source = sourceOf(one);
    const verifier = await Verifier.refreshing(source.read);
    await later(3_600_000);
    expect(source.read).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
    source.hangs = true;
    expect(await Promise.all([accepts(verifier, one), accepts(verifier, one)])).toEqual([true, true]);
    expect(source.read).toHaveBeenCalledTimes(2);
  });

  it.each([
    { options: {}, ms: 300_000 },
    { options: { refreshAfter: "20s" }, ms: 20_000 },
  ])("takes them for old with $options after $ms ms", async ({ options, ms }) => {
    const source = sourceOf(one);
    const verifier = await Verifier.refreshing(source.read, options);
    await later(ms);
    expect(await accepts(verifier, one)).toBe(true);
    expect(source.read).toHaveBeenCalledTimes(1);
    source.secrets = [other];
    await later(1);
    expect(await accepts(verifier, one)).toBe(true);
    expect(source.read).toHaveBeenCalledTimes(2);
    await later(0);
    expect(await accepts(verifier, other)).toBe(true);
    expect(source.read).toHaveBeenCalledTimes(2);
  });

  it("reads them when no signature matches, and checks again", async () => {
    const source = sourceOf(one);
    const verifier = await Verifier.refreshing(source.read);
    source.secrets = [other];
    expect(await Promise.all([accepts(verifier, other), accepts(verifier, other)])).toEqual([true, true]);
    expect(source.read).toHaveBeenCalledTimes(2);
    expect(await accepts(verifier, one)).toBe(false);
  });

  it("does so at most every 10 seconds, however many forged callbacks come, and never for what can't match", async () => {
    const source = sourceOf(one);
    const verifier = await Verifier.refreshing(source.read);
    const headers = await sign(other, { id: "exec_1", body });
    await expect(verifier.verify({ ...headers, "webhook-signature": "v1,AAAA" }, body)).rejects.toThrow();
    expect(source.read).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 20; i++) expect(await accepts(verifier, other)).toBe(false);
    expect(source.read).toHaveBeenCalledTimes(2);
    await later(10_000);
    expect(await accepts(verifier, other)).toBe(false);
    expect(source.read).toHaveBeenCalledTimes(2);
    await later(1);
    expect(await accepts(verifier, other)).toBe(false);
    expect(source.read).toHaveBeenCalledTimes(3);
  });

  it("lets a callback wait for 5 seconds at most, and reads one at a time", async () => {
    const source = sourceOf(one);
    const verifier = await Verifier.refreshing(source.read);
    source.hangs = true;
    const answers = vi.fn();
    const waiting = Promise.all([accepts(verifier, other).then(answers), accepts(verifier, other).then(answers)]);
    await vi.waitUntil(() => vi.getTimerCount() > 0);
    await later(4_900);
    expect(answers).not.toHaveBeenCalled();
    await later(200);
    await waiting;
    expect(answers.mock.calls).toEqual([[false], [false]]);
    expect(source.read).toHaveBeenCalledTimes(2);
    // One that was stopped in the middle is not waited for for ever.
    source.hangs = false;
    source.secrets = [other];
    await later(60_000);
    expect(await accepts(verifier, other)).toBe(true);
    expect(source.read).toHaveBeenCalledTimes(3);
  });

  it("keeps what it has when that fails, tells it, and does not ask again at once", async () => {
    const source = sourceOf(one);
    const onRefreshError = vi.fn(() => {
      throw new Error("mine");
    });
    const verifier = await Verifier.refreshing(source.read, { onRefreshError });
    source.fails = true;
    await later(300_001);
    for (let i = 0; i < 3; i++) expect(await accepts(verifier, one)).toBe(true);
    expect(onRefreshError.mock.calls).toEqual([[expect.objectContaining({ message: "away" })]]);
    source.fails = false;
    source.secrets = ["whsec_AAAA"];
    await later(10_001);
    expect(await accepts(verifier, one)).toBe(true);
    await later(0);
    expect(onRefreshError).toHaveBeenCalledTimes(2);
    expect(onRefreshError).toHaveBeenLastCalledWith(expect.any(TypeError));
    source.secrets = [other];
    expect(await accepts(verifier, other)).toBe(true);
  });
});
