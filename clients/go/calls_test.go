package ringback

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "ringback.dev/go/ringbackv1"
)

// failing fails its first calls with an error, and counts all.
type failing struct {
	fake
	calls atomic.Int32
}

func newFailing(times int32, err error, answer any) *failing {
	f := &failing{}
	f.call = func(context.Context, string, any) (any, error) {
		if f.calls.Add(1) <= times {
			return nil, err
		}
		return answer, nil
	}
	return f
}

func TestAnUnavailableServerIsTriedAsOftenAsTheOptionSays(t *testing.T) {
	f := newFailing(3, unavailable, &pb.Job{Id: "job_1"})
	if job, err := f.client(t, WithMaxAttempts(4), quick).Jobs.Get(t.Context(), "job_1"); err != nil || job.ID != "job_1" || f.calls.Load() != 4 {
		t.Errorf("got %v %v after %d calls", job, err, f.calls.Load())
	}
	f = newFailing(4, unavailable, &pb.Job{})
	if _, err := f.client(t, WithMaxAttempts(4), quick).Jobs.Get(t.Context(), "job_1"); codeOf(err) != CodeUnavailable || f.calls.Load() != 4 {
		t.Errorf("got %v after %d calls", err, f.calls.Load())
	}
	f = newFailing(1, unavailable, &pb.Job{})
	if _, err := f.client(t, WithMaxAttempts(1)).Jobs.Get(t.Context(), "job_1"); codeOf(err) != CodeUnavailable || f.calls.Load() != 1 {
		t.Errorf("got %v after %d calls", err, f.calls.Load())
	}
}

func TestNothingButUnavailableIsTriedAgain(t *testing.T) {
	for _, c := range []codes.Code{codes.Internal, codes.Unknown, codes.Aborted, codes.ResourceExhausted, codes.NotFound} {
		f := newFailing(1, status.Error(c, "no"), &pb.Job{})
		if _, err := f.client(t).Jobs.Get(t.Context(), "job_1"); err == nil || f.calls.Load() != 1 {
			t.Errorf("%v: got %v after %d calls", c, err, f.calls.Load())
		}
	}
}

func TestEachMethodIsTriedAgainOrNotAsTheProtoFilesSay(t *testing.T) {
	// With what does not make them the same call when they are made again. All others are.
	once := map[protoreflect.Name]proto.Message{
		"CreateJob":           &pb.CreateJobRequest{},
		"BatchCreateJobs":     &pb.BatchCreateJobsRequest{Requests: []*pb.CreateJobRequest{{IdempotencyKey: "k"}, {}}},
		"Fetch":               &httpbody.HttpBody{},
		"RotateSigningSecret": &pb.RotateSigningSecretRequest{},
	}
	for _, method := range methods() {
		if method.IsStreamingServer() {
			continue
		}
		request, want := once[method.Name()], 1
		if request == nil {
			kind, err := protoregistry.GlobalTypes.FindMessageByName(method.Input().FullName())
			if err != nil {
				t.Fatal(err)
			}
			request, want = kind.New().Interface(), 4
		}
		c := &calls{timeout: time.Minute, maxAttempts: 4, retries: retries{waits: waits{first: time.Millisecond, longest: time.Millisecond}}}
		tries := 0
		err := c.intercept(t.Context(), fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name()), request, nil, nowhere(t),
			func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
				tries++
				return unavailable
			})
		if codeOf(err) != CodeUnavailable || tries != want {
			t.Errorf("%s: %v after %d tries, want %d", method.Name(), err, tries, want)
		}
	}
}

// methods are those of all services that the client has.
func methods() []protoreflect.MethodDescriptor {
	var all []protoreflect.MethodDescriptor
	for _, file := range []protoreflect.FileDescriptor{
		pb.File_ringback_v1_job_service_proto, pb.File_ringback_v1_signing_secret_service_proto,
	} {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				all = append(all, service.Methods().Get(j))
			}
		}
	}
	return all
}

func TestAMethodThatNobodyKnowsIsNotTriedAgain(t *testing.T) {
	if isRepeatable(t.Context(), "/ringback.v1.JobService/GetNothing", &pb.GetJobRequest{}) {
		t.Error("is tried again")
	}
}

func TestARotationIsTriedAgainOnlyWithASecret(t *testing.T) {
	f := newFailing(1, unavailable, &pb.SigningSecret{})
	if _, err := f.client(t).SigningSecrets.Rotate(t.Context(), RotateParams{}); codeOf(err) != CodeUnavailable || f.calls.Load() != 1 {
		t.Errorf("without: %v after %d calls", err, f.calls.Load())
	}
	f = newFailing(1, unavailable, &pb.SigningSecret{})
	if _, err := f.client(t).SigningSecrets.Rotate(t.Context(), RotateParams{Secret: "whsec_"}); err != nil || f.calls.Load() != 2 {
		t.Errorf("with: %v after %d calls", err, f.calls.Load())
	}
}

