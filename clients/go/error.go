package ringback

import (
	"context"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// errorDomain is the domain of the reasons that are Ringback's.
const errorDomain = "ringback.dev"

// Error is why a call failed. Switch on Reason, and on Code where there is none or you don't know it:
//
//	var e *ringback.Error
//	if errors.As(err, &e) && e.Reason == ringback.ReasonJobNotFound {
//		fmt.Println("there is no job", e.Metadata["id"])
//	}
//
// When the context of a call ended, [errors.Is] also finds [context.Canceled] or [context.DeadlineExceeded] in it; the
// latter also when the client's own timeout was over.
type Error struct {
	// Code is gRPC's kind of error.
	Code Code
	// Reason is Ringback's own word for what is wrong. Empty when the error is not the server's own, such as that of a
	// broken connection.
	Reason Reason
	// Message is a sentence for people.
	Message string
	// Metadata is what belongs to the reason, such as the `id` of a job that is not there. May be empty.
	Metadata map[string]string
	// FieldViolations are the fields of the request that are wrong: all of them, with ReasonInvalidFields.
	FieldViolations []FieldViolation
	// Retryable tells whether the same call may succeed later: the server was unavailable, a watcher too slow, or the
	// project had as much in hand as it may. It does not tell whether repeating is safe; creates of this client are.
	Retryable bool

	cause error
	// How long the server asks to wait before the next try.
	retryAfter time.Duration
}

// FieldViolation is one field of a request that is wrong.
type FieldViolation struct {
	// Field is its path as in REST, such as `requests[3].url`.
	Field string
	// Description says what it must be.
	Description string
}

// Error tells the code, the reason and the message.
func (e *Error) Error() string {
	text := "ringback: " + string(e.Code)
	if e.Reason != "" {
		text += " (" + string(e.Reason) + ")"
	}
	return text + ": " + e.Message
}

// Unwrap gives [context.Canceled] or [context.DeadlineExceeded] where that is why, and nil otherwise.
func (e *Error) Unwrap() error {
	return e.cause
}

// errorFrom tells the error of a call that was made with this context, and ended with this trailer.
func errorFrom(ctx context.Context, err error, trailer metadata.MD) *Error {
	s, isStatus := status.FromError(err)
	if !isStatus {
		s = status.FromContextError(err)
	}
	e := &Error{Code: Code(code.Code(s.Code()).String()), Message: s.Message()}
	for _, detail := range s.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.Domain == errorDomain {
				e.Reason = Reason(detail.Reason)
				e.Metadata = detail.Metadata
			}
		case *errdetails.BadRequest:
			for _, v := range detail.FieldViolations {
				e.FieldViolations = append(e.FieldViolations, FieldViolation{Field: v.Field, Description: v.Description})
			}
		}
	}
	if e.Reason == "" && isBroken(s) {
		e.Code = CodeUnavailable
	}
	e.Retryable = e.Code == CodeUnavailable ||
		e.Code == CodeAborted && e.Reason == ReasonWatcherTooSlow ||
		e.Code == CodeResourceExhausted && e.Reason == ReasonProjectLimit
	if e.Reason == ReasonProjectLimit {
		e.retryAfter = retryAfter(trailer)
	}
	switch s.Code() {
	case codes.Canceled:
		// Nil when it was not the caller who cancelled.
		e.cause = ctx.Err()
	case codes.DeadlineExceeded:
		e.cause = context.DeadlineExceeded
	}
	return e
}

// isBroken tells whether a proxy or a server broke a stream off, of which gRPC says that it is an internal error.
func isBroken(s *status.Status) bool {
	return s.Code() == codes.Internal &&
		(strings.Contains(s.Message(), "RST_STREAM") || strings.Contains(s.Message(), "without sending trailers"))
}

// retryAfter is how long a server at a limit asks to wait: a second where it does not say.
func retryAfter(trailer metadata.MD) time.Duration {
	for _, value := range trailer.Get("retry-after") {
		if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
			return time.Duration(seconds) * time.Second
		}
	}
	return time.Second
}

// invalid is the error of a request that can't be sent, told as the server tells of one that it can't take.
func invalid(violations ...FieldViolation) *Error {
	var texts []string
	for _, v := range violations {
		texts = append(texts, v.Field+": "+v.Description)
	}
	return &Error{
		Code: CodeInvalidArgument, Reason: ReasonInvalidFields, Message: strings.Join(texts, "; "), FieldViolations: violations,
	}
}

// refuses tells whether the server said no, so that asking again would not help. All else, in whatever code, is a
// connection or a server that broke.
func (e *Error) refuses() bool {
	if e.Retryable {
		return false
	}
	switch e.Code {
	case CodeInvalidArgument, CodeNotFound, CodeUnauthenticated, CodePermissionDenied, CodeOutOfRange, CodeFailedPrecondition,
		CodeUnimplemented:
		return true
	}
	return e.Reason != ""
}
