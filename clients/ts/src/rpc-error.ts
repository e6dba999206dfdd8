import { Code, ConnectError } from "@connectrpc/connect";
import { CODES, type ErrorCode, RingbackError } from "./errors.js";
import { BadRequestSchema, ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";

/** Turns what a transport threw into the error that callers get. The one place where that is done. */
export function toRingbackError(thrown: unknown, endpoint: string): RingbackError {
  if (thrown instanceof RingbackError) {
    return thrown;
  }
  const error = ConnectError.from(thrown);
  const code = codeOf(error);
  if (code === "UNAVAILABLE" && !isAnswered(error)) {
    const message = `the connection to ${endpoint} failed: ${said(error)}`;
    return new RingbackError(code, message, { cause: error.cause ?? error });
  }
  const info = error.findDetails(ErrorInfoSchema).find((detail) => detail.domain === "ringback.dev");
  const violations = error.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations);
  const message = code === "UNAVAILABLE" ? `${endpoint} is unavailable: ${error.rawMessage}` : error.rawMessage;
  const retryAfter = error.metadata.get("retry-after") ?? "";
  return new RingbackError(code, message, {
    reason: info?.reason ?? "",
    metadata: info?.metadata ?? {},
    fieldViolations: violations.map(({ field, description }) => ({ field, description })),
    retryAfterMs: /^\d{1,5}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : undefined,
  });
}

/** The code, whatever the transport makes of broken connections: anything from `aborted` to `invalid_argument`. */
function codeOf(error: ConnectError): ErrorCode {
  if (isAnswered(error)) {
    return CODES[error.code] as ErrorCode;
  }
  if (error.code === Code.DeadlineExceeded) {
    return "DEADLINE_EXCEEDED";
  }
  // What this side refused to send, or to take.
  if (error.rawMessage.startsWith("serialize ")) {
    return "INVALID_ARGUMENT";
  }
  if (error.rawMessage.includes("readMaxBytes")) {
    return "RESOURCE_EXHAUSTED";
  }
  return "UNAVAILABLE";
}

/** Whether the other side answered with this error: then it has the answer's headers. */
function isAnswered(error: ConnectError): boolean {
  return !error.metadata.keys().next().done;
}

/** What an error says and, where that is `fetch failed`, what caused it. */
function said(error: ConnectError): string {
  const behind = error.cause instanceof Error ? error.cause.cause : undefined;
  return behind instanceof Error && behind.message !== "" ? `${error.rawMessage}: ${behind.message}` : error.rawMessage;
}
