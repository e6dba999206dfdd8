// Reminds customers of their invoices, and counts what comes of it.
//
// Each reminder is a job, and its callback is the payment. The receiver fails every delivery once, some reminders are
// cancelled, and the signing secret is rotated on the way; still each reminder is paid once, and a tally kept by a watch
// agrees with the list, even when the server is killed and started again meanwhile. Run it in a project of its own, since
// other receivers would have to follow the rotation too.
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"ringback.dev/go"
	"ringback.dev/go/webhook"
)

func main() {
	reminders := flag.Int("reminders", 40, "how many to make")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := run(ctx, *reminders); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, reminders int) error {
	client, err := ringback.New(ringback.WithRetryHook(func(retry ringback.Retry) {
		log.Printf("%s, try %d, again in %v: %v", retry.Call, retry.Attempt, retry.Wait.Round(time.Millisecond), retry.Err)
	}))
	if err != nil {
		return err
	}
	defer client.Close()
	payments, err := receive(ctx, client)
	if err != nil {
		return err
	}
	b := &billing{client: client, payments: payments, name: rand.Text(), reminders: reminders}

	type count struct {
		tally tally
		err   error
	}
	watched := make(chan count, 1)
	go func() {
		tally, err := b.watch(ctx)
		watched <- count{tally, err}
	}()
	jobs, err := b.create(ctx)
	if err != nil {
		return err
	}
	if err := b.misuse(ctx, jobs[0]); err != nil {
		return err
	}
	for i, job := range jobs {
		if isCancelled(i) {
			if _, err := client.Jobs.Cancel(ctx, job.ID); err != nil {
				return err
			}
		}
	}
	seen := <-watched
	if seen.err != nil {
		return seen.err
	}
	return b.check(ctx, seen.tally)
}

// reminder is the body of a callback.
type reminder struct {
	Invoice string `json:"invoice"`
	Cents   int    `json:"cents"`
}

// payments receives the callbacks.
type payments struct {
	url string

	mu sync.Mutex
	// How often each delivery was called.
	calls map[string]int
	// How often each invoice was paid.
	paid map[string]int
}

// receive serves callbacks, and lets only those through that are signed by one of the secrets of now.
func receive(ctx context.Context, client *ringback.Client) (*payments, error) {
	verifier, err := webhook.NewRefreshing(ctx, client.SigningSecrets.Secrets)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &payments{url: "http://" + listener.Addr().String(), calls: map[string]int{}, paid: map[string]int{}}
	go http.Serve(listener, verifier.Middleware(p))
	return p, nil
}

func (p *payments) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	delivery, _ := webhook.FromContext(r.Context())
	var due reminder
	if err := json.Unmarshal(delivery.Body, &due); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[delivery.ID]++
	switch p.calls[delivery.ID] {
	case 1:
		http.Error(w, "on purpose", http.StatusServiceUnavailable)
	case 2:
		p.paid[due.Invoice]++
	default: // The same delivery once more, as when the server died before it had recorded the answer.
	}
}

// count tells how often an invoice was paid.
func (p *payments) count(invoice string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.paid[invoice]
}

// billing is one run of this program.
type billing struct {
	client    *ringback.Client
	payments  *payments
	name      string
	reminders int
}

// isCancelled tells which reminders are to be cancelled: every tenth.
func isCancelled(i int) bool { return i%10 == 9 }

func (b *billing) params(i int) ringback.CreateJobParams {
	invoice := fmt.Sprintf("invoice-%d", i)
	delay := time.Duration(i) * 100 * time.Millisecond
	if isCancelled(i) {
		delay = time.Hour
	}
	return ringback.CreateJobParams{
		URL:            b.payments.url,
		JSON:           reminder{Invoice: invoice, Cents: 100 * (i + 1)},
		Delay:          delay,
		MaxRetries:     ringback.Ptr(20),
		RetryPolicy:    ringback.RetryPolicy{MinBackoff: 100 * time.Millisecond, MaxBackoff: time.Second},
		Labels:         map[string]string{"run": b.name, "invoice": invoice},
		IdempotencyKey: b.name + "-" + invoice,
	}
}

