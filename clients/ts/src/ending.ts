import { Backoff, sleep } from "./backoff.js";
import { type Limits, once } from "./calls.js";
import { RingbackError } from "./errors.js";
import type { Job } from "./job.js";
import type { Scope } from "./scope.js";

/** How long one call waits: short enough for proxies, long enough to be rare. */
export const WAIT = "60s";

/** After this long, a call that waits is taken for dead. */
const DEAD_MS = 75_000;

/** Reads a job as soon as it has ended, by calls that wait, for as long as the scope lasts and whatever breaks meanwhile. */
export async function ending(scope: Scope, read: (limits: Limits) => Promise<Job>): Promise<Job> {
  const backoff = new Backoff(100, 5_000);
  for (;;) {
    try {
      const job = await once(scope, read, DEAD_MS);
      if (job.status === "completed" || job.status === "failed" || job.status === "cancelled") {
        return job;
      }
      backoff.reset();
    } catch (thrown) {
      scope.signal.throwIfAborted();
      if (!(thrown instanceof RingbackError && (thrown.retryable || thrown.code === "DEADLINE_EXCEEDED"))) {
        throw thrown;
      }
      await sleep(backoff.next(), scope.signal);
    }
  }
}
