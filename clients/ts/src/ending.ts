import type { Calls, Limits } from "./calls.js";
import { RingbackError } from "./errors.js";
import { isFinal, type Job } from "./job.js";
import type { Scope } from "./scope.js";

/** How long one call waits: short enough for proxies, long enough to be rare. */
export const WAIT = "60s";

/** After this long, a call that waits is taken for dead. */
const DEAD_MS = 75_000;

/** Reads a job as soon as it has ended, by calls that wait, for as long as the scope lasts and whatever breaks meanwhile. */
export async function ending(calls: Calls, scope: Scope, read: (limits: Limits) => Promise<Job>): Promise<Job> {
  const tries = calls.tries("AwaitJob");
  for (;;) {
    try {
      const job = await calls.once(scope, read, DEAD_MS);
      if (isFinal(job.status)) {
        return job;
      }
      tries.reset();
    } catch (thrown) {
      await tries.pause(scope.signal.aborted ? thrown : orSilent(thrown), scope);
    }
  }
}

/** A deadline that is the call's own, not the caller's, is another way to be away. */
function orSilent(thrown: unknown): unknown {
  return thrown instanceof RingbackError && thrown.code === "DEADLINE_EXCEEDED"
    ? new RingbackError("UNAVAILABLE", `the wait went silent: ${thrown.message}`)
    : thrown;
}
