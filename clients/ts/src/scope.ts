import { durationOf } from "./duration.js";
import { RingbackError } from "./errors.js";

/** The longest that timers can wait: about 25 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * How long something may go on: until a deadline, or until a signal is aborted.
 *
 * Release it at the end, so that a signal that outlives it does not keep it.
 */
export class Scope {
  readonly #controller = new AbortController();
  readonly #release: (() => void)[] = [];
  #end: number;

  constructor(timeoutMs: number, signal?: AbortSignal) {
    this.#end = performance.now() + timeoutMs;
    if (timeoutMs <= LONGEST_TIMER_MS) {
      const expire = () => this.end(new RingbackError("DEADLINE_EXCEEDED", `no end within ${durationOf(timeoutMs)}`));
      const timer = setTimeout(expire, timeoutMs);
      this.#release.push(() => clearTimeout(timer));
    }
    if (signal) {
      const follow = () => this.end(signal.reason);
      signal.addEventListener("abort", follow, { once: true });
      this.#release.push(() => signal.removeEventListener("abort", follow));
      if (signal.aborted) {
        follow();
      }
    }
  }

  /** Aborted when it is over; its reason is what callers are to be given. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** How many milliseconds are left. `Infinity` where there is no deadline. */
  get remainingMs(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** A scope within this one, with a deadline of its own. Release it too. */
  within(timeoutMs: number): Scope {
    // One timer for each deadline, so that this one's is not told as the other's.
    const own = new Scope(timeoutMs < this.remainingMs ? timeoutMs : Infinity, this.signal);
    own.#end = Math.min(own.#end, this.#end);
    return own;
  }

  /** Aborts what goes on in it. */
  end(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  /** Calls `then` when the scope is released. */
  onRelease(then: () => void): void {
    this.#release.push(then);
  }

  /** Ends it, and forgets its signal. */
  release(): void {
    for (const release of this.#release) {
      release();
    }
    this.end();
  }
}
