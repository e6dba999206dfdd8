package ringback

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/httpbody"

	pb "ringback.dev/go/ringbackv1"
)

type invoice struct {
	Customer string `json:"customer"`
	Cents    int    `json:"cents"`
}

func TestAJSONBodyIsTheTextOfTheValueAndSaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		params  CreateJobParams
		body    string
		headers map[string]string
	}{
		"a struct":       {CreateJobParams{JSON: invoice{"Ä", 5}}, `{"customer":"Ä","cents":5}`, map[string]string{"Content-Type": "application/json"}},
		"other headers":  {CreateJobParams{JSON: 1, Headers: map[string]string{"X-A": "b"}}, "1", map[string]string{"X-A": "b", "Content-Type": "application/json"}},
		"a type given":   {CreateJobParams{JSON: 1, Headers: map[string]string{"content-type": "text/x"}}, "1", map[string]string{"content-type": "text/x"}},
		"bytes say none": {CreateJobParams{Body: []byte("1")}, "1", nil},
	} {
		given := maps.Clone(test.params.Headers)
		got, violation := test.params.proto()
		if violation != nil || got.Body != test.body || !maps.Equal(got.Headers, test.headers) {
			t.Errorf("%s: got %q %v, %v", name, got.GetBody(), got.GetHeaders(), violation)
		}
		if !maps.Equal(test.params.Headers, given) {
			t.Errorf("%s: the headers given became %v", name, test.params.Headers)
		}
	}
}

func TestAJSONBodyOfAFetch(t *testing.T) {
	var bodies []string
	f := &fake{call: func(_ context.Context, _ string, request any) (any, error) {
		body := request.(*httpbody.HttpBody)
		bodies = append(bodies, body.ContentType+" "+string(body.Data))
		return &pb.Job{}, nil
	}}
	jobs := f.client(t).Jobs
	for _, params := range []FetchParams{{JSON: invoice{"A", 5}}, {JSON: []int{1}, ContentType: "text/x"}} {
		if _, err := jobs.Fetch(t.Context(), params); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{`application/json {"customer":"A","cents":5}`, "text/x [1]"}; !slices.Equal(bodies, want) {
		t.Errorf("got %q", bodies)
	}
}

func TestABodyThatCantBeSentIsNamed(t *testing.T) {
	f := newFailing(0, nil, nil)
	jobs := f.client(t).Jobs
	both := CreateJobParams{Body: []byte("1"), JSON: 1}
	unspeakable := CreateJobParams{JSON: func() {}}
	for name, test := range map[string]struct {
		call func() error
		want []string
	}{
		"both":        {func() error { _, err := jobs.Create(t.Context(), both); return err }, []string{"json must not be given together with body"}},
		"unspeakable": {func() error { _, err := jobs.Create(t.Context(), unspeakable); return err }, []string{"json must be a value that JSON can tell"}},
		"in a batch": {
			func() error {
				_, err := jobs.BatchCreate(t.Context(), []CreateJobParams{both, {}, unspeakable})
				return err
			},
			[]string{"requests[0].json must not", "requests[2].json must be"},
		},
		"of a fetch": {
			func() error {
				_, err := jobs.Fetch(t.Context(), FetchParams{Body: []byte{}, JSON: 1})
				return err
			},
			[]string{"json must not"},
		},
	} {
		var got *Error
		if err := test.call(); !errors.As(err, &got) || got.Reason != ReasonInvalidFields || len(got.FieldViolations) != len(test.want) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		for i, v := range got.FieldViolations {
			if !strings.HasPrefix(v.Field+" "+v.Description, test.want[i]) {
				t.Errorf("%s: got %v, want %s", name, v, test.want[i])
			}
		}
	}
	if f.calls.Load() != 0 {
		t.Error("was sent")
	}
}
