package ringback

import (
	"context"
	"encoding/json"
	"maps"
	"path"
	"reflect"
	"slices"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "ringback.dev/go/ringbackv1"
)

// natives are the messages that have a native type, each with what makes it.
var natives = []struct {
	empty proto.Message
	from  func(proto.Message) any
}{
	{&pb.Job{}, func(m proto.Message) any { return jobFrom(m.(*pb.Job)) }},
	{&pb.RetryPolicy{}, func(m proto.Message) any { return retryPolicyFrom(m.(*pb.RetryPolicy)) }},
	{&pb.Execution{}, func(m proto.Message) any { return executionFrom(m.(*pb.Execution)) }},
	{&pb.Attempt{}, func(m proto.Message) any { return attemptFrom(m.(*pb.Attempt)) }},
	{&pb.Attempt_Error{}, func(m proto.Message) any { return attemptFrom(&pb.Attempt{Error: m.(*pb.Attempt_Error)}).Error }},
	{&pb.WatchMessage{}, func(m proto.Message) any { return watchMessageFrom(m.(*pb.WatchMessage)) }},
	{&pb.SigningSecret{}, func(m proto.Message) any { return signingSecretFrom(m.(*pb.SigningSecret)) }},
}

func TestEveryFieldOfAnAnswerHasANativeOneAndItsNameInJSON(t *testing.T) {
	for _, native := range natives {
		fields := native.empty.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			field := fields.Get(i)
			m := native.empty.ProtoReflect().New()
			fill(m, field)
			got := native.from(m.Interface())
			if reflect.DeepEqual(got, native.from(native.empty)) {
				t.Errorf("%s is not mapped", field.FullName())
			}
			text, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var names map[string]any
			if err := json.Unmarshal(text, &names); err != nil || names[string(field.Name())] == nil {
				t.Errorf("%s is not in the JSON %s", field.FullName(), text)
			}
			// And back.
			back := reflect.New(reflect.Indirect(reflect.ValueOf(got)).Type())
			if err := json.Unmarshal(text, back.Interface()); err != nil {
				t.Errorf("%s: %v", text, err)
			}
			if want := reflect.Indirect(reflect.ValueOf(got)).Interface(); !reflect.DeepEqual(back.Elem().Interface(), want) {
				t.Errorf("%s is read as %+v, not %+v", text, back.Elem(), want)
			}
		}
	}
}

func TestEveryCallAndEveryFieldOfARequestCanBeReached(t *testing.T) {
	notNative := []protoreflect.FullName{
		"ringback.v1.CreateJobRequest.http_method", // another name for method
		"ringback.v1.CreateJobRequest.binary_body", // Body that is not text; see TestABodyGoesAsTextOrBinary
		"google.api.HttpBody.extensions",           // of no use here
	}
	missing := map[string]bool{}
	for _, file := range []protoreflect.FileDescriptor{
		pb.File_ringback_v1_job_service_proto, pb.File_ringback_v1_signing_secret_service_proto,
	} {
		methods := file.Services().Get(0).Methods()
		for i := range methods.Len() {
			missing[string(methods.Get(i).Name())] = true
		}
	}
	check := func(method string, request any) {
		delete(missing, method)
		checkAllSet(t, request.(proto.Message).ProtoReflect(), notNative)
	}
	f := &fake{
		call: func(_ context.Context, method string, request any) (any, error) {
			check(method, request)
			return nil, unavailable
		},
		watch: func(request *pb.WatchJobRequest, _ grpc.ServerStreamingServer[pb.WatchMessage]) error {
			check("WatchJob", request)
			return nil
		},
		watchAll: func(request *pb.WatchJobsRequest, _ grpc.ServerStreamingServer[pb.WatchMessage]) error {
			check("WatchJobs", request)
			return refused
		},
	}
	client := f.client(t, WithMaxAttempts(1))
	var (
		ctx    = t.Context()
		jobs   = client.Jobs
		second = time.Second
		create = CreateJobParams{
			URL: "x", Method: "x", Headers: map[string]string{"x": "x"}, Body: []byte("x"), ScheduledAt: time.Unix(1, 0), Delay: second,
			Cron: "x", TimeZone: "x", MaxRetries: Ptr(1), RetryPolicy: RetryPolicy{second, second, second}, AttemptDeadline: second,
			Labels: map[string]string{"x": "x"}, IdempotencyKey: "x", Wait: second,
		}
		page = PageParams{PageSize: 1, PageToken: "x"}
	)
	_, _ = jobs.Create(ctx, create)
	_, _ = jobs.BatchCreate(ctx, []CreateJobParams{create})
	_, _ = jobs.Fetch(ctx, FetchParams{ContentType: "x", Body: []byte("x")})
	_, _ = jobs.Get(ctx, "x")
	_, _ = jobs.ListPage(ctx, ListJobsParams{Statuses: []JobStatus{JobFailed}, Labels: map[string]string{"x": "x"}, PageSize: 1, PageToken: "x"})
	_, _ = jobs.Cancel(ctx, "x")
	_, _ = jobs.awaitOnce(ctx, "x")
	_, _ = jobs.Execution(ctx, "x")
	_, _ = jobs.ExecutionsPage(ctx, "x", page)
	_, _ = jobs.AttemptsPage(ctx, "x", page)
	for range jobs.Watch(ctx, "x", ResumeAfter("x")) {
	}
	all := WatchJobsParams{Statuses: []JobStatus{JobFailed}, Labels: map[string]string{"x": "x"}, JobIDs: []string{"x"}, Types: []MessageType{MessageJobFailed}}
	for range jobs.WatchAll(ctx, all, ResumeAfter("x")) {
	}
	_, _ = client.SigningSecrets.List(ctx)
	_, _ = client.SigningSecrets.Rotate(ctx, RotateParams{Overlap: &second, Secret: "x"})
	for method := range missing {
		t.Errorf("%s can't be called", method)
	}
}

