package ringback

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	pb "ringback.dev/go/ringbackv1"
)

// codeOf is the code of an error, and empty for one that is not of this package.
func codeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func failingInvoker(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
	return unavailable
}

// nowhere is a connection that is never used.
func nowhere(t *testing.T) *grpc.ClientConn {
	t.Helper()
	return newTestClient(t, "http://127.0.0.1:1").conn
}

// refusal is an error as the server makes it.
func refusal(c codes.Code, message string, details ...protoadapt.MessageV1) error {
	s, err := status.New(c, message).WithDetails(details...)
	if err != nil {
		panic(err)
	}
	return s.Err()
}

func reason(domain, reason string, metadata map[string]string) protoadapt.MessageV1 {
	return protoadapt.MessageV1Of(&errdetails.ErrorInfo{Domain: domain, Reason: reason, Metadata: metadata})
}

func TestAnErrorTellsAllThatTheServerSaid(t *testing.T) {
	violations := &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: "url", Description: "must be absolute"}, {Field: "delay", Description: "must be less"},
	}}
	for _, test := range []struct {
		err  error
		want *Error
	}{
		{
			refusal(codes.NotFound, "no such job", reason("ringback.dev", "JOB_NOT_FOUND", map[string]string{"id": "job_1"})),
			&Error{Code: CodeNotFound, Reason: ReasonJobNotFound, Message: "no such job", Metadata: map[string]string{"id": "job_1"}},
		},
		{
			refusal(codes.InvalidArgument, "bad", reason("ringback.dev", "INVALID_FIELDS", nil), protoadapt.MessageV1Of(violations)),
			&Error{
				Code: CodeInvalidArgument, Reason: ReasonInvalidFields, Message: "bad",
				FieldViolations: []FieldViolation{{"url", "must be absolute"}, {"delay", "must be less"}},
			},
		},
		{
			refusal(codes.Unavailable, "later", reason("ringback.dev", "OVERLOADED", nil)),
			&Error{Code: CodeUnavailable, Reason: ReasonOverloaded, Message: "later", Retryable: true},
		},
		{
			refusal(codes.Aborted, "slow", reason("ringback.dev", "WATCHER_TOO_SLOW", nil)),
			&Error{Code: CodeAborted, Reason: ReasonWatcherTooSlow, Message: "slow", Retryable: true},
		},
		{
			refusal(codes.PermissionDenied, "no", reason("proxy.example.com", "BLOCKED", nil)),
			&Error{Code: CodePermissionDenied, Message: "no"},
		},
		{
			refusal(codes.ResourceExhausted, "much", reason("ringback.dev", "PROJECT_LIMIT", nil)),
			&Error{Code: CodeResourceExhausted, Reason: ReasonProjectLimit, Message: "much", Retryable: true, retryAfter: time.Second},
		},
		{status.Error(codes.Aborted, "gone"), &Error{Code: CodeAborted, Message: "gone"}},
		{errors.New("odd"), &Error{Code: CodeUnknown, Message: "odd"}},
	} {
		if got := errorFrom(t.Context(), test.err, nil); !reflect.DeepEqual(got, test.want) {
			t.Errorf("got %#v, want %#v", got, test.want)
		}
	}
	text := (&Error{Code: CodeNotFound, Reason: ReasonJobNotFound, Message: "no such job"}).Error()
	if text != "ringback: NOT_FOUND (JOB_NOT_FOUND): no such job" {
		t.Errorf("got %s", text)
	}
}

func TestTheContextIsFoundInErrors(t *testing.T) {
	f := &fake{call: func(ctx context.Context, _ string, _ any) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	client := f.client(t, WithTimeout(20*time.Millisecond))

	_, err := client.Jobs.Get(t.Context(), "job_1")
	if !errors.Is(err, context.DeadlineExceeded) || codeOf(err) != CodeDeadlineExceeded {
		t.Errorf("the client's timeout: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err = client.Jobs.Await(ctx, "job_1"); !errors.Is(err, context.DeadlineExceeded) || codeOf(err) != CodeDeadlineExceeded {
		t.Errorf("a deadline: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err = client.Jobs.Await(ctx, "job_1"); !errors.Is(err, context.Canceled) || codeOf(err) != CodeCancelled {
		t.Errorf("cancelled: %v", err)
	}
}

func TestACancelledContextEndsTheWaitBetweenTries(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	c := &calls{timeout: time.Hour, maxAttempts: 4, retries: retries{waits: waits{first: time.Minute, longest: time.Minute}}}
	err := c.intercept(ctx, pb.JobService_GetJob_FullMethodName, nil, nil, nowhere(t), failingInvoker)
	if !errors.Is(err, context.Canceled) || codeOf(err) != CodeCancelled {
		t.Errorf("got %v", err)
	}
}

func TestACancelThatWasNotTheCallersIsNotTheContexts(t *testing.T) {
	err := errorFrom(t.Context(), status.Error(codes.Canceled, "reset"), nil)
	if errors.Is(err, context.Canceled) || err.Code != CodeCancelled {
		t.Errorf("got %v", err)
	}
}

func TestAStreamThatWasBrokenOffIsUnavailable(t *testing.T) {
	for _, test := range []struct {
		err  error
		want Code
	}{
		{status.Error(codes.Internal, "stream terminated by RST_STREAM with error code: INTERNAL_ERROR"), CodeUnavailable},
		{status.Error(codes.Internal, "server closed the stream without sending trailers"), CodeUnavailable},
		{status.Error(codes.Internal, "a fault in Ringback"), CodeInternal},
		{refusal(codes.Internal, "RST_STREAM", reason("ringback.dev", "INTERNAL", nil)), CodeInternal},
	} {
		e := errorFrom(t.Context(), test.err, nil)
		if e.Code != test.want || e.Retryable != (test.want == CodeUnavailable) {
			t.Errorf("%v is %v, retryable: %v; want %v", test.err, e.Code, e.Retryable, test.want)
		}
	}
}
