// target: the HTTP target of the benchmark, as cheap as it can be, since it shares the machine with
// what is measured.
//
// Any other path than those below answers 200 and is counted, with its lateness by the header X-Due
// (microseconds since 1970).
//
//	/slow?ms=N  answers after N milliseconds and is counted
//	/hang       never answers; not counted
//	/reset      begins anew; ?distinct=1 keeps delivery ids, ?warm=N begins the clock at the Nth hit
//	/count      hits so far
//	/stats      all figures as JSON
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// Lateness is kept in steps of 0.1 ms, up to 120 s.
const steps = 1_200_001

var (
	histogram                   [steps]uint32
	count, hung, timed, early   atomic.Int64
	warm, firstNanos, lastNanos atomic.Int64
	maxMicros, maxEarlyMicros   atomic.Int64
	keepIds                     atomic.Bool
	idsLock                     sync.Mutex
	ids                         = map[string]struct{}{}
	answer                      = []byte(`{"ok":true}`)
)

func hit(ctx *fasthttp.RequestCtx) {
	now := time.Now()
	if count.Add(1) == warm.Load()+1 {
		firstNanos.Store(now.UnixNano())
	}
	lastNanos.Store(now.UnixNano())
	if due, err := strconv.ParseInt(string(ctx.Request.Header.Peek("X-Due")), 10, 64); err == nil && due > 0 {
		late(now.UnixMicro() - due)
	}
	if keepIds.Load() {
		idsLock.Lock()
		ids[string(ctx.Request.Header.Peek("webhook-id"))] = struct{}{}
		idsLock.Unlock()
	}
	ctx.SetContentType("application/json")
	ctx.SetBody(answer)
}

func late(micros int64) {
	timed.Add(1)
	if micros < 0 {
		early.Add(1)
		raise(&maxEarlyMicros, -micros)
		micros = 0
	}
	raise(&maxMicros, micros)
	atomic.AddUint32(&histogram[min(micros/100, steps-1)], 1)
}

func raise(to *atomic.Int64, value int64) {
	for {
		old := to.Load()
		if value <= old || to.CompareAndSwap(old, value) {
			return
		}
	}
}

// quantile is the upper bound of the step that the quantile falls into, in milliseconds.
func quantile(q float64) float64 {
	want := int64(q*float64(timed.Load()) + 0.999999)
	var seen int64
	for i := range histogram {
		seen += int64(atomic.LoadUint32(&histogram[i]))
		if seen >= want && want > 0 {
			return float64(i+1) / 10
		}
	}
	return 0
}

func stats(ctx *fasthttp.RequestCtx) {
	idsLock.Lock()
	distinct := len(ids)
	idsLock.Unlock()
	ctx.SetContentType("application/json")
	fmt.Fprintf(ctx, `{"count":%d,"distinct":%d,"hung":%d,"timed":%d,"early":%d,"first_ns":%d,"last_ns":%d,`+
		`"p50_ms":%.1f,"p99_ms":%.1f,"max_ms":%.1f,"max_early_ms":%.3f}`,
		count.Load(), distinct, hung.Load(), timed.Load(), early.Load(), firstNanos.Load(), lastNanos.Load(),
		quantile(.5), quantile(.99), float64(maxMicros.Load())/1000, float64(maxEarlyMicros.Load())/1000)
}

func reset(ctx *fasthttp.RequestCtx) {
	for i := range histogram {
		atomic.StoreUint32(&histogram[i], 0)
	}
	for _, figure := range []*atomic.Int64{&count, &hung, &timed, &early, &firstNanos, &lastNanos, &maxMicros, &maxEarlyMicros} {
		figure.Store(0)
	}
	warm.Store(int64(ctx.QueryArgs().GetUintOrZero("warm")))
	keepIds.Store(ctx.QueryArgs().GetUintOrZero("distinct") == 1)
	idsLock.Lock()
	ids = map[string]struct{}{}
	idsLock.Unlock()
}

// hang holds the connection until the caller gives it up.
func hang(ctx *fasthttp.RequestCtx) {
	hung.Add(1)
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
}

func handle(ctx *fasthttp.RequestCtx) {
	switch string(ctx.Path()) {
	case "/stats":
		stats(ctx)
	case "/count":
		fmt.Fprintf(ctx, "%d", count.Load())
	case "/reset":
		reset(ctx)
	case "/hang":
		hang(ctx)
	case "/slow":
		time.Sleep(time.Duration(ctx.QueryArgs().GetUintOrZero("ms")) * time.Millisecond)
		hit(ctx)
	default:
		hit(ctx)
	}
}

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	os.Stdout.Sync()
	server := &fasthttp.Server{Handler: handle, NoDefaultDate: true, NoDefaultServerHeader: true}
	if err := server.Serve(listener); err != nil {
		panic(err)
	}
}