func TestFetchSaysItsFieldsInTheMetadata(t *testing.T) {
	var got map[string]string
	var body *httpbody.HttpBody
	f := &fake{call: func(ctx context.Context, _ string, request any) (any, error) {
		got, body = headersOf(ctx, "x-", "idempotency-key"), request.(*httpbody.HttpBody)
		return &pb.Job{}, nil
	}}
	_, err := f.client(t).Jobs.Fetch(t.Context(), FetchParams{
		URL: "https://example.com/", Method: "PUT", ContentType: "text/csv", Body: []byte("a,b"), Delay: 90 * time.Minute,
		MaxRetries: Ptr(0), MaxRetryDuration: 24 * time.Hour, IdempotencyKey: "mine",
	})
	want := map[string]string{
		"x-fetch-url": "https://example.com/", "x-fetch-method": "PUT", "x-delay": "1h30m", "x-max-retries": "0",
		"x-max-retry-duration": "24h", "idempotency-key": "mine",
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v %v", got, err)
	}
	if body.ContentType != "text/csv" || string(body.Data) != "a,b" {
		t.Errorf("got %v", body)
	}
}

// checkAllSet checks that each field of a message, and of those within it, is set.
func checkAllSet(t *testing.T, m protoreflect.Message, but []protoreflect.FullName) {
	t.Helper()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !m.Has(field) {
			if !slices.Contains(but, field.FullName()) {
				t.Errorf("%s can't be set", field.FullName())
			}
			continue
		}
		if field.Kind() == protoreflect.MessageKind && !field.IsMap() {
			if field.IsList() {
				checkAllSet(t, m.Get(field).List().Get(0).Message(), but)
			} else {
				checkAllSet(t, m.Get(field).Message(), but)
			}
		}
	}
}

// fill sets a field of a message, and all fields of what it holds, to something that is not the default.
func fill(m protoreflect.Message, field protoreflect.FieldDescriptor) {
	one := func(d protoreflect.FieldDescriptor) protoreflect.Value {
		switch d.Kind() {
		case protoreflect.StringKind:
			return protoreflect.ValueOfString("1s") // a duration too
		case protoreflect.BytesKind:
			return protoreflect.ValueOfBytes([]byte{0xff})
		case protoreflect.BoolKind:
			return protoreflect.ValueOfBool(true)
		case protoreflect.EnumKind:
			return protoreflect.ValueOfEnum(1)
		case protoreflect.Int32Kind:
			return protoreflect.ValueOfInt32(1)
		case protoreflect.Int64Kind:
			return protoreflect.ValueOfInt64(1)
		}
		panic("this test can't make a " + d.Kind().String() + " yet: " + path.Base(string(d.FullName())))
	}
	switch {
	case field.IsMap():
		m.Mutable(field).Map().Set(one(field.MapKey()).MapKey(), one(field.MapValue()))
	case field.Kind() == protoreflect.MessageKind:
		within := m.Mutable(field).Message()
		fields := within.Descriptor().Fields()
		for i := range fields.Len() {
			// Of the two forms of a body, one.
			if name := fields.Get(i).Name(); name != "binary_body" && name != "binary_response_body" {
				fill(within, fields.Get(i))
			}
		}
	default:
		m.Set(field, one(field))
	}
}
