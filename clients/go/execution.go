package ringback

import (
	"time"

	pb "ringback.dev/go/ringbackv1"
)

// ExecutionStatus is where an execution is in its life.
type ExecutionStatus string

// The statuses of an execution.
const (
	// ExecutionPending waits for its time or for its next retry.
	ExecutionPending ExecutionStatus = "pending"
	// ExecutionRunning: a call is being made at this moment.
	ExecutionRunning ExecutionStatus = "running"
	// ExecutionCompleted was answered with a 2xx status. Final.
	ExecutionCompleted ExecutionStatus = "completed"
	// ExecutionFailed was given up after its last retry. Final.
	ExecutionFailed ExecutionStatus = "failed"
	// ExecutionCancelled: its job was cancelled before it succeeded. Final.
	ExecutionCancelled ExecutionStatus = "cancelled"
	// ExecutionUnknown is a status that this version of the client does not know.
	ExecutionUnknown ExecutionStatus = "unknown"
)

// IsFinal tells whether the status is final: completed, failed or cancelled.
func (s ExecutionStatus) IsFinal() bool {
	return s == ExecutionCompleted || s == ExecutionFailed || s == ExecutionCancelled
}

// Execution is one firing of a job: all the attempts to bring it to success. Its JSON is that of the REST API.
type Execution struct {
	// ID is `exec_` and 26 characters: the delivery id that each of its calls carries as `webhook-id`.
	ID string `json:"id"`
	// JobID is the job that fired.
	JobID string `json:"job_id"`
	// Status is where the execution is in its life.
	Status ExecutionStatus `json:"status"`
	// ScheduledAt is when the firing was due.
	ScheduledAt time.Time `json:"scheduled_at,omitzero"`
	// NextRunAt is when its next call is due. Zero while a call is being made and after its end.
	NextRunAt time.Time `json:"next_run_at,omitzero"`
	// FinishedAt is when the execution ended. Zero until then.
	FinishedAt time.Time `json:"finished_at,omitzero"`
	// AttemptCount is how many attempts were begun.
	AttemptCount int `json:"attempt_count"`
}

func executionFrom(p *pb.Execution) *Execution {
	return &Execution{
		ID:           p.Id,
		JobID:        p.JobId,
		Status:       word[ExecutionStatus](p.Status),
		ScheduledAt:  timeFrom(p.ScheduledAt),
		NextRunAt:    timeFrom(p.NextRunAt),
		FinishedAt:   timeFrom(p.FinishedAt),
		AttemptCount: int(p.AttemptCount),
	}
}
