package ringback

import (
	"context"
	"net"
	"path"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "ringback.dev/go/ringbackv1"
)

// fake is a server that answers what a test tells it to.
type fake struct {
	pb.UnimplementedJobServiceServer
	pb.UnimplementedSigningSecretServiceServer

	// call answers all calls but watches, by the method's bare name.
	call func(ctx context.Context, method string, request any) (any, error)
	// watch answers watches of one job, and watchAll those of several.
	watch    func(request *pb.WatchJobRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error
	watchAll func(request *pb.WatchJobsRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error
}

func (f *fake) WatchJob(request *pb.WatchJobRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
	return f.watch(request, stream)
}

func (f *fake) WatchJobs(request *pb.WatchJobsRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
	return f.watchAll(request, stream)
}

// start serves until the test ends, and tells the address.
func (f *fake) start(t *testing.T, opts ...grpc.ServerOption) string {
	t.Helper()
	return f.serve(t, "127.0.0.1:0", opts...)
}

func (f *fake) serve(t *testing.T, address string, opts ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	opts = append(opts, grpc.UnaryInterceptor(
		func(ctx context.Context, request any, info *grpc.UnaryServerInfo, _ grpc.UnaryHandler) (any, error) {
			return f.call(ctx, path.Base(info.FullMethod), request)
		}))
	server := grpc.NewServer(opts...)
	pb.RegisterJobServiceServer(server, f)
	pb.RegisterSigningSecretServiceServer(server, f)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

// client starts the fake, and makes a client of it that reconnects quickly.
func (f *fake) client(t *testing.T, opts ...Option) *Client {
	t.Helper()
	return newTestClient(t, "http://"+f.start(t), opts...)
}

func newTestClient(t *testing.T, endpoint string, opts ...Option) *Client {
	t.Helper()
	client, err := New(append([]Option{WithEndpoint(endpoint), WithAPIKey("rb_sk_test")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	client.reconnect.waits = waits{first: time.Millisecond, longest: 20 * time.Millisecond}
	return client
}

var (
	unavailable = status.Error(codes.Unavailable, "not now")
	refused     = status.Error(codes.InvalidArgument, "no")
)

// message is a message of a watch with a token of its own.
func message(kind pb.WatchMessage_Type, token string) *pb.WatchMessage {
	m := &pb.WatchMessage{Type: kind, ResumeToken: token, At: timestamppb.Now()}
	if kind != pb.WatchMessage_checkpoint {
		m.Job = &pb.Job{Id: "job_1", Status: pb.Job_pending}
	}
	return m
}
