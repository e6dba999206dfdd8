package dev.ringback.client;

/** Why Ringback refused a call, in a word to switch on. New ones may come. */
public enum Reason {
  /**
   * None was given, since it was not Ringback that answered, or one that this client does not know;
   * see {@link RingbackException#reasonText}.
   */
  UNKNOWN,
  /** Fields of the request are wrong: see {@link RingbackException#fieldViolations}. */
  INVALID_FIELDS,
  /** The API key is missing or not valid. */
  API_KEY_INVALID,
  /** No such job in the key's project. Metadata: {@code id}. */
  JOB_NOT_FOUND,
  /** No such execution in the key's project, or it is no longer kept. Metadata: {@code id}. */
  EXECUTION_NOT_FOUND,
  /**
   * The idempotency key was used for a job of other content. Metadata: {@code job_id}, the job it
   * was used for.
   */
  IDEMPOTENCY_KEY_REUSED,
  /**
   * The job has completed or failed and can no longer be cancelled. Metadata: {@code id}, {@code
   * status}.
   */
  JOB_ENDED,
  /** The database can't be reached, or can't do what is asked, at this moment. Try again. */
  DATABASE_UNAVAILABLE,
  /** The server is stopping or has too many calls in hand. Try again. */
  OVERLOADED,
  /**
   * The resume token is older than what is kept of the past; begin anew without one. Metadata:
   * {@code oldest_resume_token}, the oldest that works.
   */
  RESUME_TOKEN_TOO_OLD,
  /** The watcher took too long to take what it was told; a {@link Watch} resumes by itself. */
  WATCHER_TOO_SLOW,
  /**
   * Five signing secrets are in use, which is the most. Metadata: {@code next_expires_at}, when the
   * next of them expires.
   */
  TOO_MANY_SIGNING_SECRETS,
  /** Nothing is at this path: over REST alone. */
  NO_SUCH_CALL,
  /** The body is packed, and must not be: over REST alone. */
  UNSUPPORTED_ENCODING,
  /**
   * The project has as much in hand at this moment as it may: calls, streams, or bytes. Try again a
   * little later, with fewer calls at a time.
   */
  PROJECT_LIMIT,
  /** The request did not come in time. */
  REQUEST_TOO_SLOW,
  /** A fault of Ringback's, logged there under the request's id. Metadata: {@code id}. */
  INTERNAL
}
