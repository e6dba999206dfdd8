package dev.ringback.server.api.call;

import dev.ringback.v1.ErrorReason;
import io.grpc.Status.Code;

/**
 * The one table of what is told when a call fails: the reason, and the codes that gRPC and HTTP
 * have for it. docs/api.md shows the same table.
 */
enum Reason {
  INVALID_FIELDS(ErrorReason.INVALID_FIELDS, Code.INVALID_ARGUMENT, 400),
  BODY_TOO_LARGE(ErrorReason.INVALID_FIELDS, Code.INVALID_ARGUMENT, 413),
  UNSUPPORTED_ENCODING(ErrorReason.UNSUPPORTED_ENCODING, Code.INVALID_ARGUMENT, 415),
  RESUME_TOKEN_TOO_OLD(ErrorReason.RESUME_TOKEN_TOO_OLD, Code.OUT_OF_RANGE, 400),
  REQUEST_TOO_SLOW(ErrorReason.REQUEST_TOO_SLOW, Code.DEADLINE_EXCEEDED, 408),
  WATCHER_TOO_SLOW(ErrorReason.WATCHER_TOO_SLOW, Code.ABORTED, 409),
  API_KEY_INVALID(ErrorReason.API_KEY_INVALID, Code.UNAUTHENTICATED, 401),
  NO_SUCH_PATH(ErrorReason.NO_SUCH_CALL, Code.NOT_FOUND, 404),
  NO_SUCH_METHOD(ErrorReason.NO_SUCH_CALL, Code.UNIMPLEMENTED, 405),
  JOB_NOT_FOUND(ErrorReason.JOB_NOT_FOUND, Code.NOT_FOUND, 404),
  EXECUTION_NOT_FOUND(ErrorReason.EXECUTION_NOT_FOUND, Code.NOT_FOUND, 404),
  IDEMPOTENCY_KEY_REUSED(ErrorReason.IDEMPOTENCY_KEY_REUSED, Code.ALREADY_EXISTS, 409),
  JOB_ENDED(ErrorReason.JOB_ENDED, Code.FAILED_PRECONDITION, 409),
  TOO_MANY_SIGNING_SECRETS(ErrorReason.TOO_MANY_SIGNING_SECRETS, Code.FAILED_PRECONDITION, 409),
  PROJECT_LIMIT(ErrorReason.PROJECT_LIMIT, Code.RESOURCE_EXHAUSTED, 429),
  OVERLOADED(ErrorReason.OVERLOADED, Code.UNAVAILABLE, 503),
  DATABASE_UNAVAILABLE(ErrorReason.DATABASE_UNAVAILABLE, Code.UNAVAILABLE, 503),
  INTERNAL(ErrorReason.INTERNAL, Code.INTERNAL, 500);

  private final ErrorReason word;
  private final Code code;
  private final int httpStatus;

  Reason(ErrorReason word, Code code, int httpStatus) {
    this.word = word;
    this.code = code;
    this.httpStatus = httpStatus;
  }

  /** What callers switch on. */
  ErrorReason word() {
    return word;
  }

  Code code() {
    return code;
  }

  int httpStatus() {
    return httpStatus;
  }

  /** Whether the same call may be served a moment later. */
  boolean passes() {
    return code == Code.UNAVAILABLE || code == Code.RESOURCE_EXHAUSTED;
  }
}
