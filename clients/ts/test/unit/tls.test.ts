import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Ringback } from "../../src/node.js";
import { serveGrpc } from "./wire.js";

const file = (name: string) => readFile(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));
const jobs = { getJob: ({ id }: { id: string }) => ({ id }) };

describe("a client by TLS", async () => {
  const ca = await file("ca");
  const server = { cert: await file("server"), key: await file("server-key") };

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
    const endpoint = await serveGrpc(jobs, { ...server, ca, requestCert: true, rejectUnauthorized: true });
    const client = new Ringback({
      endpoint,
      apiKey: "k",
      tls: { ca, cert: await file("client"), key: await file("client-key") },
    });
    expect(await client.jobs.get("job_1")).toMatchObject({ id: "job_1" });
    client.close();
    const stranger = new Ringback({ endpoint, apiKey: "k", tls: { ca }, maxAttempts: 1 });
    await expect(stranger.jobs.get("job_1")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});
