import { Ringback } from "@ringback/client";

const ringback = new Ringback();
const target = `${process.env["RINGBACK_ENDPOINT"] ?? "http://127.0.0.1:8080"}/healthz`;
const { id } = await ringback.jobs.create({ url: target, method: "GET", delay: "3s" });
for await (const message of ringback.jobs.watch(id)) {
  console.log(`${message.at.toISOString()} ${message.type}: ${message.job?.status}`);
}
