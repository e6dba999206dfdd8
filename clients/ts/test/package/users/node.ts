// A program of a user's in Node.js, of which only the types are checked. In CommonJS there is no await at its top.
import { createServer } from "node:http";
import { type Duration, isFinal, type Job, type Page, type Retry, Ringback, RingbackError } from "@ringback/client";
import { Ringback as NodeRingback } from "@ringback/client/node";
import { Ringback as WebRingback } from "@ringback/client/web";
import { fetchHandler, httpHandler, Verifier } from "@ringback/client/webhook";

const onRetry = ({ call, attempt, wait, error }: Retry) => console.log(call, attempt, wait, error.code, error.reason);

export async function main(timeout: Duration): Promise<void> {
  const ringback = new Ringback({ timeout, onRetry, tls: { ca: [Buffer.of(1), ""] } });
  const clients: (Ringback | WebRingback)[] = [ringback, new NodeRingback(), new WebRingback()];
  const jobs: Job[] = await ringback.jobs.batchCreate([{ url: "", json: { a: [1] }, scheduledAt: new Date() }]);
  const page: Page<Job> = await ringback.jobs.list({ status: ["failed"] });
  for await (const message of clients[1]!.jobs.watchAll({ types: ["job_failed"] }, { checkpoints: true })) {
    if (message.type === "checkpoint") continue;
    if (message.type === "job_failed") console.log(message.attempt.error?.class, message.job.id, message.executionId);
    console.log(jobs.length, page.items[0]?.retryPolicy.minBackoff, message.job && isFinal(message.job.status));
  }
  const verifier = await Verifier.refreshing(() => ringback.signingSecrets.secrets(), { refreshAfter: "1m" });
  createServer(
    httpHandler(verifier, (delivery, request, response) => {
      response.end(`${request.url} ${delivery.jobId} ${new RingbackError("UNKNOWN", "").reason}`);
    }),
  );
  fetchHandler(new Verifier([]), (delivery) => new Response(delivery.text()));
}
