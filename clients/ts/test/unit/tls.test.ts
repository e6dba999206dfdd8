import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import type { Retry } from "../../src/api.js";
import { Ringback } from "../../src/node.js";
import { serveGrpc, serveTcp } from "./wire.js";

/** A certificate that is its own authority. */
async function selfSigned(name: string) {
  const extensions = [
    { name: "basicConstraints" as const, cA: true },
    {
      name: "subjectAltName" as const,
      altNames: [
        { type: 2 as const, value: name },
        { type: 7 as const, ip: "127.0.0.1" },
      ],
    },
  ];
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], { keyType: "ec", extensions });
  return { cert, key };
}

const jobs = { getJob: ({ id }: { id: string }) => ({ id }) };

describe("a client by TLS", async () => {
  const server = await selfSigned("localhost");
  const ca = server.cert;

  it("takes a CA of its user's", async () => {
    const client = new Ringback({ endpoint: await serveGrpc(jobs, server), apiKey: "k", tls: { ca } });
    expect(await client.jobs.get("job_1")).toMatchObject({ id: "job_1" });
    client.close();
  });

  it("trusts the system's roots alone unless told otherwise", async () => {
    const client = new Ringback({ endpoint: await serveGrpc(jobs, server), apiKey: "k", maxAttempts: 1 });
    await expect(client.jobs.get("job_1")).rejects.toThrow(/certificate/);
  });

  it("shows a certificate of its user's", async () => {
    const own = await selfSigned("reminders");
    const endpoint = await serveGrpc(jobs, { ...server, ca: own.cert, requestCert: true, rejectUnauthorized: true });
    const client = new Ringback({ endpoint, apiKey: "k", tls: { ca, ...own } });
    expect(await client.jobs.get("job_1")).toMatchObject({ id: "job_1" });
    client.close();
    const stranger = new Ringback({ endpoint, apiKey: "k", tls: { ca }, maxAttempts: 1 });
    await expect(stranger.jobs.get("job_1")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});

it("a connection that does not come about is given up after 5 seconds, so that the call can be tried again", async () => {
  // It takes the connection, and never answers the handshake.
  const endpoint = (await serveTcp(() => {})).replace("http:", "https:");
  const retries: Retry[] = [];
  const client = new Ringback({ endpoint, apiKey: "k", maxAttempts: 2, onRetry: (retry) => retries.push(retry) });
  await expect(client.jobs.get("job_1", { timeout: "15s" })).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringMatching(
      /^the connection to .+ failed: no connection within 5 s; tried 2 times in 1\d\.\d s$/,
    ),
  });
  expect(retries).toMatchObject([{ call: "GetJob", attempt: 1, error: { code: "UNAVAILABLE" } }]);
}, 30_000);
