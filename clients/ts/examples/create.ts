// Creates a job that is called a day from now.
import { Ringback } from "@ringback/client";

const ringback = new Ringback(); // by RINGBACK_ENDPOINT and RINGBACK_API_KEY
const job = await ringback.jobs.create({
  url: "https://example.com/api/send-reminder",
  json: { userId: "user_123" },
  delay: "24h",
});
console.log(`${job.id} is ${job.status} until ${job.nextRunAt?.toISOString()}`);
