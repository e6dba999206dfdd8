package ringback

// Code is gRPC's kind of error, by its usual name.
type Code string

// The codes that calls fail with. Those of broken connections may be others.
const (
	CodeCancelled          Code = "CANCELLED"           // the caller's context, or Close
	CodeUnknown            Code = "UNKNOWN"             // an answer that is not gRPC, from something in between
	CodeInvalidArgument    Code = "INVALID_ARGUMENT"    // see FieldViolations
	CodeDeadlineExceeded   Code = "DEADLINE_EXCEEDED"   // no answer in time
	CodeNotFound           Code = "NOT_FOUND"           // no such job or execution in the key's project
	CodeAlreadyExists      Code = "ALREADY_EXISTS"      // the idempotency key was used for other content
	CodePermissionDenied   Code = "PERMISSION_DENIED"   // something in between forbids it
	CodeResourceExhausted  Code = "RESOURCE_EXHAUSTED"  // an answer of more than 32 MiB, or too many requests
	CodeFailedPrecondition Code = "FAILED_PRECONDITION" // not in the state that things are in
	CodeAborted            Code = "ABORTED"             // the watcher was too slow
	CodeOutOfRange         Code = "OUT_OF_RANGE"        // the resume token is too old
	CodeUnimplemented      Code = "UNIMPLEMENTED"       // a server that does not know the call
	CodeInternal           Code = "INTERNAL"            // a fault of the server's
	CodeUnavailable        Code = "UNAVAILABLE"         // no server, or one that can't now
	CodeUnauthenticated    Code = "UNAUTHENTICATED"     // no valid key
)
