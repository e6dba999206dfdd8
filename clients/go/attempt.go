package ringback

import (
	"encoding/json"
	"time"

	pb "ringback.dev/go/ringbackv1"
)

// AttemptStatus is what became of an attempt.
type AttemptStatus string

// The statuses of an attempt.
const (
	// AttemptOpen: the call is being made.
	AttemptOpen AttemptStatus = "open"
	// AttemptSucceeded was answered with a 2xx status.
	AttemptSucceeded AttemptStatus = "succeeded"
	// AttemptFailed was answered with another status, or not at all: see Error.
	AttemptFailed AttemptStatus = "failed"
	// AttemptLost: the node that made the call died or was cut off, so that its outcome was not known. The call may have
	// reached its target. It is made again and does not count as a retry.
	AttemptLost AttemptStatus = "lost"
	// AttemptUnknown is a status that this version of the client does not know.
	AttemptUnknown AttemptStatus = "unknown"
)

// Attempt is one HTTP call, recorded before it is made and closed after it. Its JSON is that of the REST API.
type Attempt struct {
	// Number is 1 for the first attempt of the execution, then 2, 3 … It is sent as `X-Ringback-Attempt`.
	Number int `json:"number"`
	// ExecutionID is the execution that the attempt belongs to.
	ExecutionID string `json:"execution_id"`
	// Status is what became of it.
	Status AttemptStatus `json:"status"`
	// ScheduledAt is when this attempt was due: the firing's time, for a retry the end of its backoff.
	ScheduledAt time.Time `json:"scheduled_at,omitzero"`
	// StartedAt is when the attempt was begun, by the database's clock.
	StartedAt time.Time `json:"started_at,omitzero"`
	// FinishedAt is when the attempt was closed. Zero while it is open.
	FinishedAt time.Time `json:"finished_at,omitzero"`
	// Duration is how long the call took, in whole milliseconds. Nil while open, and when lost for good.
	Duration *time.Duration `json:"-"`
	// StatusCode is the HTTP status of the answer. 0 when there was none.
	StatusCode int `json:"status_code,omitempty"`
	// RequestHeaders are what was sent. Empty while open, when lost for good, and when no connection was made.
	RequestHeaders map[string]string `json:"request_headers,omitempty"`
	// ResponseHeaders are those of the answer, the first 64 KiB of them; values of a repeated header are joined by `, `.
	ResponseHeaders map[string]string `json:"response_headers,omitempty"`
	// ResponseBody is the first 64 KiB of the answer's body. Nil when there was no answer.
	ResponseBody []byte `json:"-"`
	// ResponseTruncated tells whether the answer's body was longer than what was kept.
	ResponseTruncated bool `json:"response_truncated"`
	// Error is why the call failed. Nil when it succeeded or is open.
	Error *AttemptError `json:"error,omitempty"`
	// Node is the node that made the call.
	Node string `json:"node"`
}

// AttemptError is why a call brought no usable answer.
type AttemptError struct {
	// Class is one word to act on: `status` (an answer that is not 2xx), `connect`, `connect_timeout`, `tls`, `timeout`,
	// `dns`, `blocked_address`, `protocol`, `closed`, `lost` or `internal`. More may come: treat an unknown word as a
	// failed call.
	Class string `json:"class"`
	// Message is one sentence for people.
	Message string `json:"message"`
}

func attemptFrom(p *pb.Attempt) *Attempt {
	if p == nil {
		return nil
	}
	a := &Attempt{
		Number:            int(p.Number),
		ExecutionID:       p.ExecutionId,
		Status:            word[AttemptStatus](p.Status),
		ScheduledAt:       timeFrom(p.ScheduledAt),
		StartedAt:         timeFrom(p.StartedAt),
		FinishedAt:        timeFrom(p.FinishedAt),
		Duration:          millisFrom(p.DurationMs),
		StatusCode:        int(p.GetStatusCode()),
		RequestHeaders:    p.RequestHeaders,
		ResponseHeaders:   p.ResponseHeaders,
		ResponseBody:      joinBody(p.ResponseBody, p.BinaryResponseBody),
		ResponseTruncated: p.ResponseTruncated,
		Node:              p.Node,
	}
	if p.Error != nil {
		a.Error = &AttemptError{Class: p.Error.Class, Message: p.Error.Message}
	}
	return a
}

type plainAttempt Attempt

// attemptJSON is an attempt whose fields that JSON has in other forms come from here.
type attemptJSON struct {
	*plainAttempt
	DurationMS         *int32  `json:"duration_ms,omitempty"`
	ResponseBody       *string `json:"response_body,omitempty"`
	BinaryResponseBody []byte  `json:"binary_response_body,omitempty"`
}

// MarshalJSON writes the attempt as the REST API does.
func (a Attempt) MarshalJSON() ([]byte, error) {
	form := attemptJSON{plainAttempt: (*plainAttempt)(&a)}
	if a.Duration != nil {
		form.DurationMS = Ptr(int32(a.Duration.Milliseconds()))
	}
	form.ResponseBody, form.BinaryResponseBody = splitBody(a.ResponseBody)
	return json.Marshal(form)
}

// UnmarshalJSON reads what MarshalJSON and the REST API write.
func (a *Attempt) UnmarshalJSON(data []byte) error {
	form := attemptJSON{plainAttempt: (*plainAttempt)(a)}
	if err := json.Unmarshal(data, &form); err != nil {
		return err
	}
	a.Duration = millisFrom(form.DurationMS)
	a.ResponseBody = joinBody(form.ResponseBody, form.BinaryResponseBody)
	return nil
}
