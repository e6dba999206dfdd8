// A program of a user's, of which only the types are checked.
import { createServer } from "node:http";
import { type Job, Ringback, RingbackError } from "@ringback/client";
import { Ringback as WebRingback } from "@ringback/client/web";
import { expressMiddleware, type ExpressRequest, fetchHandler, Verifier } from "@ringback/client/webhook";

const clients: (Ringback | WebRingback)[] = [new Ringback({ tls: { ca: "" } }), new WebRingback()];
const jobs: Job[] = await clients[0]!.jobs.batchCreate([{ url: "", body: new Uint8Array(), scheduledAt: new Date() }]);
for await (const { type, job } of clients[1]!.jobs.watchAll({ status: ["failed"], types: ["job_failed"] })) {
  console.log(type, job?.lastAttempt?.error?.class, jobs.length, new RingbackError("UNKNOWN", "").reason);
}
const verify = expressMiddleware(new Verifier([]));
createServer((request: ExpressRequest, response) => verify(request, response, () => request.delivery?.attempt));
fetchHandler(new Verifier([]), (delivery) => new Response(delivery.text()));
