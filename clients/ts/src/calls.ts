import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { Backoff, sleep } from "./backoff.js";
import { RingbackError } from "./errors.js";
import { JobService } from "./gen/ringback/v1/job_service_pb.js";
import { type CallOptions, type Settings, timeoutOf } from "./options.js";
import { isRepeatable } from "./repeatable.js";
import { toRingbackError } from "./rpc-error.js";
import { Scope } from "./scope.js";

/** What bounds one try of a call. */
export interface Limits {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** How a kind of call is made. */
export interface Manner {
  /** What it says in headers. */
  readonly headers?: Headers;
  /** The default deadline, if it is not the client's. */
  readonly timeoutMs?: number;
}

/** Where calls go out and come back: deadlines, retries and errors. */
export class Calls {
  /** For calls that last, each of which is taken up again in its own way. */
  readonly jobs: Pick<Client<typeof JobService>, "awaitJob" | "watchJob" | "watchJobs">;
  readonly #transport: Transport;
  readonly #settings: Settings;
  readonly #open = new Set<Scope>();
  #closed: RingbackError | undefined;

  constructor(transport: Transport, settings: Settings) {
    this.jobs = createClient(JobService, transport);
    this.#transport = transport;
    this.#settings = settings;
  }

  /** Makes a call, and again while Ringback is away if it is repeatable. */
  async run<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions,
    manner: Manner = {},
  ): Promise<MessageShape<O>> {
    const { timeoutMs: defaultMs = this.#settings.timeoutMs, headers } = manner;
    const message = create(method.input, request);
    const maxAttempts = isRepeatable(method, message, headers) ? this.#settings.maxAttempts : 1;
    const scope = this.scope(options, defaultMs);
    try {
      return await tries(maxAttempts, scope, async ({ signal, timeoutMs }) => {
        const answer = await this.#transport.unary(method, signal, timeoutMs, headers, message);
        return answer.message;
      });
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
