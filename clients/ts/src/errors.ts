/** gRPC's names of codes, in the order of their numbers. */
export const CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

/** What kind of failure it was: the name of a gRPC code. */
export type ErrorCode = Exclude<(typeof CODES)[number], "OK">;

/** Why the server refused a call; the README says when each comes. */
export type ErrorReason =
  | "INVALID_FIELDS"
  | "API_KEY_INVALID"
  | "JOB_NOT_FOUND"
  | "EXECUTION_NOT_FOUND"
  | "IDEMPOTENCY_KEY_REUSED"
  | "JOB_ENDED"
  | "RESUME_TOKEN_TOO_OLD"
  | "WATCHER_TOO_SLOW"
  | "TOO_MANY_SIGNING_SECRETS"
  | "PROJECT_LIMIT"
  | "DATABASE_UNAVAILABLE"
  | "OVERLOADED"
  | "REQUEST_TOO_SLOW"
  | "NO_SUCH_CALL"
  | "UNSUPPORTED_ENCODING"
  | "INTERNAL";

/** A field of a request that is wrong. */
export interface FieldViolation {
  /** Which, by its path in the API, such as `max_retries` or `requests[3].url`. */
  readonly field: string;
  /** What is wrong with it, in a sentence for people. */
  readonly description: string;
}

/** What is known of a failure besides its code and message. */
export interface ErrorFacts {
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly fieldViolations?: readonly FieldViolation[];
  readonly cause?: unknown;
  /** @internal */
  readonly retryAfterMs?: number | undefined;
}

/**
 * The error of every call that failed.
 *
 * A call that its own `signal` ended is rejected with the signal's reason instead.
 */
export class RingbackError extends Error {
  override readonly name = "RingbackError";
  /** What kind of failure it was. `UNAVAILABLE` is also a connection that can't be made or was cut. */
  readonly code: ErrorCode;
  /** Why the server refused, in a word to switch on; `""` when it gave none. More may come: then go by the code. */
  readonly reason: ErrorReason | "" | (string & {});
  /** Facts that belong to the reason, such as `id` or `status`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The fields of the request that are wrong. Empty unless the reason is `INVALID_FIELDS`. */
  readonly fieldViolations: readonly FieldViolation[];
  /** How long the server asks to wait before the next try. @internal */
  readonly retryAfterMs?: number;

  /** For tests of your own: the client makes its errors itself. */
  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.reason = facts.reason ?? "";
    this.metadata = facts.metadata ?? {};
    this.fieldViolations = facts.fieldViolations ?? [];
    if (facts.retryAfterMs !== undefined) {
      this.retryAfterMs = facts.retryAfterMs;
    }
  }

  /** Whether the same call may succeed a little later; a create is safe to repeat with its idempotency key only. */
  get retryable(): boolean {
    return (
      this.code === "UNAVAILABLE" ||
      (this.code === "ABORTED" && this.reason === "WATCHER_TOO_SLOW") ||
      (this.code === "RESOURCE_EXHAUSTED" && this.reason === "PROJECT_LIMIT")
    );
  }
}
