import { expect, it } from "vitest";
import { deadAfter, proxy } from "./cutting-proxy.js";
import { fine, transports } from "./server.js";

it.concurrent.for(transports)(
  "by $name a watch leaves a connection that went dead without a word",
  async ({ AnyRingback }, { onTestFinished }) => {
    const dead = await proxy(deadAfter(500), onTestFinished);
    const [client, direct] = [new AnyRingback({ endpoint: dead.endpoint }), new AnyRingback()];
    // Longer than any watch takes to begin, and no longer than the slower of the two takes anyway.
    const job = await direct.jobs.create(fine({ delay: "10s" }));
    const seen: string[] = [];
    for await (const { type } of client.jobs.watch(job.id)) {
      seen.push(type);
    }
    expect(seen).toEqual(["snapshot", "attempt_started", "attempt_finished", "job_completed"]);
    expect(dead.connections()).toBeGreaterThan(1);
    client.close();
    direct.close();
  },
);
