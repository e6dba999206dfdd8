import { describe, expect, it } from "vitest";
import type { WatchMessage } from "../../src/api.js";
import { cutAfter, proxy } from "./cutting-proxy.js";
import { endpoint, failing, restart, transports, unique } from "./server.js";

const told = ({ type, attempt }: WatchMessage) => `${type} ${attempt?.number ?? ""}`.trim();

const FAILED_TWICE = [
  "snapshot",
  "attempt_started 1",
  "attempt_finished 1",
  "retry_scheduled 1",
  "attempt_started 2",
  "attempt_finished 2",
  "job_failed 2",
];

describe.each(transports)("by $name a watch", ({ AnyRingback }) => {
  it("goes on across a restart, with nothing lost and nothing twice", async () => {
    const client = new AnyRingback();
    const job = await client.jobs.create(failing({ delay: "2s", retryPolicy: { minBackoff: "2s" } }));
    const seen: string[] = [];
    let restarting: Promise<void> | undefined;
    for await (const message of client.jobs.watch(job.id)) {
      seen.push(told(message));
      if (message.type === "retry_scheduled") {
        restarting = restart();
      }
    }
    await restarting;
    expect(seen).toEqual(FAILED_TWICE);
    client.close();
  });

  it("tells through connections that are cut in the middle of frames what an undisturbed one tells", async () => {
    const cutting = await proxy(cutAfter(400, 150));
    const [undisturbed, cut] = [endpoint, cutting.endpoint].map((each) => new AnyRingback({ endpoint: each }));
    const run = unique();
    // Both must watch before the first is due, on a busy machine too.
    const jobs = await undisturbed!.jobs.batchCreate(
      Array.from({ length: 10 }, () => failing({ delay: "10s", retryPolicy: { minBackoff: "1s" }, labels: { run } })),
    );
    const watched = async (client: typeof undisturbed) => {
      const messages: WatchMessage[] = [];
      let failed = 0;
      for await (const message of client!.jobs.watchAll({ labels: { run } })) {
        messages.push(message);
        failed += Number(message.type === "job_failed");
        if (failed === jobs.length) break;
      }
      client!.close();
      return messages;
    };
    const [all, pieced] = await Promise.all([watched(undisturbed), watched(cut)]);
    const changes = (messages: WatchMessage[]) => messages.filter(({ type }) => type !== "snapshot");
    expect(changes(pieced).map((message) => [message.resumeToken, told(message)])).toEqual(
      changes(all).map((message) => [message.resumeToken, told(message)]),
    );
    for (const { id } of jobs) {
      expect(pieced.filter(({ job }) => job?.id === id).map(told)).toEqual(FAILED_TWICE);
    }
    expect(cutting.connections()).toBeGreaterThan(5);
  });
});
