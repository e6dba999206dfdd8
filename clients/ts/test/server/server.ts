import { randomUUID } from "node:crypto";
import type { CreateJobParams } from "../../src/api.js";
import { Ringback } from "../../src/node.js";
import { Ringback as WebRingback } from "../../src/web.js";

export const endpoint = process.env["RINGBACK_ENDPOINT"]!;

/** Both ways to the server, through the same Envoy. */
export const transports = [
  { name: "gRPC", AnyRingback: Ringback },
  { name: "gRPC-Web", AnyRingback: WebRingback },
];

/** Kills the server (kill -9) and starts it again. */
export async function restart(): Promise<void> {
  const answer = await fetch(`${process.env["RINGBACK_TEST_CONTROL"]}/restart`, { method: "POST" });
  if (answer.status !== 204) {
    throw new Error(`the server was not restarted: ${answer.status}`);
  }
}

/** A word of its own. */
export const unique = (): string => randomUUID();

/** A job that is answered with 200. */
export const fine = (more: Partial<CreateJobParams> = {}): CreateJobParams => ({
  url: `${endpoint}/healthz`,
  method: "GET",
  ...more,
});

/** A job that is answered with 404, twice. */
export const failing = (more: Partial<CreateJobParams> = {}): CreateJobParams => ({
  url: `${endpoint}/nothing-here`,
  method: "GET",
  maxRetries: 1,
  ...more,
});
