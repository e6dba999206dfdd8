import { describe, expect, it, vi } from "vitest";
import { all } from "../unit/fake.js";
import { mute, proxy } from "./cutting-proxy.js";
import { failing, fine, restart, transports, unique } from "./server.js";

describe.each(transports)("by $name", ({ AnyRingback }) => {
  it("creates under a restart give one job each", async () => {
    const client = new AnyRingback();
    const run = unique();
    const restarting = restart();
    const creates = Array.from({ length: 20 }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 20));
      return client.jobs.create(fine({ delay: "1h", labels: { run } }));
    });
    const jobs = await Promise.all(creates);
    await restarting;
    const listed = await all(client.jobs.list({ labels: { run } }));
    expect(listed.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort());
    expect(new Set(listed.map(({ id }) => id)).size).toBe(20);
    client.close();
  });

  it("a create whose answer is lost is one job", async () => {
    const run = unique();
    const direct = new AnyRingback();
    const created = new AbortController();
    const losing = await proxy(mute(created.signal));
    const client = new AnyRingback({ endpoint: losing.endpoint });
    const creating = client.jobs.create(fine({ delay: "1h", labels: { run } }));
    await vi.waitUntil(async () => (await direct.jobs.list({ labels: { run } })).items.length > 0, 10_000);
    created.abort();
    const job = await creating;
    expect((await all(direct.jobs.list({ labels: { run } }))).map(({ id }) => id)).toEqual([job.id]);
    expect(losing.connections()).toBe(2);
    client.close();
    direct.close();
  });

  it("an await goes on across a restart, and answers how the job ended", async () => {
    const client = new AnyRingback();
    const job = await client.jobs.create(failing({ delay: "2s", maxRetries: 0 }));
    const [ended] = await Promise.all([client.jobs.await(job.id), restart()]);
    expect(ended).toMatchObject({ id: job.id, status: "failed" });
    client.close();
  });
});
