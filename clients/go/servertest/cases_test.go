//go:build server

package servertest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ringback.dev/go"
)

const casesFolder = "../../../proto/cases"

// step is one call of a case; proto/cases/README.md says what each member means.
type step struct {
	Call     string            `json:"call"`
	Request  json.RawMessage   `json:"request"`
	Key      string            `json:"key"`
	Answer   any               `json:"answer"`
	Messages []any             `json:"messages"`
	Ends     bool              `json:"ends"`
	Error    *refusal          `json:"error"`
	Save     map[string]string `json:"save"`
}

// refusal is the error that a step must end with. HTTP statuses are seen over REST only.
type refusal struct {
	Code     string    `json:"code"`
	HTTP     int       `json:"http"`
	Reason   string    `json:"reason"`
	Metadata any       `json:"metadata"`
	Fields   *[]string `json:"fields"`
}

func TestCases(t *testing.T) {
	files, err := filepath.Glob(casesFolder + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s (%v)", casesFolder, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var content struct {
			Cases []struct {
				Name    string            `json:"name"`
				Untyped string            `json:"untyped"`
				Steps   []json.RawMessage `json:"steps"`
			} `json:"cases"`
		}
		decodeStrictly(t, text, &content)
		for _, c := range content.Cases {
			t.Run(filepath.Base(file)+"/"+c.Name, func(t *testing.T) {
				if c.Untyped != "" {
					t.Skip(c.Untyped)
				}
				endpoint := os.Getenv("RINGBACK_ENDPOINT")
				saved := map[string]string{"ok": healthz(), "broken": endpoint + "/nothing-here", "unique": rand.Text()}
				for _, text := range c.Steps {
					runStep(t, text, saved)
				}
			})
		}
	}
}

func runStep(t *testing.T, text json.RawMessage, saved map[string]string) {
	t.Helper()
	var s step
	decodeStrictly(t, []byte(fillIn(t, string(text), saved)), &s)
	call := calls[s.Call]
	if call == nil {
		t.Fatalf("no method for %s", s.Call)
	}
	var opts []ringback.Option
	if s.Key != "" {
		opts = append(opts, ringback.WithAPIKey(s.Key))
	}
	answer, err := call(limit(t), t, newClient(t, opts...), s)
	if s.Error != nil {
		checkRefusal(t, s, err)
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", s.Call, err)
	}
	got := asJSON(t, answer)
	want := s.Answer
	if s.Messages != nil {
		want = map[string]any{"messages": s.Messages}
	}
	for _, difference := range differences(s.Call, want, got) {
		t.Error(difference)
	}
	for name, path := range s.Save {
		saved[name] = at(t, got, path)
	}
}

func checkRefusal(t *testing.T, s step, err error) {
	t.Helper()
	var got *ringback.Error
	if !errors.As(err, &got) {
		t.Fatalf("%s: got %v, want %+v", s.Call, err, *s.Error)
	}
	if string(got.Code) != s.Error.Code || string(got.Reason) != s.Error.Reason {
		t.Errorf("%s: got %v, want %+v", s.Call, got, *s.Error)
	}
	if s.Error.Metadata != nil {
		for _, difference := range differences(s.Call+" metadata", s.Error.Metadata, asJSON(t, got.Metadata)) {
			t.Error(difference)
		}
	}
	if s.Error.Fields != nil {
		var fields []string
		for _, v := range got.FieldViolations {
			fields = append(fields, v.Field)
		}
		if want := *s.Error.Fields; !slices.Equal(slices.Sorted(slices.Values(fields)), slices.Sorted(slices.Values(want))) {
			t.Errorf("%s: violations of %q, want %q", s.Call, fields, want)
		}
	}
}

// fillIn puts what was saved in the places of ${name}.
func fillIn(t *testing.T, text string, saved map[string]string) string {
	t.Helper()
	for name, value := range saved {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	if _, rest, ok := strings.Cut(text, "${"); ok {
		t.Fatalf("nothing was saved as %.20s", rest)
	}
	return text
}

type callFunc func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error)
