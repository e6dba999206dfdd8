import { Ringback } from "@ringback/client";

const ringback = new Ringback();
const target = `${process.env["RINGBACK_ENDPOINT"] ?? "http://127.0.0.1:8080"}/healthz`;
const { id } = await ringback.jobs.create({ url: target, method: "GET", delay: "1s" });
const job = await ringback.jobs.await(id, { timeoutMs: 60_000 });
console.log(`${job.id} is ${job.status}: answered with ${job.lastAttempt?.statusCode}`);