func TestRetriesHaveTheKeyOfTheirCallAndCallsHaveTheirOwn(t *testing.T) {
	var keys []string
	f := &fake{call: func(ctx context.Context, _ string, request any) (any, error) {
		switch request := request.(type) {
		case *pb.CreateJobRequest:
			keys = append(keys, request.IdempotencyKey)
		case *pb.BatchCreateJobsRequest:
			for _, r := range request.Requests {
				keys = append(keys, r.IdempotencyKey)
			}
		default:
			keys = append(keys, metadata.ValueFromIncomingContext(ctx, "idempotency-key")...)
		}
		return nil, unavailable
	}}
	jobs := f.client(t, WithMaxAttempts(2)).Jobs
	for name, test := range map[string]struct {
		call func()
		// Which of the keys that came are the same.
		want []int
	}{
		"create": {func() { _, _ = jobs.Create(t.Context(), CreateJobParams{}) }, []int{0, 0}},
		"fetch":  {func() { _, _ = jobs.Fetch(t.Context(), FetchParams{}) }, []int{0, 0}},
		"batch":  {func() { _, _ = jobs.BatchCreate(t.Context(), make([]CreateJobParams, 2)) }, []int{0, 1, 0, 1}},
		"two": {func() {
			_, _ = jobs.Create(t.Context(), CreateJobParams{})
			_, _ = jobs.Create(t.Context(), CreateJobParams{})
		}, []int{0, 0, 2, 2}},
	} {
		keys = nil
		test.call()
		var got []int
		for _, key := range keys {
			if len(key) < 26 {
				t.Errorf("%s: %q is too short for 128 bits", name, key)
			}
			got = append(got, slices.Index(keys, key))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q", name, keys)
		}
	}
	keys = nil
	_, _ = jobs.Create(t.Context(), CreateJobParams{IdempotencyKey: "mine"})
	if !slices.Equal(keys, []string{"mine", "mine"}) {
		t.Errorf("given: got %q", keys)
	}
}

func TestHowLongACallMayTake(t *testing.T) {
	var left time.Duration
	f := &fake{call: func(ctx context.Context, _ string, _ any) (any, error) {
		deadline, _ := ctx.Deadline()
		left = time.Until(deadline)
		return &pb.Job{Status: pb.Job_completed}, nil
	}}
	client, short := f.client(t), f.client(t, WithTimeout(5*time.Second))
	endless := f.client(t, WithTimeout(math.MaxInt64))
	hour, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for name, test := range map[string]struct {
		call func() error
		want time.Duration
	}{
		"by default":     {func() error { _, err := client.Jobs.Get(t.Context(), "job_1"); return err }, 30 * time.Second},
		"of the client":  {func() error { _, err := short.Jobs.Get(t.Context(), "job_1"); return err }, 5 * time.Second},
		"of the context": {func() error { _, err := short.Jobs.Get(hour, "job_1"); return err }, time.Hour},
		"beside a wait":  {func() error { _, err := short.Jobs.Create(t.Context(), CreateJobParams{Wait: time.Minute}); return err }, 65 * time.Second},
		"of both":        {func() error { _, err := short.Jobs.Create(hour, CreateJobParams{Wait: time.Minute}); return err }, time.Hour},
		"without an end": {func() error {
			_, err := endless.Jobs.Create(t.Context(), CreateJobParams{Wait: time.Minute})
			return err
		}, math.MaxInt64},
		"of one awaiting": {func() error { _, err := short.Jobs.Await(t.Context(), "job_1"); return err }, 65 * time.Second},
	} {
		if err := test.call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if left > test.want || left < test.want-4*time.Second {
			t.Errorf("%s: %v, want about %v", name, left, test.want)
		}
	}
}

func TestNoWaitGoesPastTheDeadline(t *testing.T) {
	c := &calls{timeout: time.Second, maxAttempts: 4, retries: retries{waits: waits{first: time.Hour, longest: time.Hour}}}
	begun := time.Now()
	err := c.intercept(t.Context(), pb.JobService_GetJob_FullMethodName, &pb.GetJobRequest{}, nil, nowhere(t), failingInvoker)
	if codeOf(err) != CodeUnavailable || time.Since(begun) > time.Second {
		t.Errorf("got %v after %v", err, time.Since(begun))
	}
}

func TestWaitsDoubleAndAreRandom(t *testing.T) {
	w := waits{first: 100 * time.Millisecond, longest: 2 * time.Second}
	for tries, limit := range map[int]time.Duration{
		1: 100 * time.Millisecond, 2: 200 * time.Millisecond, 5: 1600 * time.Millisecond, 6: 2 * time.Second, 1000: 2 * time.Second,
	} {
		shortest, longest := limit, time.Duration(0)
		for range 1000 {
			wait := w.after(tries)
			if wait <= 0 || wait > limit {
				t.Fatalf("%d: %v is not up to %v", tries, wait, limit)
			}
			shortest, longest = min(shortest, wait), max(longest, wait)
		}
		if shortest > limit/10 || longest < limit*9/10 {
			t.Errorf("%d: from %v to %v in 1000", tries, shortest, longest)
		}
	}
}

func TestACallFindsTheServerAsSoonAsItIsBack(t *testing.T) {
	t.Parallel()
	f := &fake{call: func(context.Context, string, any) (any, error) { return &pb.Job{}, nil }}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	client := newTestClient(t, "http://"+address, WithTimeout(time.Second))
	// By then the transport would wait for two seconds before it connects again.
	for begun := time.Now(); time.Since(begun) < 3*time.Second; {
		if _, err := client.Jobs.Get(t.Context(), "job_1"); codeOf(err) != CodeUnavailable {
			t.Fatal(err)
		}
	}
	f.serve(t, address)
	if _, err := client.Jobs.Get(t.Context(), "job_1"); err != nil {
		t.Error(err)
	}
}

func TestFetchRefusesWhatAHeaderCantHold(t *testing.T) {
	f := newFailing(0, nil, &pb.Job{})
	_, err := f.client(t).Jobs.Fetch(t.Context(), FetchParams{URL: "https://example.com/ä", IdempotencyKey: "a\nb"})
	var refused *Error
	if !errors.As(err, &refused) || refused.Reason != ReasonInvalidFields || len(refused.FieldViolations) != 2 || f.calls.Load() != 0 {
		t.Errorf("got %v after %d calls", err, f.calls.Load())
	}
}
