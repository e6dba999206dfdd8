package ringback

import (
	"time"

	pb "ringback.dev/go/ringbackv1"
)

// MessageType is what a message of a watch tells.
type MessageType string

// The types of messages. More may come, as MessageUnknown.
const (
	// MessageSnapshot: the state of a job as the watch began.
	MessageSnapshot MessageType = "snapshot"
	// MessageJobCreated: the job was created.
	MessageJobCreated MessageType = "job_created"
	// MessageJobUpdated: the job was changed by its owner. Not sent yet.
	MessageJobUpdated MessageType = "job_updated"
	// MessageAttemptStarted: a call is being made.
	MessageAttemptStarted MessageType = "attempt_started"
	// MessageAttemptFinished: a call ended, see Attempt. What follows from it is told by the next message.
	MessageAttemptFinished MessageType = "attempt_finished"
	// MessageRetryScheduled: the attempt that failed or was lost will be made again, at the job's NextRunAt.
	MessageRetryScheduled MessageType = "retry_scheduled"
	// MessageJobCompleted: the job fired once and succeeded. Final.
	MessageJobCompleted MessageType = "job_completed"
	// MessageJobFailed: the job fired once and was given up. Final.
	MessageJobFailed MessageType = "job_failed"
	// MessageJobCancelled: the job was cancelled. Only MessageAttemptFinished of a call that is being made may follow.
	MessageJobCancelled MessageType = "job_cancelled"
	// MessageJobPaused: the job was held back by its owner. Not sent yet.
	MessageJobPaused MessageType = "job_paused"
	// MessageJobResumed: the job was let go on by its owner. Not sent yet.
	MessageJobResumed MessageType = "job_resumed"
	// MessageCheckpoint tells where the watch stands, in its ResumeToken. Only with [WithCheckpoints].
	MessageCheckpoint MessageType = "checkpoint"
	// MessageUnknown is a type that this version of the client does not know.
	MessageUnknown MessageType = "unknown"
)

// WatchMessage is one message of a watch. Those of a job come in the order in which things happened, each once. Its
// JSON is that of the REST API.
type WatchMessage struct {
	// Type is what is told.
	Type MessageType `json:"type"`
	// ResumeToken resumes after this message, see [ResumeAfter]. Good for as long as the server keeps events: 7 days
	// by default.
	ResumeToken string `json:"resume_token"`
	// At is when it happened, by the database's clock; of a snapshot or a checkpoint, when it was read.
	At time.Time `json:"at,omitzero"`
	// Job is the job as it stood after the change, without headers and body. Nil in a checkpoint.
	Job *Job `json:"job,omitempty"`
	// ExecutionID is the execution that changed; of a new job, its first. Empty in a snapshot, in MessageJobCancelled and
	// in a checkpoint.
	ExecutionID string `json:"execution_id,omitempty"`
	// Attempt is the attempt that began or ended, without headers and response body; with MessageRetryScheduled,
	// MessageJobCompleted and MessageJobFailed the one that led to it. Nil in other messages.
	Attempt *Attempt `json:"attempt,omitempty"`
}

func watchMessageFrom(p *pb.WatchMessage) *WatchMessage {
	return &WatchMessage{
		Type:        word[MessageType](p.Type),
		ResumeToken: p.ResumeToken,
		At:          timeFrom(p.At),
		Job:         jobFrom(p.Job),
		ExecutionID: p.GetExecutionId(),
		Attempt:     attemptFrom(p.Attempt),
	}
}
