package ringback

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "ringback.dev/go/ringbackv1"
)

// part is what one stream tells until it ends with an error, or well.
type part struct {
	tokens []string
	err    error
}

// telling is a fake whose watches tell these parts, one after the other; it keeps the tokens that they resumed from.
func telling(resumed *[]string, parts ...part) *fake {
	next := func(resumeToken string, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
		*resumed = append(*resumed, resumeToken)
		p := parts[len(*resumed)-1]
		for _, token := range p.tokens {
			kind := pb.WatchMessage_attempt_started
			if token[0] == '!' {
				kind = pb.WatchMessage_checkpoint
			}
			if err := stream.Send(message(kind, token)); err != nil {
				return err
			}
		}
		return p.err
	}
	return &fake{
		watch: func(request *pb.WatchJobRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
			return next(request.ResumeToken, stream)
		},
		watchAll: func(request *pb.WatchJobsRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
			return next(request.ResumeToken, stream)
		},
	}
}

var tooSlow = refusal(codes.Aborted, "slow", reason("ringback.dev", "WATCHER_TOO_SLOW", nil))

func TestAWatchResumesBehindItsLastMessage(t *testing.T) {
	parts := []part{
		{[]string{"a", "b"}, unavailable},
		{[]string{"!c"}, tooSlow},
		{nil, status.Error(codes.Internal, "stream terminated by RST_STREAM")},
		{nil, status.Error(codes.Canceled, "reset")},
		{nil, status.Error(codes.Unknown, "unexpected HTTP status")},
		{nil, status.Error(codes.DeadlineExceeded, "of a proxy")},
		{[]string{"d"}, nil},
	}
	for name, test := range map[string]struct {
		opts    []WatchOption
		told    []string
		resumed []string
	}{
		"without checkpoints":  {nil, []string{"a", "b", "d"}, []string{"", "b", "!c", "!c", "!c", "!c", "!c"}},
		"with checkpoints":     {[]WatchOption{WithCheckpoints()}, []string{"a", "b", "!c", "d"}, []string{"", "b", "!c", "!c", "!c", "!c", "!c"}},
		"from a token of ours": {[]WatchOption{ResumeAfter("0")}, []string{"a", "b", "d"}, []string{"0", "b", "!c", "!c", "!c", "!c", "!c"}},
	} {
		var told, resumed []string
		for message, err := range telling(&resumed, parts...).client(t).Jobs.Watch(t.Context(), "job_1", test.opts...) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			told = append(told, message.ResumeToken)
		}
		if !slices.Equal(told, test.told) || !slices.Equal(resumed, test.resumed) {
			t.Errorf("%s: told %q, resumed from %q", name, told, resumed)
		}
	}
}

func TestAWatchThatIsCutBeforeItsFirstMessageBeginsAgain(t *testing.T) {
	for _, token := range []string{"", "0"} {
		var resumed []string
		client := telling(&resumed, part{nil, unavailable}, part{nil, unavailable}, part{nil, nil}).client(t)
		for _, err := range client.Jobs.Watch(t.Context(), "job_1", ResumeAfter(token)) {
			t.Errorf("got %v", err)
		}
		if !slices.Equal(resumed, []string{token, token, token}) {
			t.Errorf("resumed from %q", resumed)
		}
	}
}

func TestAWatchOfManyGoesOnWhereTheServerEndsIt(t *testing.T) {
	var told, resumed []string
	client := telling(&resumed, part{[]string{"a"}, nil}, part{[]string{"b"}, refused}).client(t)
	for message, err := range client.Jobs.WatchAll(t.Context(), WatchJobsParams{}) {
		if err == nil {
			told = append(told, message.ResumeToken)
		}
	}
	if !slices.Equal(told, []string{"a", "b"}) || !slices.Equal(resumed, []string{"", "a"}) {
		t.Errorf("told %q, resumed from %q", told, resumed)
	}
}

