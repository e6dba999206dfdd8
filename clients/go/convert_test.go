package ringback

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	pb "ringback.dev/go/ringbackv1"
)

// headersOf are the headers that came with a call and begin so.
func headersOf(ctx context.Context, prefixes ...string) map[string]string {
	headers := map[string]string{}
	all, _ := metadata.FromIncomingContext(ctx)
	for name, values := range all {
		for _, prefix := range prefixes {
			if strings.HasPrefix(name, prefix) {
				headers[name] = strings.Join(values, ", ")
			}
		}
	}
	return headers
}

func TestDurationsAreTextsOfHoursMinutesSecondsAndMilliseconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                 "0s",
		1:                                 "1ms",
		500 * time.Millisecond:            "500ms",
		1500*time.Microsecond + 1:         "2ms",
		90 * time.Second:                  "1m30s",
		90 * time.Minute:                  "1h30m",
		24 * time.Hour:                    "24h",
		999*time.Millisecond + 999_999:    "1s",
		36*time.Hour + 5*time.Millisecond: "36h5ms",
		math.MaxInt64:                     "2562047h47m16s855ms",
		-5 * time.Second:                  "-5s",
	} {
		got := formatDuration(d)
		if got != want {
			t.Errorf("%d: got %s, want %s", d, got, want)
		}
		if back := durationFrom(got); d%time.Millisecond == 0 && back != d {
			t.Errorf("%s is read as %v", got, back)
		}
	}
	if optionalDuration(0) != "" || durationFrom("") != 0 {
		t.Error("no duration is not empty")
	}
}

func TestABodyGoesAsTextOrBinary(t *testing.T) {
	for body, want := range map[string]*pb.CreateJobRequest{
		"":              {},
		"Grüße, 世界\x00": {Body: "Grüße, 世界\x00"},
		"\x00\xff\xfe":  {BinaryBody: []byte("\x00\xff\xfe")},
	} {
		got, violation := CreateJobParams{Body: []byte(body)}.proto()
		if violation != nil || got.Body != want.Body || string(got.BinaryBody) != string(want.BinaryBody) {
			t.Errorf("%q: got %q and %q, %v", body, got.Body, got.BinaryBody, violation)
		}
		text, binary := splitBody([]byte(body))
		if back := joinBody(text, binary); string(back) != body {
			t.Errorf("%q comes back as %q", body, back)
		}
	}
	if jobFrom(&pb.Job{}).Body != nil || jobFrom(&pb.Job{Body: Ptr("")}).Body == nil {
		t.Error("no body and an empty one are the same")
	}
}

func TestTimesAreUTCAndExact(t *testing.T) {
	at := time.Date(2027, 3, 30, 12, 0, 0, 500, time.FixedZone("", 7200))
	if got := formatTime(at); got != "2027-03-30T10:00:00.0000005Z" {
		t.Errorf("got %s", got)
	}
	if got := formatTime(time.Time{}); got != "" {
		t.Errorf("got %s", got)
	}
	if !jobFrom(&pb.Job{}).FinishedAt.IsZero() {
		t.Error("no time is not zero")
	}
}

func TestNumbersThatAreTooLargeStaySo(t *testing.T) {
	for n, want := range map[int]int32{7: 7, -1: -1, math.MaxInt: math.MaxInt32, math.MinInt: math.MinInt32} {
		if got := int32From(n); got != want {
			t.Errorf("%d: got %d", n, got)
		}
	}
}

func TestAFilterOfLabelsIsAlwaysTheSame(t *testing.T) {
	labels := map[string]string{"c": "3", "a": "1=1", "": "x", "b": ""}
	for range 100 {
		if got := labelFilter(labels); !slices.Equal(got, []string{"=x", "a=1=1", "b=", "c=3"}) {
			t.Fatalf("got %q", got)
		}
	}
}
