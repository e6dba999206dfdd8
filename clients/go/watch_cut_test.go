package ringback

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"google.golang.org/grpc"

	"ringback.dev/go/internal/cutproxy"
	pb "ringback.dev/go/ringbackv1"
)

// TestAWatchSurvivesCutsAnywhere tells 2,000 messages over connections that are cut after some bytes, wherever that is.
func TestAWatchSurvivesCutsAnywhere(t *testing.T) {
	const count = 2000
	f := &fake{watch: func(request *pb.WatchJobRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
		// The token is the number of the message.
		told, _ := strconv.Atoi(request.ResumeToken)
		for n := told + 1; n <= count; n++ {
			if err := stream.Send(message(pb.WatchMessage_attempt_started, fmt.Sprint(n))); err != nil {
				return err
			}
		}
		return nil
	}}
	proxy := cutproxy.Start(t, f.start(t), func() int64 { return 1 + rand.Int64N(10_000) })
	client := newTestClient(t, "http://"+proxy.Addr)
	told := 0
	for message, err := range client.Jobs.Watch(t.Context(), "job_1") {
		if err != nil {
			t.Fatal(err)
		}
		if told++; message.ResumeToken != fmt.Sprint(told) {
			t.Fatalf("message %s in place %d", message.ResumeToken, told)
		}
	}
	if told != count || proxy.Cuts.Load() < 5 {
		t.Errorf("told %d, cut %d times", told, proxy.Cuts.Load())
	}
}
