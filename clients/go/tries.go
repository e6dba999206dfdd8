package ringback

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
)

// Retry is a try that failed and is made again: see [WithRetryHook].
type Retry struct {
	// Call is the method's name: `CreateJob`, `AwaitJob`, `WatchJobs` …
	Call string
	// Attempt is the number of the try that failed, from 1. Of a watch and of [Jobs.Await], it counts from what was last
	// heard.
	Attempt int
	// Wait is how long it is until the next try.
	Wait time.Duration
	// Err is why the try failed.
	Err *Error
}

// retries are how calls, or watches, are tried again.
type retries struct {
	endpoint string
	waits    waits
	hook     func(Retry)
}

// of begins the tries of a call.
func (r retries) of(call string) *tries {
	return &tries{retries: r, call: call, since: time.Now()}
}

// tries are the tries of one call that failed in a row.
type tries struct {
	retries
	call   string
	since  time.Time
	failed int
	last   *Error
}

// restart counts anew, from now on.
func (t *tries) restart() {
	t.since, t.failed, t.last = time.Now(), 0, nil
}

// fail counts a try that failed, and tells how long to wait before the next.
func (t *tries) fail(err *Error) time.Duration {
	t.failed++
	t.last = err
	return max(t.waits.after(t.failed), err.retryAfter)
}

// wait tells the hook of the next try, and waits for its time. It is false when the context ends before.
func (t *tries) wait(ctx context.Context, conn *grpc.ClientConn, wait time.Duration) bool {
	t.tell(Retry{Call: t.call, Attempt: t.failed, Wait: wait, Err: t.last})
	// The transport has waits of its own, after which the server may long be back.
	conn.ResetConnectBackoff()
	return sleep(ctx, wait)
}

// tell calls the hook, whose panics are not the call's.
func (t *tries) tell(retry Retry) {
	if t.hook != nil {
		defer func() { _ = recover() }()
		t.hook(retry)
	}
}

// told is an error that a call ends with after these tries: it says where they went, how many there were and how long
// they took.
func (t *tries) told(err *Error) *Error {
	times := "once"
	if t.failed > 1 {
		times = fmt.Sprintf("%d times", t.failed)
	}
	ended := *err
	ended.Message += fmt.Sprintf(" (%s, tried %s in %.1f s)", t.endpoint, times, time.Since(t.since).Seconds())
	return &ended
}

// ended is the error of a call whose context ended before its next try. It says why the last one failed.
func (t *tries) ended(ctx context.Context) *Error {
	err := errorFrom(ctx, ctx.Err(), nil)
	if t.last != nil {
		err.Message += "; before that: " + t.told(t.last).Message
	}
	return err
}
