// Watches a job to its end.
import { Ringback } from "@ringback/client";

const ringback = new Ringback();
const target = `${process.env.RINGBACK_ENDPOINT}/healthz`;
const { id } = await ringback.jobs.create({ url: target, method: "GET", delay: "3s" });
for await (const { type, at, job } of ringback.jobs.watch(id)) {
  console.log(`${at.toISOString()} ${type}: ${job?.status}`);
}
