package ringback

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	pb "ringback.dev/go/ringbackv1"
)

// calls is what each call but watches goes through: it gets a deadline, is tried again, and its error is told as [Error].
type calls struct {
	timeout     time.Duration
	maxAttempts int
	retries     retries
}

// once is given to a call that is tried again by what calls it.
type once struct{ grpc.EmptyCallOption }

func isOnce(opt grpc.CallOption) bool {
	_, ok := opt.(once)
	return ok
}

func (c *calls) intercept(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	deadline, _ := ctx.Deadline()
	var trailer metadata.MD
	opts = append(slices.Clip(opts), grpc.Trailer(&trailer))
	tries := c.retries.of(path.Base(method))
	for {
		trailer = nil
		err := invoke(ctx, method, req, reply, conn, opts...)
		if err == nil {
			return nil
		}
		failed := errorFrom(ctx, err, trailer)
		if slices.ContainsFunc(opts, isOnce) {
			return failed
		}
		before := tries.last
		wait := tries.fail(failed)
		switch {
		case failed.Code == CodeDeadlineExceeded && failed.Reason == "":
			// Why the tries before failed says more than that the time is over.
			if before != nil {
				failed = before
			}
			return tries.told(failed)
		case !failed.Retryable:
			return failed
		case !isRepeatable(ctx, method, req), tries.failed >= c.maxAttempts, time.Until(deadline) < wait:
			return tries.told(failed)
		}
		if !tries.wait(ctx, conn, wait) {
			// By the deadline, where the two were too close to tell.
			if ctx.Err() == context.DeadlineExceeded {
				return tries.told(failed)
			}
			return tries.ended(ctx)
		}
	}
}

// isRepeatable tells whether a call does the same when it is made twice: its method does, as the proto files say, or what
// it carries makes it the same call.
func isRepeatable(ctx context.Context, method string, req any) bool {
	return levelOf(method) != descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN || isKeyed(ctx, req)
}

// levelOf is the idempotency_level that the proto files give a method, such as `/ringback.v1.JobService/GetJob`.
func levelOf(method string) descriptorpb.MethodOptions_IdempotencyLevel {
	name := strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", ".")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN
	}
	options, _ := found.Options().(*descriptorpb.MethodOptions)
	return options.GetIdempotencyLevel()
}

// isKeyed tells whether each job that a call creates has an idempotency key, or a rotation its secret.
func isKeyed(ctx context.Context, req any) bool {
	switch req := req.(type) {
	case *pb.CreateJobRequest:
		return req.IdempotencyKey != ""
	case *pb.BatchCreateJobsRequest:
		return !slices.ContainsFunc(req.Requests, func(job *pb.CreateJobRequest) bool { return job.IdempotencyKey == "" })
	case *httpbody.HttpBody:
		headers, _ := metadata.FromOutgoingContext(ctx)
		return len(headers.Get("idempotency-key")) > 0
	case *pb.RotateSigningSecretRequest:
		return req.Secret != ""
	default:
		return false
	}
}
