package dev.ringback.client;

/** How a call failed, in one word: the codes of gRPC, which {@link Reason} is more exact than. */
public enum Code {
  /** The caller ended the call: its thread was interrupted, or the client was closed. */
  CANCELLED,
  /** Nobody said how, or in a code that this client does not know; a newer client may. */
  UNKNOWN,
  /** The request is wrong, whatever the state of things. */
  INVALID_ARGUMENT,
  /** No answer came in time. What was asked for may have happened. */
  DEADLINE_EXCEEDED,
  /** There is no such job or execution. */
  NOT_FOUND,
  /** The idempotency key was used for something else. */
  ALREADY_EXISTS,
  /** The caller may not do this. */
  PERMISSION_DENIED,
  /** The project has as much in hand as it may, or a message is too large. */
  RESOURCE_EXHAUSTED,
  /** The state of things forbids it, such as cancelling a job that has ended. */
  FAILED_PRECONDITION,
  /** It was broken off, such as a watch whose reader is too slow. */
  ABORTED,
  /** It asks for what is no longer kept, such as a resume token that is too old. */
  OUT_OF_RANGE,
  /** This Ringback has no such call. */
  UNIMPLEMENTED,
  /** A fault of Ringback's, or bytes on the way that make no sense. */
  INTERNAL,
  /** Ringback can't be reached, or can't answer at this moment. Try again. */
  UNAVAILABLE,
  /** What was stored is lost. */
  DATA_LOSS,
  /** The API key is missing or not valid. */
  UNAUTHENTICATED
}
