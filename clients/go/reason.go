package ringback

// Reason is the server's own word for what is wrong. New ones may come: treat one that you don't know by the [Code].
type Reason string

// The reasons that the server gives.
const (
	// ReasonInvalidFields: fields of the request are wrong; FieldViolations lists each. INVALID_ARGUMENT.
	ReasonInvalidFields Reason = "INVALID_FIELDS"
	// ReasonAPIKeyInvalid: the key is not a valid one. UNAUTHENTICATED.
	ReasonAPIKeyInvalid Reason = "API_KEY_INVALID"
	// ReasonJobNotFound: no such job in the key's project. NOT_FOUND. Metadata: `id`.
	ReasonJobNotFound Reason = "JOB_NOT_FOUND"
	// ReasonExecutionNotFound: no such execution in the key's project, or it is no longer kept. NOT_FOUND. Metadata: `id`.
	ReasonExecutionNotFound Reason = "EXECUTION_NOT_FOUND"
	// ReasonIdempotencyKeyReused: the idempotency key was used for a job of other content. ALREADY_EXISTS. Metadata:
	// `job_id`, the job it was used for.
	ReasonIdempotencyKeyReused Reason = "IDEMPOTENCY_KEY_REUSED"
	// ReasonJobEnded: the job has completed or failed and can no longer be cancelled. FAILED_PRECONDITION. Metadata:
	// `id`, `status`.
	ReasonJobEnded Reason = "JOB_ENDED"
	// ReasonDatabaseUnavailable: the server's database can't do what is asked at this moment. UNAVAILABLE.
	ReasonDatabaseUnavailable Reason = "DATABASE_UNAVAILABLE"
	// ReasonOverloaded: the server is stopping or has too many calls in hand. UNAVAILABLE.
	ReasonOverloaded Reason = "OVERLOADED"
	// ReasonResumeTokenTooOld: the resume token is older than what is kept of the past. OUT_OF_RANGE. Metadata:
	// `oldest_resume_token`, the oldest that works.
	ReasonResumeTokenTooOld Reason = "RESUME_TOKEN_TOO_OLD"
	// ReasonWatcherTooSlow: the watcher took too long to take what it was told. ABORTED. Watches of this client resume by
	// themselves after it.
	ReasonWatcherTooSlow Reason = "WATCHER_TOO_SLOW"
	// ReasonTooManySigningSecrets: five signing secrets are in use, which is the most. FAILED_PRECONDITION. Metadata:
	// `next_expires_at` (RFC 3339), when the next of them expires.
	ReasonTooManySigningSecrets Reason = "TOO_MANY_SIGNING_SECRETS"
	// ReasonProjectLimit: the project has as much in hand at this moment as it may: calls, streams, or bytes.
	// RESOURCE_EXHAUSTED.
	ReasonProjectLimit Reason = "PROJECT_LIMIT"
	// ReasonRequestTooSlow: the request did not come in time. DEADLINE_EXCEEDED.
	ReasonRequestTooSlow Reason = "REQUEST_TOO_SLOW"
	// ReasonNoSuchCall: over REST alone, nothing is at the path, or not by the method. NOT_FOUND or UNIMPLEMENTED.
	ReasonNoSuchCall Reason = "NO_SUCH_CALL"
	// ReasonUnsupportedEncoding: over REST alone, the body is packed, and must not be. INVALID_ARGUMENT. Metadata:
	// `content_encoding`.
	ReasonUnsupportedEncoding Reason = "UNSUPPORTED_ENCODING"
	// ReasonInternal: a fault of the server's, logged there under the request's id. INTERNAL. Metadata: `id`.
	ReasonInternal Reason = "INTERNAL"
)
