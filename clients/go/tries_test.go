package ringback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	pb "ringback.dev/go/ringbackv1"
)

// quick makes the waits of calls so short that many fit into a test.
func quick(s *settings) {
	s.waits = waits{first: time.Millisecond, longest: 10 * time.Millisecond}
}

// away is an address at which nothing listens.
func away(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func TestACallIsTriedUntilItsTimeIsOver(t *testing.T) {
	const timeout = 300 * time.Millisecond
	address := away(t)
	for name, test := range map[string]struct {
		client *Client
		cause  string
	}{
		"refused by the server": {newFailing(1_000_000, unavailable, nil).client(t, WithTimeout(timeout), quick), "not now"},
		"refused by the host":   {newTestClient(t, "http://"+address, WithTimeout(timeout), quick), "dial tcp " + address + ": .*refused"},
	} {
		begun := time.Now()
		_, err := test.client.Jobs.Create(t.Context(), CreateJobParams{})
		took := time.Since(begun)
		if codeOf(err) != CodeUnavailable || took < timeout-10*time.Millisecond || took > timeout+5*time.Second {
			t.Errorf("%s: %v after %v", name, err, took)
		}
		endpoint := strings.TrimPrefix(test.client.String(), "Ringback at ")
		if want := regexp.MustCompile(test.cause + `.* \(` + endpoint + `, tried \d\d+ times in \d\.\d s\)$`); !want.MatchString(err.Error()) {
			t.Errorf("%s: %v is not of the form %v", name, err, want)
		}
	}
}

// TestACallOutlastsARestart starts the server once a create has found it away for some tries.
func TestACallOutlastsARestart(t *testing.T) {
	address := away(t)
	keys := map[string]bool{}
	f := &fake{call: func(_ context.Context, _ string, request any) (any, error) {
		keys[request.(*pb.CreateJobRequest).IdempotencyKey] = true
		return &pb.Job{Id: "job_1"}, nil
	}}
	var told []Retry
	client := newTestClient(t, "http://"+address, quick, WithRetryHook(func(retry Retry) {
		if told = append(told, retry); len(told) == 20 {
			f.serve(t, address)
		}
	}))
	job, err := client.Jobs.Create(t.Context(), CreateJobParams{})
	if err != nil || job.ID != "job_1" || len(keys) != 1 {
		t.Fatalf("got %v %v by %d keys", job, err, len(keys))
	}
	for i, retry := range told {
		if retry.Call != "CreateJob" || retry.Attempt != i+1 || retry.Wait <= 0 || retry.Wait > 10*time.Millisecond || retry.Err.Code != CodeUnavailable {
			t.Errorf("%d: told %+v", i, retry)
		}
	}
	if len(told) < 20 {
		t.Errorf("told %d times", len(told))
	}
}

func TestAHookThatPanicsBreaksNoCall(t *testing.T) {
	f := newFailing(2, unavailable, &pb.Job{})
	told := 0
	_, err := f.client(t, quick, WithRetryHook(func(Retry) { told++; panic("of the hook") })).Jobs.Get(t.Context(), "job_1")
	if err != nil || told != 2 {
		t.Errorf("got %v, told %d times", err, told)
	}
}

func TestAConnectionThatHangsLeavesTimeForAnother(t *testing.T) {
	// Takes connections, and never says a word.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var told Retry
	client := newTestClient(t, "http://"+listener.Addr().String(), func(s *settings) { s.connectTimeout = 50 * time.Millisecond },
		WithRetryHook(func(retry Retry) { told = retry; cancel() }))
	if _, err := client.Jobs.Get(ctx, "job_1"); codeOf(err) != CodeCancelled || told.Attempt != 1 || told.Err.Code != CodeUnavailable {
		t.Errorf("got %v, told %+v", err, told)
	}
}

func TestATryThatTheDeadlineCutsOff(t *testing.T) {
	for name, test := range map[string]struct {
		unavailable int32
		want        Code
		text        string
	}{
		"the first":     {0, CodeDeadlineExceeded, "ringback: DEADLINE_EXCEEDED: .* \\(http://.*, tried once in "},
		"a further one": {1, CodeUnavailable, "not now \\(http://.*, tried 2 times in "},
	} {
		f := &failing{}
		f.call = func(ctx context.Context, _ string, _ any) (any, error) {
			if f.calls.Add(1) > test.unavailable {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return nil, unavailable
		}
		_, err := f.client(t, WithTimeout(200*time.Millisecond), quick).Jobs.Get(t.Context(), "job_1")
		if codeOf(err) != test.want || !regexp.MustCompile(test.text).MatchString(err.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// limited answers once that the project is at its limit, with a retry-after unless that is empty.
func limited(retryAfter string) *failing {
	f := &failing{}
	f.call = func(ctx context.Context, _ string, _ any) (any, error) {
		if f.calls.Add(1) > 1 {
			return &pb.Job{}, nil
		}
		if retryAfter != "" {
			_ = grpc.SetTrailer(ctx, metadata.Pairs("retry-after", retryAfter))
		}
		return nil, refusal(codes.ResourceExhausted, "as much as it may", reason("ringback.dev", "PROJECT_LIMIT", nil))
	}
	return f
}

func TestAProjectAtItsLimitIsTriedAgainWhenTheServerSays(t *testing.T) {
	for retryAfter, want := range map[string]time.Duration{"": time.Second, "7": 7 * time.Second, "soon": time.Second} {
		ctx, cancel := context.WithCancel(t.Context())
		var told Retry
		client := limited(retryAfter).client(t, WithRetryHook(func(retry Retry) { told = retry; cancel() }))
		if _, err := client.Jobs.Get(ctx, "job_1"); codeOf(err) != CodeCancelled || told.Wait != want || told.Err.Reason != ReasonProjectLimit {
			t.Errorf("%q: %v, told %+v", retryAfter, err, told)
		}
	}
	// It would come too late.
	f := limited("7")
	_, err := f.client(t, WithTimeout(5*time.Second)).Jobs.Get(t.Context(), "job_1")
	if codeOf(err) != CodeResourceExhausted || f.calls.Load() != 1 || !strings.Contains(err.Error(), "tried once in 0.") {
		t.Errorf("got %v after %d calls", err, f.calls.Load())
	}
}

func TestTheHookIsToldOfWatchesAndAwaits(t *testing.T) {
	var told []string
	hook := WithRetryHook(func(retry Retry) {
		told = append(told, fmt.Sprintf("%s %d: %s", retry.Call, retry.Attempt, retry.Err.Message))
	})
	var resumed []string
	parts := []part{{nil, unavailable}, {nil, unavailable}, {[]string{"a"}, unavailable}, {nil, tooSlow}, {nil, nil}}
	for _, err := range telling(&resumed, parts...).client(t, hook).Jobs.Watch(t.Context(), "job_1") {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"WatchJob 1: not now", "WatchJob 2: not now", "WatchJob 1: not now", "WatchJob 2: slow"}
	if !slices.Equal(told, want) {
		t.Errorf("of a watch: %q", told)
	}

	resumed, told = nil, nil
	for range telling(&resumed, part{nil, nil}, part{nil, refused}).client(t, hook).Jobs.WatchAll(t.Context(), WatchJobsParams{}) {
	}
	if want := []string{"WatchJobs 1: the server ended the stream"}; !slices.Equal(told, want) {
		t.Errorf("of a watch of many: %q", told)
	}

	told = nil
	answers := []any{nil, nil, &pb.Job{Status: pb.Job_running}, nil, &pb.Job{Status: pb.Job_completed}}
	f := &fake{call: func(context.Context, string, any) (any, error) {
		answer := answers[0]
		if answers = answers[1:]; answer == nil {
			return nil, unavailable
		}
		return answer, nil
	}}
	if _, err := f.client(t, hook).Jobs.Await(t.Context(), "job_1"); err != nil {
		t.Fatal(err)
	}
	if want := []string{"AwaitJob 1: not now", "AwaitJob 2: not now", "AwaitJob 1: not now"}; !slices.Equal(told, want) {
		t.Errorf("of an await: %q", told)
	}
}

func TestAWatchOfWhatIsAwayEndsWithItsContextAndSaysWhy(t *testing.T) {
	address := away(t)
	for name, wait := range map[string]func(context.Context, *Jobs) error{
		"watch": func(ctx context.Context, jobs *Jobs) (last error) {
			for _, last = range jobs.Watch(ctx, "job_1") {
			}
			return last
		},
		"await": func(ctx context.Context, jobs *Jobs) error { _, err := jobs.Await(ctx, "job_1"); return err },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		client := newTestClient(t, "http://"+address, WithRetryHook(func(retry Retry) {
			if retry.Attempt == 3 {
				cancel()
			}
		}))
		err := wait(ctx, client.Jobs)
		want := regexp.MustCompile(`context canceled; before that: .*refused.* \(http://` + address + `, tried 3 times in \d+\.\d s\)$`)
		if !errors.Is(err, context.Canceled) || codeOf(err) != CodeCancelled || !want.MatchString(err.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASilentWatchSaysSo(t *testing.T) {
	var told []string
	var streams atomic.Int32
	f := &fake{watch: func(_ *pb.WatchJobRequest, stream grpc.ServerStreamingServer[pb.WatchMessage]) error {
		if streams.Add(1) == 1 {
			<-stream.Context().Done()
		}
		return nil
	}}
	client := f.client(t, WithRetryHook(func(retry Retry) { told = append(told, retry.Err.Message) }))
	client.silence = 100 * time.Millisecond
	for _, err := range client.Jobs.Watch(t.Context(), "job_1") {
		t.Error(err)
	}
	if !slices.Equal(told, []string{"nothing was heard for 100ms"}) {
		t.Errorf("told %q", told)
	}
}
