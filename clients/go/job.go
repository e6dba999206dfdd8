package ringback

import (
	"encoding/json"
	"time"

	pb "ringback.dev/go/ringbackv1"
)

// JobStatus is where a job is in its life.
type JobStatus string

// The statuses of a job.
const (
	// JobPending waits for its time, for its next retry or, when recurring, for its next firing.
	JobPending JobStatus = "pending"
	// JobRunning: a call is being made at this moment.
	JobRunning JobStatus = "running"
	// JobCompleted fired once and was answered with a 2xx status. Final.
	JobCompleted JobStatus = "completed"
	// JobFailed fired once and was given up after its last retry. Final.
	JobFailed JobStatus = "failed"
	// JobCancelled was cancelled by its owner; nothing more is called. Final.
	JobCancelled JobStatus = "cancelled"
	// JobPaused is held back by its owner until resumed.
	JobPaused JobStatus = "paused"
	// JobUnknown is a status that this version of the client does not know.
	JobUnknown JobStatus = "unknown"
)

// IsFinal tells whether the status is final: completed, failed or cancelled.
func (s JobStatus) IsFinal() bool {
	return s == JobCompleted || s == JobFailed || s == JobCancelled
}

// Job is which URL to call, with what, and when. It fires once (ScheduledAt, or at once) or again and again (Cron).
//
// Times are in UTC, and zero where there is none. Its JSON is that of the REST API.
type Job struct {
	// ID is made by the server: `job_` and 26 characters. Sorts by time of creation.
	ID string `json:"id"`
	// Status is where the job is in its life.
	Status JobStatus `json:"status"`
	// URL is what is called.
	URL string `json:"url"`
	// Method is the HTTP method of the call, such as POST.
	Method string `json:"method"`
	// Headers are those of the call, as given. Nil in lists, in watches and in the answers to batches.
	Headers map[string]string `json:"headers,omitempty"`
	// Body is that of the call, byte for byte. Nil where Headers are.
	Body []byte `json:"-"`
	// ScheduledAt is when a job that fires once is due. Zero for a recurring job.
	ScheduledAt time.Time `json:"scheduled_at,omitzero"`
	// Cron is the cron expression of a recurring job, such as `0 9 * * 1-5`. Empty for other jobs.
	Cron string `json:"cron,omitempty"`
	// TimeZone is the time zone that Cron is read in. Empty for other jobs.
	TimeZone string `json:"time_zone,omitempty"`
	// NextRunAt is when the next call is due: the firing or the retry that waits. Zero while none waits.
	NextRunAt time.Time `json:"next_run_at,omitzero"`
	// MaxRetries is how many times a failed attempt of an execution is repeated: 3 means up to 4 attempts.
	MaxRetries int `json:"max_retries"`
	// RetryPolicy is how the retries are spaced.
	RetryPolicy RetryPolicy `json:"retry_policy"`
	// AttemptDeadline is how long one attempt may take as a whole.
	AttemptDeadline time.Duration `json:"-"`
	// AttemptCount is how many attempts were begun, over all executions.
	AttemptCount int `json:"attempt_count"`
	// LastAttempt is the newest attempt. Nil before the first. In lists and watches without headers and response body.
	LastAttempt *Attempt `json:"last_attempt,omitempty"`
	// Labels are the owner's own words on the job, to filter by.
	Labels map[string]string `json:"labels,omitempty"`
	// CreatedAt is when the job was created.
	CreatedAt time.Time `json:"created_at,omitzero"`
	// UpdatedAt is when the job last changed: created, ended, cancelled, or a firing of it ended.
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	// FinishedAt is when the job was completed, failed or cancelled. Zero until then.
	FinishedAt time.Time `json:"finished_at,omitzero"`
}

func jobFrom(p *pb.Job) *Job {
	if p == nil {
		return nil
	}
	return &Job{
		ID:              p.Id,
		Status:          word[JobStatus](p.Status),
		URL:             p.Url,
		Method:          p.Method,
		Headers:         p.Headers,
		Body:            joinBody(p.Body, p.BinaryBody),
		ScheduledAt:     timeFrom(p.ScheduledAt),
		Cron:            p.GetCron(),
		TimeZone:        p.GetTimeZone(),
		NextRunAt:       timeFrom(p.NextRunAt),
		MaxRetries:      int(p.MaxRetries),
		RetryPolicy:     retryPolicyFrom(p.RetryPolicy),
		AttemptDeadline: durationFrom(p.AttemptDeadline),
		AttemptCount:    int(p.AttemptCount),
		LastAttempt:     attemptFrom(p.LastAttempt),
		Labels:          p.Labels,
		CreatedAt:       timeFrom(p.CreatedAt),
		UpdatedAt:       timeFrom(p.UpdatedAt),
		FinishedAt:      timeFrom(p.FinishedAt),
	}
}

type plainJob Job

// jobJSON is a job whose fields that JSON has in other forms come from here.
type jobJSON struct {
	*plainJob
	Body            *string      `json:"body,omitempty"`
	BinaryBody      []byte       `json:"binary_body,omitempty"`
	AttemptDeadline durationText `json:"attempt_deadline"`
}

// MarshalJSON writes the job as the REST API does.
func (j Job) MarshalJSON() ([]byte, error) {
	form := jobJSON{plainJob: (*plainJob)(&j), AttemptDeadline: durationText(j.AttemptDeadline)}
	form.Body, form.BinaryBody = splitBody(j.Body)
	return json.Marshal(form)
}

// UnmarshalJSON reads what MarshalJSON and the REST API write.
func (j *Job) UnmarshalJSON(data []byte) error {
	form := jobJSON{plainJob: (*plainJob)(j)}
	if err := json.Unmarshal(data, &form); err != nil {
		return err
	}
	j.Body = joinBody(form.Body, form.BinaryBody)
	j.AttemptDeadline = time.Duration(form.AttemptDeadline)
	return nil
}
