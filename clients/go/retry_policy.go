package ringback

import (
	"encoding/json"
	"time"

	pb "ringback.dev/go/ringbackv1"
)

// RetryPolicy is how the retries of an execution are spaced: the wait before retry n is MinBackoff * 2^(n-1), no longer
// than MaxBackoff, with ±25 % jitter.
type RetryPolicy struct {
	// MinBackoff is the wait before the first retry, from 10 ms to 24 h. Zero in a create: 10 s.
	MinBackoff time.Duration
	// MaxBackoff is the longest wait before its jitter, from MinBackoff to 24 h. Zero in a create: 1 h, or
	// MinBackoff if that is longer.
	MaxBackoff time.Duration
	// MaxRetryDuration: no retry is planned for later than this after the execution's scheduled time, whatever
	// MaxRetries says. From 1 s to 30 days. Zero: no such limit.
	MaxRetryDuration time.Duration
}

func (r RetryPolicy) proto() *pb.RetryPolicy {
	return &pb.RetryPolicy{
		MinBackoff:       optionalDuration(r.MinBackoff),
		MaxBackoff:       optionalDuration(r.MaxBackoff),
		MaxRetryDuration: optionalDuration(r.MaxRetryDuration),
	}
}

func retryPolicyFrom(p *pb.RetryPolicy) RetryPolicy {
	return RetryPolicy{
		MinBackoff:       durationFrom(p.GetMinBackoff()),
		MaxBackoff:       durationFrom(p.GetMaxBackoff()),
		MaxRetryDuration: durationFrom(p.GetMaxRetryDuration()),
	}
}

// retryPolicyJSON has the same fields as RetryPolicy, as JSON writes them.
type retryPolicyJSON struct {
	MinBackoff       durationText `json:"min_backoff"`
	MaxBackoff       durationText `json:"max_backoff"`
	MaxRetryDuration durationText `json:"max_retry_duration"`
}

// MarshalJSON writes the policy as the REST API does: `{"min_backoff": "10s", …}`.
func (r RetryPolicy) MarshalJSON() ([]byte, error) {
	return json.Marshal(retryPolicyJSON{
		durationText(r.MinBackoff), durationText(r.MaxBackoff), durationText(r.MaxRetryDuration),
	})
}

// UnmarshalJSON reads what MarshalJSON and the REST API write.
func (r *RetryPolicy) UnmarshalJSON(data []byte) error {
	var form retryPolicyJSON
	if err := json.Unmarshal(data, &form); err != nil {
		return err
	}
	*r = RetryPolicy{
		time.Duration(form.MinBackoff), time.Duration(form.MaxBackoff), time.Duration(form.MaxRetryDuration),
	}
	return nil
}
