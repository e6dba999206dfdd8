//go:build server

package servertest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ringback.dev/go"
	"ringback.dev/go/webhook"
)

// TestARealCallbackIsVerified receives signed callbacks: by the one secret, and in a rotation by the old and the new.
func TestARealCallbackIsVerified(t *testing.T) {
	ctx := limit(t)
	client := newClient(t)
	old, err := client.SigningSecrets.Rotate(ctx, ringback.RotateParams{Overlap: ringback.Ptr(time.Duration(0))})
	if err != nil {
		t.Fatal(err)
	}
	receive := func(secret string, body []byte) {
		t.Helper()
		verifier, err := webhook.New([]string{secret})
		if err != nil {
			t.Fatal(err)
		}
		var got *webhook.Delivery
		target := httptest.NewServer(verifier.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got, _ = webhook.FromContext(r.Context())
		})))
		defer target.Close()
		// Nodes follow a rotation within 5 seconds: until then they are refused, and try again.
		job, err := client.Jobs.Create(ctx, ringback.CreateJobParams{
			URL: target.URL, Body: body, MaxRetries: ringback.Ptr(50), Wait: 30 * time.Second,
			RetryPolicy: ringback.RetryPolicy{MinBackoff: 500 * time.Millisecond, MaxBackoff: 500 * time.Millisecond},
		})
		if err != nil || job.Status != ringback.JobCompleted {
			t.Fatalf("got %+v %v", job, err)
		}
		last := job.LastAttempt
		if got.ID != last.ExecutionID || got.Attempt != last.Number || string(got.Body) != string(body) || time.Since(got.Timestamp) > time.Minute {
			t.Errorf("got %+v, want that of %+v", got, last)
		}
	}
	receive(old.Secret, []byte("Grüße"))
	receive(old.Secret, []byte("\x00\xff"))
	receive(old.Secret, nil)
	fresh, err := client.SigningSecrets.Rotate(ctx, ringback.RotateParams{})
	if err != nil {
		t.Fatal(err)
	}
	receive(old.Secret, []byte("with the old one"))
	receive(fresh.Secret, []byte("with the new one"))
}
