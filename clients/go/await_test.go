package ringback

import (
	"context"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "ringback.dev/go/ringbackv1"
)

func TestAwaitGoesOnUntilTheJobHasEnded(t *testing.T) {
	var waits []string
	calls := 0
	f := &fake{call: func(_ context.Context, _ string, request any) (any, error) {
		waits = append(waits, request.(*pb.AwaitJobRequest).Wait)
		calls++
		switch {
		case calls == 1:
			return &pb.Job{Status: pb.Job_running}, nil
		case calls < 10:
			return nil, unavailable
		case calls == 10:
			return nil, status.Error(codes.Internal, "unexpected EOF")
		default:
			return &pb.Job{Status: pb.Job_failed}, nil
		}
	}}
	job, err := f.client(t).Jobs.Await(t.Context(), "job_1")
	if err != nil || job.Status != JobFailed {
		t.Errorf("got %v %v", job, err)
	}
	if calls != 11 || !slices.Equal(slices.Compact(waits), []string{"1m"}) {
		t.Errorf("%d calls that wait %v", calls, waits)
	}
}

func TestAwaitEndsWithWhatTheServerRefuses(t *testing.T) {
	f := newFailing(1000, refused, nil)
	if _, err := f.client(t).Jobs.Await(t.Context(), "job_1"); codeOf(err) != CodeInvalidArgument || f.calls.Load() != 1 {
		t.Errorf("got %v after %d calls", err, f.calls.Load())
	}
}
