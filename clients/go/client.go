package ringback

import (
	"context"
	"fmt"
	"math"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/keepalive"

	pb "ringback.dev/go/ringbackv1"
)

// Version is the version of this library, as it stands in the user agent.
const Version = "0.1.0"

// maxMessageBytes is the largest answer that is taken: a page of attempts with their bodies.
const maxMessageBytes = 32 << 20

// Client calls one Ringback server with one API key. Make it with [New], once for a program; it is safe for use by
// many goroutines, which share its connection.
type Client struct {
	// Jobs creates, reads, cancels and watches jobs.
	Jobs *Jobs
	// SigningSecrets reads and rotates the secrets that callbacks are signed with.
	SigningSecrets *SigningSecrets

	conn     *grpc.ClientConn
	endpoint string
	timeout  time.Duration
	// How a watch or an await that was cut off is taken up again.
	reconnect retries
	// A watch that hears nothing for so long is cut off: the server tells something every few seconds.
	silence time.Duration
}

// New makes a client. It connects with the first call, so a server that is away is told by that call.
//
// It fails when there is no API key, neither by [WithAPIKey] nor in RINGBACK_API_KEY, and when an option makes no sense.
func New(opts ...Option) (*Client, error) {
	s, err := newSettings(opts)
	if err != nil {
		return nil, fmt.Errorf("ringback: %w", err)
	}
	calls := &calls{
		timeout:     s.timeout,
		maxAttempts: s.maxAttempts,
		retries:     retries{s.endpoint, s.waits, s.retryHook},
	}
	conn, err := grpc.NewClient(s.target,
		grpc.WithTransportCredentials(s.transport),
		grpc.WithPerRPCCredentials(s.key),
		grpc.WithUserAgent("ringback-go/"+Version),
		grpc.WithUnaryInterceptor(calls.intercept),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)),
		// Retries are those of calls, alone.
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 2, Jitter: 0.2, MaxDelay: 2 * time.Second},
			// A connection that hangs while it is made must leave time for another.
			MinConnectTimeout: s.connectTimeout,
		}),
		// Notices a server that vanished without a word.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 15 * time.Second, Timeout: 10 * time.Second}),
	)
	if err != nil {
		return nil, fmt.Errorf("ringback: %w", err)
	}
	c := &Client{
		conn:      conn,
		endpoint:  s.endpoint,
		timeout:   s.timeout,
		reconnect: retries{s.endpoint, waits{first: 100 * time.Millisecond, longest: 5 * time.Second}, s.retryHook},
		silence:   30 * time.Second,
	}
	c.Jobs = &Jobs{client: c, rpc: pb.NewJobServiceClient(conn)}
	c.SigningSecrets = &SigningSecrets{rpc: pb.NewSigningSecretServiceClient(conn)}
	return c, nil
}

// Close ends the connection, and with it all calls and watches that still run.
func (c *Client) Close() error {
	return c.conn.Close()
}

// String tells the endpoint, and nothing of the key.
func (c *Client) String() string {
	return "Ringback at " + c.endpoint
}

// withDeadline gives a call that waits at the server for so long time to do that, unless the caller set a deadline.
func (c *Client) withDeadline(ctx context.Context, wait time.Duration) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	// Without a sum that is more than there can be.
	return context.WithTimeout(ctx, c.timeout+min(max(wait, 0), math.MaxInt64-c.timeout))
}

// takeUp waits until what an error cut off may be taken up again. It returns an error when that must not be: the server
// refused, or the context or the client has ended.
func (c *Client) takeUp(ctx context.Context, tries *tries, cut *Error) error {
	if ctx.Err() == nil {
		if cut.refuses() || c.conn.GetState() == connectivity.Shutdown {
			return cut
		}
		if tries.wait(ctx, c.conn, tries.fail(cut)) {
			return nil
		}
	}
	return tries.ended(ctx)
}
