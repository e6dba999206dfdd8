import { Code, ConnectError } from "@connectrpc/connect";
import { CODES, type ErrorCode, RingbackError } from "./errors.js";
import { BadRequestSchema, ErrorInfoSchema } from "./gen/google/rpc/error_details_pb.js";

/** Turns what a transport threw into the error that callers get. The one place where that is done. */
export function toRingbackError(thrown: unknown): RingbackError {
  if (thrown instanceof RingbackError) {
    return thrown;
  }
  const error = ConnectError.from(thrown);
  const code = codeOf(error);
  if (code === "UNAVAILABLE" && !isAnswered(error)) {
    return new RingbackError(code, `the connection failed: ${said(error)}`, { cause: error.cause ?? error });
  }
  const info = error.findDetails(ErrorInfoSchema).find((detail) => detail.domain === "ringback.dev");
  const violations = error.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations);
  return new RingbackError(code, error.rawMessage, {
    reason: info?.reason ?? "",
    metadata: info?.metadata ?? {},
    fieldViolations: violations.map(({ field, description }) => ({ field, description })),
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
