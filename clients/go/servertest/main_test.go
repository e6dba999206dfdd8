//go:build server

// Package servertest tests the client against a real server: scripts/with-server go test -tags server ./servertest
package servertest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"ringback.dev/go"
)

func TestMain(m *testing.M) {
	for _, name := range []string{"RINGBACK_ENDPOINT", "RINGBACK_GRPC_ENDPOINT", "RINGBACK_API_KEY", "RINGBACK_TEST_CONTROL"} {
		if os.Getenv(name) == "" {
			fmt.Fprintln(os.Stderr, name+" is missing: run these tests by scripts/with-server, as `make test-go` does")
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func newClient(t *testing.T, opts ...ringback.Option) *ringback.Client {
	t.Helper()
	client, err := ringback.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// limit is a context that ends before anybody loses patience.
func limit(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// restart kills the server and starts it again.
func restart(t *testing.T) {
	t.Helper()
	answer, err := http.Post(os.Getenv("RINGBACK_TEST_CONTROL")+"/restart", "", nil)
	if err != nil {
		t.Error(err)
		return
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		t.Errorf("the restart was answered with %s", answer.Status)
	}
}

// healthz is a URL that answers GET with 200.
func healthz() string {
	return os.Getenv("RINGBACK_ENDPOINT") + "/healthz"
}