func TestAWatchEndsWithWhatTheServerRefuses(t *testing.T) {
	for _, err := range []error{
		status.Error(codes.InvalidArgument, ""), status.Error(codes.NotFound, ""), status.Error(codes.Unauthenticated, ""),
		status.Error(codes.PermissionDenied, ""), status.Error(codes.FailedPrecondition, ""), status.Error(codes.Unimplemented, ""),
		refusal(codes.OutOfRange, "", reason("ringback.dev", "RESUME_TOKEN_TOO_OLD", nil)),
		refusal(codes.Internal, "", reason("ringback.dev", "INTERNAL", nil)),
	} {
		var resumed []string
		var got []error
		for message, told := range telling(&resumed, part{nil, err}).client(t).Jobs.Watch(t.Context(), "job_1") {
			if message != nil {
				t.Errorf("%v: got %v", err, message)
			}
			got = append(got, told)
		}
		if len(got) != 1 || codeOf(got[0]) != errorFrom(t.Context(), err, nil).Code {
			t.Errorf("%v: got %v", err, got)
		}
	}
}

func TestASilentStreamIsTakenForDead(t *testing.T) {
	t.Parallel()
	var resumed []string
	f := telling(&resumed, part{nil, nil}, part{[]string{"a"}, nil}, part{[]string{"b"}, nil})
	tell := f.watch
	f.watch = func(request *pb.WatchJobRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
		err := tell(request, stream)
		if len(resumed) < 3 {
			<-stream.Context().Done()
		}
		return err
	}
	client := f.client(t)
	client.silence = time.Second
	var told []string
	for message, err := range client.Jobs.Watch(t.Context(), "job_1") {
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, message.ResumeToken)
	}
	if !slices.Equal(told, []string{"a", "b"}) || !slices.Equal(resumed, []string{"", "", "a"}) {
		t.Errorf("told %q, resumed from %q", told, resumed)
	}
}

func TestTheTimeThatAMessageTakesIsNoSilence(t *testing.T) {
	t.Parallel()
	handled := make(chan struct{})
	streams := 0
	f := &fake{watch: func(_ *pb.WatchJobRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
		streams++
		_ = stream.Send(message(pb.WatchMessage_snapshot, "a"))
		select {
		case <-handled:
			return nil
		case <-stream.Context().Done():
			return unavailable
		}
	}}
	client := f.client(t)
	client.silence = time.Second
	for _, err := range client.Jobs.Watch(t.Context(), "job_1") {
		if err != nil {
			t.Fatal(err)
		}
		if streams == 1 {
			time.Sleep(client.silence + 100*time.Millisecond)
			close(handled)
		}
	}
	if streams != 1 {
		t.Errorf("%d streams", streams)
	}
}

func TestWhoLeavesTheLoopEndsTheStream(t *testing.T) {
	ended := make(chan struct{})
	f := &fake{watchAll: func(_ *pb.WatchJobsRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
		_ = stream.Send(message(pb.WatchMessage_snapshot, "a"))
		<-stream.Context().Done()
		close(ended)
		return nil
	}}
	for range f.client(t).Jobs.WatchAll(t.Context(), WatchJobsParams{}) {
		break
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the stream goes on")
	}
}

func TestTheContextEndsAWatch(t *testing.T) {
	f := &fake{watch: func(_ *pb.WatchJobRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
		_ = stream.Send(message(pb.WatchMessage_snapshot, "a"))
		<-stream.Context().Done()
		return stream.Context().Err()
	}}
	client := f.client(t)
	cancelled, cancel := context.WithCancel(t.Context())
	deadline, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	defer cancel()
	for ctx, want := range map[context.Context]error{cancelled: context.Canceled, deadline: context.DeadlineExceeded} {
		var last error
		for _, last = range client.Jobs.Watch(ctx, "job_1") {
			cancel()
		}
		if !errors.Is(last, want) || codeOf(last) == "" {
			t.Errorf("got %v, want %v", last, want)
		}
	}
}
