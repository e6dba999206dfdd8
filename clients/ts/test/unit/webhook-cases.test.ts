import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Verifier } from "../../src/webhook/index.js";

/** What a callback is made of; `clients/cases/README.md` says what each member means. */
interface Callback {
  secrets: string[];
  headers: Record<string, string | null>;
  body: string;
  now: number;
}

interface Case extends Partial<Callback> {
  name: string;
  signatures?: [number, string][];
  hmacs: number;
  refused?: { reason: string; message: string };
}

const file = new URL("../../../cases/webhook.json", import.meta.url);
const { example, cases } = JSON.parse(readFileSync(file, "utf8")) as { example: Callback; cases: Case[] };

function headersOf({ headers, signatures }: Case): Record<string, string | undefined> {
  const all = { ...example.headers, ...headers };
  if (signatures) {
    all["webhook-signature"] = signatures.flatMap(([times, text]) => Array<string>(times).fill(text)).join(" ");
  }
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value ?? undefined]));
}

describe("the cases of all clients", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(cases)("$name", async (given) => {
    const { secrets, body, now } = { ...example, ...given };
    // WebCrypto has two calls that compute an HMAC.
    const hmacs = [vi.spyOn(crypto.subtle, "sign"), vi.spyOn(crypto.subtle, "verify")];
    const verified = new Verifier(secrets, { now: () => now * 1000 }).verify(headersOf(given), body);
    await (given.refused ? expect(verified).rejects.toMatchObject(given.refused) : verified);
    expect(hmacs.reduce((calls, spy) => calls + spy.mock.calls.length, 0)).toBe(given.hmacs);
  });
});
