import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import { Ringback } from "../../src/node.js";
import { serveGrpc } from "./wire.js";

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
