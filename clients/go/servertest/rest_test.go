//go:build server

package servertest

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"testing"
	"time"

	"ringback.dev/go"
)

// TestTheJSONOfAJobIsThatOfREST compares a job with all that it can have, and its history, with the answers of REST.
func TestTheJSONOfAJobIsThatOfREST(t *testing.T) {
	ctx := limit(t)
	jobs := newClient(t).Jobs
	job, err := jobs.Create(ctx, ringback.CreateJobParams{
		URL: healthz() + "?no", Method: "PUT", Headers: map[string]string{"X-Trace": "a, b"}, Body: []byte("\x00\xff"), MaxRetries: ringback.Ptr(1),
		RetryPolicy: ringback.RetryPolicy{MinBackoff: 10 * time.Millisecond, MaxRetryDuration: time.Hour}, AttemptDeadline: 90 * time.Second,
		Labels: map[string]string{"team": "billing"}, Wait: 20 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	attempts, err := jobs.AttemptsPage(ctx, job.ID, ringback.PageParams{})
	if err != nil {
		t.Fatal(err)
	}
	executions, err := jobs.ExecutionsPage(ctx, job.ID, ringback.PageParams{})
	if err != nil {
		t.Fatal(err)
	}
	for path, native := range map[string]any{
		"":            job,
		"/attempts":   pageAs("attempts", attempts),
		"/executions": pageAs("executions", executions),
	} {
		text := get(t, "/v1/jobs/"+job.ID+path)
		var rest any
		if err := json.Unmarshal(text, &rest); err != nil {
			t.Fatal(err)
		}
		for _, difference := range append(differences(path, rest, asJSON(t, native)), differences(path, asJSON(t, native), rest)...) {
			t.Errorf("%s\n%s", difference, text)
		}
	}
	var read ringback.Job
	if err := json.Unmarshal(get(t, "/v1/jobs/"+job.ID), &read); err != nil || !reflect.DeepEqual(asJSON(t, read), asJSON(t, job)) {
		t.Errorf("%v: read %+v, want %+v", err, read, job)
	}
}

func get(t *testing.T, path string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(limit(t), http.MethodGet, os.Getenv("RINGBACK_ENDPOINT")+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("RINGBACK_API_KEY"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", path, answer.Status, err)
	}
	return text
}
