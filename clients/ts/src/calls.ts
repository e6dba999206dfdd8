import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { check } from "./check.js";
import { RingbackError } from "./errors.js";
import { JobService } from "./gen/ringback/v1/job_service_pb.js";
import { CALL, type CallOptions, type Settings, timeoutOf } from "./options.js";
import { isRepeatable } from "./repeatable.js";
import { toRingbackError } from "./rpc-error.js";
import { Scope } from "./scope.js";
import { Tries } from "./tries.js";

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

/** The longest wait between two tries of a call, and of what lasts, in milliseconds. */
const LONGEST_MS = 2_000;
const LONGEST_OF_LASTING_MS = 5_000;

/** The longest time that servers are told: gRPC has room for 8 digits. Some 28 hours. */
const LONGEST_TOLD_MS = 99_999_999;

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
    check(options, CALL);
    const { timeoutMs: defaultMs = this.#settings.timeoutMs, headers } = manner;
    const message = create(method.input, request);
    const maxAttempts = isRepeatable(method, message, headers) ? this.#settings.maxAttempts : 1;
    const tries = new Tries(method.name, LONGEST_MS, this.#settings.onRetry, maxAttempts);
    const scope = this.scope(options, defaultMs);
    try {
      for (;;) {
        try {
          return await this.once(scope, async ({ signal, timeoutMs }) => {
            const answer = await this.#transport.unary(method, signal, timeoutMs, headers, message);
            return answer.message;
          });
        } catch (thrown) {
          await tries.pause(thrown, scope);
        }
      }
    } finally {
      scope.release();
    }
  }

  /**
   * Makes one try, which may take so long and no longer than the scope lasts.
   *
   * Rejects with a `RingbackError`, or with the reason why the scope is over.
   */
  async once<T>(scope: Scope, call: (limits: Limits) => Promise<T>, timeoutMs = Infinity): Promise<T> {
    const own = scope.within(timeoutMs);
    const { signal, remainingMs } = own;
    try {
      signal.throwIfAborted();
      return await call({
        signal,
        ...(remainingMs <= LONGEST_TOLD_MS && { timeoutMs: Math.max(1, Math.ceil(remainingMs)) }),
      });
    } catch (thrown) {
      signal.throwIfAborted();
      throw this.error(thrown);
    } finally {
      own.release();
    }
  }

  /** The tries of a call that lasts. */
  tries(call: string): Tries {
    return new Tries(call, LONGEST_OF_LASTING_MS, this.#settings.onRetry);
  }

  /** What callers are told of what a transport threw. */
  error(thrown: unknown): RingbackError {
    return toRingbackError(thrown, this.#settings.endpoint);
  }

  /** How long a call with these options may go on. To be released. */
  scope(options: CallOptions, defaultMs: number): Scope {
    const { timeout, signal } = options;
    const scope = new Scope(timeout === undefined ? defaultMs : timeoutOf(timeout), signal);
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
