package ringback

import (
	"context"
	"math/rand/v2"
	"time"
)

// waits are the waits between tries: random, up to a length that doubles from the first to the longest (full jitter).
type waits struct {
	first, longest time.Duration
}

// after is the wait after so many tries in a row that failed, from 1.
func (w waits) after(tries int) time.Duration {
	limit := w.longest
	// Past 30 doublings, any first wait would be longer than the longest.
	if tries <= 30 {
		limit = min(limit, w.first<<(tries-1))
	}
	return rand.N(limit) + 1
}

// sleep waits for so long; it ends early, with false, when the context does.
func sleep(ctx context.Context, wait time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