// create makes the reminders, and rotates the signing secret when half of them are made.
func (b *billing) create(ctx context.Context) ([]*ringback.Job, error) {
	var jobs []*ringback.Job
	for i := range b.reminders {
		if i == b.reminders/2 {
			if err := b.rotate(ctx); err != nil {
				return nil, err
			}
			fmt.Println("ready: half of the reminders are made, and the secret is rotated")
		}
		job, err := b.client.Jobs.Create(ctx, b.params(i))
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

// rotate replaces the signing secret at once. With a secret of its own, the call may be repeated.
func (b *billing) rotate(ctx context.Context) error {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	_, err := b.client.SigningSecrets.Rotate(ctx, ringback.RotateParams{
		Secret: "whsec_" + base64.StdEncoding.EncodeToString(key), Overlap: ringback.Ptr(time.Duration(0)),
	})
	return err
}

// misuse makes two calls that the server refuses.
func (b *billing) misuse(ctx context.Context, first *ringback.Job) error {
	other := b.params(0)
	other.JSON = reminder{Invoice: "another"}
	_, err := b.client.Jobs.Create(ctx, other)
	var refused *ringback.Error
	if !errors.As(err, &refused) || refused.Reason != ringback.ReasonIdempotencyKeyReused || refused.Metadata["job_id"] != first.ID {
		return fmt.Errorf("a key that was used for other content: %w", err)
	}
	fmt.Println("refused:", refused.Message)

	_, err = b.client.Jobs.Create(ctx, ringback.CreateJobParams{URL: "nowhere"})
	if !errors.As(err, &refused) || len(refused.FieldViolations) != 1 {
		return fmt.Errorf("a bad URL: %w", err)
	}
	fmt.Println("refused:", refused.FieldViolations[0].Field, refused.FieldViolations[0].Description)
	return nil
}

// tally is what came of the reminders.
type tally struct{ completed, failed, cancelled, attempts int }

func (t *tally) add(status ringback.JobStatus) {
	switch status {
	case ringback.JobCompleted:
		t.completed++
	case ringback.JobFailed:
		t.failed++
	case ringback.JobCancelled:
		t.cancelled++
	}
}

// watch keeps a tally until all reminders have ended. Each change is told once, so that counting is enough.
func (b *billing) watch(ctx context.Context) (tally, error) {
	var t tally
	for message, err := range b.client.Jobs.WatchAll(ctx, ringback.WatchJobsParams{Labels: map[string]string{"run": b.name}}) {
		if err != nil {
			return t, err
		}
		switch message.Type {
		case ringback.MessageSnapshot: // of a job that was there before the watch
			t.attempts += message.Job.AttemptCount
			t.add(message.Job.Status)
		case ringback.MessageAttemptStarted:
			t.attempts++
		case ringback.MessageJobCompleted, ringback.MessageJobFailed, ringback.MessageJobCancelled:
			t.add(message.Job.Status)
		}
		if t.completed+t.failed+t.cancelled == b.reminders {
			break
		}
	}
	return t, nil
}

// check compares the tally with the list, and both with what was paid.
func (b *billing) check(ctx context.Context, watched tally) error {
	var listed tally
	paid := 0
	for job, err := range b.client.Jobs.List(ctx, ringback.ListJobsParams{Labels: map[string]string{"run": b.name}, PageSize: 7}) {
		if err != nil {
			return err
		}
		listed.attempts += job.AttemptCount
		listed.add(job.Status)
		times := b.payments.count(job.Labels["invoice"])
		if job.Status == ringback.JobCompleted && times != 1 || job.Status != ringback.JobCompleted && times != 0 {
			return fmt.Errorf("%s, of %s, is %s and was paid %d times", job.ID, job.Labels["invoice"], job.Status, times)
		}
		paid += times
	}
	if watched != listed || paid+listed.cancelled != b.reminders {
		return fmt.Errorf("%d paid; the tally is %+v, the list %+v", paid, watched, listed)
	}
	fmt.Printf("%d reminders: %d paid, %d cancelled; %d attempts; tally and list agree\n", b.reminders, paid, listed.cancelled, listed.attempts)
	return nil
}
