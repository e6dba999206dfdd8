package ringback

import (
	"context"
	"time"

	"google.golang.org/grpc"

	pb "ringback.dev/go/ringbackv1"
)

// calls is what each call but watches goes through: it gets a deadline, is tried again, and its error is told as [Error].
type calls struct {
	timeout     time.Duration
	maxAttempts int
	waits       waits
}

func (c *calls) intercept(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	for tries := 1; ; tries++ {
		err := invoke(ctx, method, req, reply, conn, opts...)
		if err == nil {
			return nil
		}
		failed := errorFrom(ctx, err)
		if failed.Code != CodeUnavailable || !isRepeatable(req) || tries >= c.maxAttempts {
			return failed
		}
		wait := c.waits.after(tries)
		if deadline, _ := ctx.Deadline(); time.Until(deadline) < wait {
			return failed
		}
		// The transport has waits of its own, after which the server may long be back.
		conn.ResetConnectBackoff()
		if !sleep(ctx, wait) {
			return errorFrom(ctx, ctx.Err())
		}
	}
}

// isRepeatable tells whether a call does the same when it is made twice. Creates have idempotency keys, always.
func isRepeatable(req any) bool {
	switch req := req.(type) {
	case *pb.RotateSigningSecretRequest:
		return req.Secret != ""
	case *pb.AwaitJobRequest:
		// Repeated by Await itself, for as long as it takes.
		return false
	default:
		return true
	}
}
