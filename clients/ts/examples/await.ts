// Waits for a job to end.
import { Ringback } from "@ringback/client";

const ringback = new Ringback();
const target = `${process.env.RINGBACK_ENDPOINT}/healthz`;
const { id } = await ringback.jobs.create({ url: target, method: "GET", delay: "1s" });
const job = await ringback.jobs.await(id, { timeout: "1m" });
console.log(`${job.id} is ${job.status}: the target answered ${job.lastAttempt?.statusCode}`);
