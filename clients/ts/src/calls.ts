import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { Backoff, sleep } from "./backoff.js";
import { RingbackError } from "./errors.js";
import { JobService } from "./gen/ringback/v1/job_service_pb.js";
import { SigningSecretService } from "./gen/ringback/v1/signing_secret_service_pb.js";
import { type CallOptions, type Settings, timeoutOf } from "./options.js";
import { toRingbackError } from "./rpc-error.js";
import { Scope } from "./scope.js";

/** What bounds one try of a call. */
export interface Limits {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** How a kind of call is made. */
export interface Manner {
  /** Whether a call that may have been carried out can be made again without harm. Default `true`. */
  readonly repeatable?: boolean;
  /** The default deadline, if it is not the client's. */
  readonly timeoutMs?: number;
}

/** Where calls go out and come back: deadlines, retries and errors. */
export class Calls {
  readonly jobs: Client<typeof JobService>;
  readonly signingSecrets: Client<typeof SigningSecretService>;
  readonly #settings: Settings;
  readonly #open = new Set<Scope>();
  #closed: RingbackError | undefined;

  constructor(transport: Transport, settings: Settings) {
    this.jobs = createClient(JobService, transport);
    this.signingSecrets = createClient(SigningSecretService, transport);
    this.#settings = settings;
  }

  /** Makes a call, and again while Ringback is away if it is repeatable. */
  async run<T>(options: CallOptions, call: (limits: Limits) => Promise<T>, manner: Manner = {}): Promise<T> {
    const { timeoutMs = this.#settings.timeoutMs, repeatable = true } = manner;
    const scope = this.scope(options, timeoutMs);
    try {
      return await tries(repeatable ? this.#settings.maxAttempts : 1, scope, call);
    } finally {
      scope.release();
    }
  }

  /** How long a call with these options may go on. To be released. */
  scope(options: CallOptions, defaultMs: number): Scope {
    const scope = new Scope(timeoutOf(options.timeoutMs ?? defaultMs), options.signal);
    if (this.#closed) {
      scope.end(this.#closed);
    }
    this.#open.add(scope);
    scope.onRelease(() => this.#open.delete(scope));
    return scope;
  }

  /** Ends all calls, and all that will be made. */
  close(): void {
    this.#closed = new RingbackError("CANCELLED", "the client is closed");
    for (const scope of this.#open) {
      scope.end(this.#closed);
    }
  }
}

async function tries<T>(maxAttempts: number, scope: Scope, call: (limits: Limits) => Promise<T>): Promise<T> {
  const backoff = new Backoff(100, 2_000);
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(scope, call);
    } catch (thrown) {
      const waitMs = backoff.next();
      const last = attempt >= maxAttempts || waitMs >= scope.remainingMs;
      if (last || !(thrown instanceof RingbackError && thrown.code === "UNAVAILABLE")) {
        throw thrown;
      }
      await sleep(waitMs, scope.signal);
    }
  }
}

/**
 * Makes one try, which may take so long and no longer than the scope lasts.
 *
 * Rejects with a `RingbackError`, or with the reason why the scope is over.
 */
export async function once<T>(scope: Scope, call: (limits: Limits) => Promise<T>, timeoutMs = Infinity): Promise<T> {
  const own = scope.within(timeoutMs);
  const { signal, remainingMs } = own;
  try {
    signal.throwIfAborted();
    return await call({ signal, ...(remainingMs < Infinity && { timeoutMs: Math.max(1, Math.ceil(remainingMs)) }) });
  } catch (thrown) {
    signal.throwIfAborted();
    throw toRingbackError(thrown);
  } finally {
    own.release();
  }
}
