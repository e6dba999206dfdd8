// river: the same work done by River, as fast as its documentation advises.
//
//	setup                      makes its tables
//	batch N B                  inserts N jobs a day ahead, B a call; prints the rate
//	single SECONDS IN_FLIGHT   inserts jobs a day ahead, one a call; prints the rate
//	preload N                  inserts N jobs that are due
//	sched START_MICROS N RATE  inserts N jobs, RATE a second from START_MICROS on
//	work                       runs jobs until it is told to stop
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

type CallArgs struct {
	N   int64 `json:"n"`
	Due int64 `json:"due"` // microseconds since 1970
}

func (CallArgs) Kind() string { return "call" }

type CallWorker struct {
	river.WorkerDefaults[CallArgs]
	pool *pgxpool.Pool
	hc   *http.Client
	url  string
}

func (w *CallWorker) Work(ctx context.Context, job *river.Job[CallArgs]) error {
	start := time.Now()
	b, _ := json.Marshal(job.Args)
	req, _ := http.NewRequestWithContext(ctx, "POST", w.url, bytes.NewReader(b))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Due", strconv.FormatInt(job.Args.Due, 10))
	resp, err := w.hc.Do(req)
	if err != nil {
		return err
	}
	rb, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return err
	}
	end := time.Now()
	_, err = w.pool.Exec(ctx, `INSERT INTO attempts(job_id,started_at,finished_at,status_code,duration_ms,response_body) VALUES($1,$2,$3,$4,$5,$6)`,
		strconv.FormatInt(job.ID, 10), start, end, resp.StatusCode, float64(end.Sub(start).Microseconds())/1000, string(rb))
	return err
}

func envInt(k string, d int) int {
	if v, err := strconv.Atoi(os.Getenv(k)); err == nil {
		return v
	}
	return d
}
func must(err error) {
	if err != nil {
		panic(err)
	}
}
func arg(i int) int64 { v, err := strconv.ParseInt(os.Args[i], 10, 64); must(err); return v }

func main() {
	ctx := context.Background()
	cfg, err := pgxpool.ParseConfig(os.Getenv("PG_URL"))
	must(err)
	cfg.MaxConns = int32(envInt("POOL", 40))
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	must(err)
	drv := riverpgxv5.New(pool)
	lg := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	ins := func() *river.Client[pgx.Tx] {
		c, err := river.NewClient(drv, &river.Config{Logger: lg})
		must(err)
		return c
	}
	insertMany := func(c *river.Client[pgx.Tx], n, b int64, at func(i int64) (int64, bool)) {
		for i := int64(0); i < n; i += b {
			var ps []river.InsertManyParams
			for j := i; j < min(i+b, n); j++ {
				due, future := at(j)
				p := river.InsertManyParams{Args: CallArgs{j, due}}
				if future {
					p.InsertOpts = &river.InsertOpts{ScheduledAt: time.UnixMicro(due)}
				}
				ps = append(ps, p)
			}
			_, err := c.InsertManyFast(ctx, ps)
			must(err)
		}
	}
	switch os.Args[1] {
	case "setup":
		m, err := rivermigrate.New(drv, nil)
		must(err)
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
		must(err)
	case "batch":
		n, b := arg(2), arg(3)
		c := ins()
		f := time.Now().Add(24 * time.Hour).UnixMicro()
		t := time.Now()
		insertMany(c, n, b, func(i int64) (int64, bool) { return f, true })
		s := time.Since(t).Seconds()
		fmt.Printf("{\"n\":%d,\"secs\":%.3f,\"rate\":%.0f}\n", n, s, float64(n)/s)
	case "single":
		c := ins()
		f := time.Now().Add(24 * time.Hour)
		t := time.Now()
		end := t.Add(time.Duration(arg(2)) * time.Second)
		var n atomic.Int64
		var all sync.WaitGroup
		for range arg(3) {
			all.Go(func() {
				for time.Now().Before(end) {
					_, err := c.Insert(ctx, CallArgs{n.Add(1), f.UnixMicro()}, &river.InsertOpts{ScheduledAt: f})
					must(err)
				}
			})
		}
		all.Wait()
		fmt.Printf("{\"rate\":%.0f}\n", float64(n.Load())/time.Since(t).Seconds())
	case "preload":
		now := time.Now().UnixMicro()
		insertMany(ins(), arg(2), 1000, func(i int64) (int64, bool) { return now, false })
	case "sched":
		start, n, rate := arg(2), arg(3), arg(4)
		insertMany(ins(), n, 1000, func(i int64) (int64, bool) { return start + i*1_000_000/rate, true })
	case "work":
		ws := river.NewWorkers()
		mw := envInt("WORKERS", 200)
		river.AddWorker(ws, &CallWorker{pool: pool, url: os.Getenv("TARGET"), hc: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
			MaxIdleConns: 2000, MaxIdleConnsPerHost: 2000, DisableCompression: true}}})
		c, err := river.NewClient(drv, &river.Config{Logger: lg, Workers: ws,
			Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: mw}},
			FetchCooldown:     time.Duration(envInt("COOLDOWN_MS", 0)) * time.Millisecond, // 0: default 100 ms
			FetchPollInterval: time.Duration(envInt("POLL_MS", 0)) * time.Millisecond,     // 0: default 1 s
		})
		must(err)
		must(c.Start(ctx))
		ch := make(chan os.Signal, 1)
		signal.Notify(ch, syscall.SIGTERM, syscall.SIGINT)
		<-ch
		sctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		_ = c.Stop(sctx)
	}
}
