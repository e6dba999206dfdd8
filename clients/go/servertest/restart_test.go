//go:build server

package servertest

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringback.dev/go"
	"ringback.dev/go/internal/cutproxy"
)

// TestWatchesTellAllOnceAcrossARestartAndCuts watches a job that fails twice and then succeeds, by ways that are all
// broken: the server is killed after the first attempt, and one way is cut again and again, wherever in a frame that is.
func TestWatchesTellAllOnceAcrossARestartAndCuts(t *testing.T) {
	ctx := limit(t)
	var attempts atomic.Int32
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if attempts.Add(1) < 3 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer target.Close()
	job, err := newClient(t).Jobs.Create(ctx, ringback.CreateJobParams{
		URL:         target.URL,
		Delay:       5 * time.Second,
		MaxRetries:  ringback.Ptr(2),
		RetryPolicy: ringback.RetryPolicy{MinBackoff: 5 * time.Second, MaxBackoff: 5 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	endpoint := os.Getenv("RINGBACK_ENDPOINT")
	proxy := cutproxy.Start(t, strings.TrimPrefix(endpoint, "http://"), func() int64 { return 1 + mathrand.Int64N(3000) })
	want := []string{
		"snapshot pending 0",
		"attempt_started running 1", "attempt_finished pending 1", "retry_scheduled pending 1",
		"attempt_started running 2", "attempt_finished pending 2", "retry_scheduled pending 2",
		"attempt_started running 3", "attempt_finished completed 3", "job_completed completed 3",
	}
	var once sync.Once
	var watchers sync.WaitGroup
	for way, endpoint := range map[string]string{
		"through Envoy":        endpoint,
		"through cuts":         "http://" + proxy.Addr,
		"to the server itself": os.Getenv("RINGBACK_GRPC_ENDPOINT"),
	} {
		client := newClient(t, ringback.WithEndpoint(endpoint))
		watchers.Go(func() {
			var told []string
			for message, err := range client.Jobs.Watch(ctx, job.ID) {
				if err != nil {
					t.Errorf("%s: %v", way, err)
					break
				}
				told = append(told, fmt.Sprintf("%s %s %d", message.Type, message.Job.Status, message.Job.AttemptCount))
				if message.Type == ringback.MessageRetryScheduled {
					once.Do(func() { restart(t) })
				}
			}
			if !slices.Equal(told, want) {
				t.Errorf("%s: told %q", way, told)
			}
		})
	}
	watchers.Wait()
	if proxy.Cuts.Load() == 0 {
		t.Error("nothing was cut")
	}
	t.Logf("cut %d times", proxy.Cuts.Load())
}

// TestAwaitWaitsAcrossARestart kills the server while a job is waited for.
func TestAwaitWaitsAcrossARestart(t *testing.T) {
	ctx := limit(t)
	jobs := newClient(t).Jobs
	job, err := jobs.Create(ctx, ringback.CreateJobParams{URL: healthz(), Method: "GET", Delay: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	var restarted sync.WaitGroup
	restarted.Go(func() { restart(t) })
	ended, err := jobs.Await(ctx, job.ID)
	restarted.Wait()
	if err != nil || ended.Status != ringback.JobCompleted {
		t.Errorf("got %v %v", ended, err)
	}
}

// TestCreatesMakeOneJobEachAcrossARestartAndCuts creates jobs while the server is killed and answers are cut off: each
// create succeeds by its retries, and makes one job.
func TestCreatesMakeOneJobEachAcrossARestartAndCuts(t *testing.T) {
	ctx := limit(t)
	endpoint := strings.TrimPrefix(os.Getenv("RINGBACK_ENDPOINT"), "http://")
	proxy := cutproxy.Start(t, endpoint, func() int64 { return 1 + mathrand.Int64N(2500) })
	jobs := newClient(t, ringback.WithEndpoint("http://"+proxy.Addr), ringback.WithTimeout(time.Minute)).Jobs
	labels := map[string]string{"run": rand.Text()}

	const creators, each = 8, 10
	made := make(chan string, creators*each)
	var working sync.WaitGroup
	for range creators {
		working.Go(func() {
			for range each {
				job, err := jobs.Create(ctx, ringback.CreateJobParams{URL: healthz(), Delay: time.Hour, Labels: labels})
				if err != nil {
					t.Error(err)
					return
				}
				made <- job.ID
				if len(made) == creators*each/4 {
					restart(t)
				}
			}
		})
	}
	working.Wait()
	close(made)

	var want []string
	for id := range made {
		want = append(want, id)
	}
	var got []string
	for job, err := range newClient(t).Jobs.List(ctx, ringback.ListJobsParams{Labels: labels, PageSize: 7}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, job.ID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d creates made %d jobs", len(want), len(got))
	}
	if proxy.Cuts.Load() == 0 {
		t.Error("nothing was cut")
	}
	t.Logf("%d jobs, cut %d times", len(got), proxy.Cuts.Load())
}
