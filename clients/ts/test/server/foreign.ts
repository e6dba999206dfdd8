/** A program for where there is no Node.js; it leaves `run` on the global object. */
export const PROGRAM = `
  import { Ringback, RingbackError } from "@ringback/client";
  import { sign, Verifier } from "@ringback/client/webhook";

  const told = [];

  globalThis.run = {
    /** What has been told so far of the job that is watched. */
    told,

    /** Creates a job that fails twice, and watches it to its end. */
    async watch(endpoint, apiKey) {
      const ringback = new Ringback({ endpoint, apiKey });
      const job = await ringback.jobs.create({
        url: endpoint + "/nothing-here",
        method: "GET",
        body: "Grüße",
        delay: "2s",
        maxRetries: 1,
        retryPolicy: { minBackoff: "2s" },
      });
      for await (const { type, attempt } of ringback.jobs.watch(job.id)) {
        told.push((type + " " + (attempt?.number ?? "")).trim());
      }
      return (await ringback.jobs.get(job.id)).body;
    },

    /** What is known of a job that is not there. */
    async error(endpoint, apiKey) {
      const error = await new Ringback({ endpoint, apiKey }).jobs.get("job_00000000000000000000000000").catch((e) => e);
      const { name, code, reason, metadata } = error;
      return { typed: error instanceof RingbackError, name, code, reason, metadata };
    },

    /** Signs and verifies a callback. */
    async webhook() {
      const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
      const headers = await sign(secret, { id: "exec_1", body: "hello" });
      return (await new Verifier(secret).verify(headers, "hello")).text();
    },
  };
`;

export const FAILED_TWICE = [
  "snapshot",
  "attempt_started 1",
  "attempt_finished 1",
  "retry_scheduled 1",
  "attempt_started 2",
  "attempt_finished 2",
  "job_failed 2",
];

export const NOT_FOUND = {
  typed: true,
  name: "RingbackError",
  code: "NOT_FOUND",
  reason: "JOB_NOT_FOUND",
  metadata: { id: "job_00000000000000000000000000" },
};
