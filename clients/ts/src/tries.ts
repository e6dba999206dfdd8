import { Backoff, sleep } from "./backoff.js";
import { type Duration, durationOf } from "./duration.js";
import { RingbackError } from "./errors.js";
import type { Scope } from "./scope.js";

/** A try that failed and is made again. */
export interface Retry {
  /** What is called, by its name in the API, such as `CreateJob` or `WatchJobs`. */
  readonly call: string;
  /** Which try it was: 1, 2, 3 … A watch, and an await, count from when they last heard something. */
  readonly attempt: number;
  /** How long the next try waits, such as `340ms`. */
  readonly wait: Duration;
  /** Why it failed. */
  readonly error: RingbackError;
}

/** Is told of each retry. What it throws is ignored. */
export type OnRetry = (retry: Retry) => void;

/** How long a project that is at its limit waits unless the server says so, in milliseconds. */
const LIMIT_MS = 1_000;

/** Counts the tries of a call that is made again, and waits between them. */
export class Tries {
  readonly #call: string;
  readonly #backoff: Backoff;
  readonly #onRetry: OnRetry | undefined;
  readonly #maxAttempts: number;
  #began = performance.now();
  #failed = 0;
  #last: RingbackError | undefined;

  constructor(call: string, longestMs: number, onRetry: OnRetry | undefined, maxAttempts = Infinity) {
    this.#call = call;
    this.#backoff = new Backoff(100, longestMs);
    this.#onRetry = onRetry;
    this.#maxAttempts = maxAttempts;
  }

  /** Begins anew: something was heard. */
  reset(): void {
    this.#began = performance.now();
    this.#failed = 0;
    this.#last = undefined;
    this.#backoff.reset();
  }

  /** Waits for the next try. Throws when there is none: of another failure, and where the wait would go past the deadline. */
  async pause(thrown: unknown, scope: Scope): Promise<void> {
    if (!(thrown instanceof RingbackError && thrown.retryable)) {
      throw this.#last && isTimeout(thrown) ? this.#finally(thrown, `: ${this.#last.message}`) : thrown;
    }
    const attempt = ++this.#failed;
    const leastMs = thrown.code === "RESOURCE_EXHAUSTED" ? (thrown.retryAfterMs ?? LIMIT_MS) : 0;
    const waitMs = leastMs + this.#backoff.next();
    if (attempt >= this.#maxAttempts || waitMs >= scope.remainingMs) {
      throw this.#finally(thrown);
    }
    this.#last = thrown;
    this.#tell({ call: this.#call, attempt, wait: durationOf(waitMs), error: thrown });
    await sleep(waitMs, scope.signal);
  }

  /** The error that a call ends with, and how often it was tried for how long. */
  #finally(error: RingbackError, more = ""): RingbackError {
    const tries = this.#failed + Number(isTimeout(error));
    const seconds = ((performance.now() - this.#began) / 1_000).toFixed(1);
    const tried = tries === 1 ? "tried once" : `tried ${tries} times in ${seconds} s`;
    return new RingbackError(error.code, `${error.message}; ${tried}${more}`, error);
  }

  #tell(retry: Retry): void {
    // What is async may fail later.
    void (async () => this.#onRetry?.(retry))().catch(() => {});
  }
}

function isTimeout(thrown: unknown): thrown is RingbackError {
  return thrown instanceof RingbackError && thrown.code === "DEADLINE_EXCEEDED";
}
