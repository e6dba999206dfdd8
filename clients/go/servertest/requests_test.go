//go:build server

package servertest

import (
	"strings"
	"testing"
	"time"

	"ringback.dev/go"
)

// duration is one that JSON has as a text.
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

// read reads a step's request, and fails for what no field here stands for.
func read[T any](t *testing.T, s step) T {
	t.Helper()
	var request T
	decodeStrictly(t, s.Request, &request)
	return request
}

type createRequest struct {
	URL             string               `json:"url"`
	Method          string               `json:"method"`
	Headers         map[string]string    `json:"headers"`
	Body            string               `json:"body"`
	BinaryBody      []byte               `json:"binary_body"`
	ScheduledAt     time.Time            `json:"scheduled_at"`
	Delay           duration             `json:"delay"`
	Cron            string               `json:"cron"`
	TimeZone        string               `json:"time_zone"`
	MaxRetries      *int                 `json:"max_retries"`
	RetryPolicy     ringback.RetryPolicy `json:"retry_policy"`
	AttemptDeadline duration             `json:"attempt_deadline"`
	Labels          map[string]string    `json:"labels"`
	IdempotencyKey  string               `json:"idempotency_key"`
	Wait            duration             `json:"wait"`
}

func (r createRequest) params() ringback.CreateJobParams {
	body := r.BinaryBody
	if r.Body != "" {
		body = []byte(r.Body)
	}
	return ringback.CreateJobParams{
		URL: r.URL, Method: r.Method, Headers: r.Headers, Body: body, ScheduledAt: r.ScheduledAt, Delay: time.Duration(r.Delay),
		Cron: r.Cron, TimeZone: r.TimeZone, MaxRetries: r.MaxRetries, RetryPolicy: r.RetryPolicy,
		AttemptDeadline: time.Duration(r.AttemptDeadline), Labels: r.Labels, IdempotencyKey: r.IdempotencyKey, Wait: time.Duration(r.Wait),
	}
}

type batchRequest struct {
	Requests []createRequest `json:"requests"`
}

type fetchRequest struct {
	URL              string   `json:"url"`
	Method           string   `json:"method"`
	ContentType      string   `json:"content_type"`
	Body             string   `json:"body"`
	Delay            duration `json:"delay"`
	MaxRetries       *int     `json:"max_retries"`
	MaxRetryDuration duration `json:"max_retry_duration"`
	IdempotencyKey   string   `json:"idempotency_key"`
}

func (r fetchRequest) params() ringback.FetchParams {
	return ringback.FetchParams{
		URL: r.URL, Method: r.Method, ContentType: r.ContentType, Body: []byte(r.Body), Delay: time.Duration(r.Delay),
		MaxRetries: r.MaxRetries, MaxRetryDuration: time.Duration(r.MaxRetryDuration), IdempotencyKey: r.IdempotencyKey,
	}
}

type jobRequest struct {
	ID string `json:"id"`
}

type executionRequest struct {
	ID string `json:"id"`
}

type awaitRequest struct {
	ID   string   `json:"id"`
	Wait duration `json:"wait"`
}

type listRequest struct {
	Statuses  []ringback.JobStatus `json:"status"`
	Labels    []string             `json:"label"`
	PageSize  int                  `json:"page_size"`
	PageToken string               `json:"page_token"`
}

func (r listRequest) params() ringback.ListJobsParams {
	return ringback.ListJobsParams{Statuses: r.Statuses, Labels: labels(r.Labels), PageSize: r.PageSize, PageToken: r.PageToken}
}

// labels are those of a filter, each `key=value`.
func labels(filter []string) map[string]string {
	all := map[string]string{}
	for _, label := range filter {
		key, value, _ := strings.Cut(label, "=")
		all[key] = value
	}
	return all
}

type historyRequest struct {
	JobID     string `json:"job_id"`
	PageSize  int    `json:"page_size"`
	PageToken string `json:"page_token"`
}

func (r historyRequest) params() ringback.PageParams {
	return ringback.PageParams{PageSize: r.PageSize, PageToken: r.PageToken}
}

type watchJobRequest struct {
	ID          string `json:"id"`
	ResumeToken string `json:"resume_token"`
}

type watchJobsRequest struct {
	Statuses    []ringback.JobStatus   `json:"status"`
	Labels      []string               `json:"label"`
	JobIDs      []string               `json:"id"`
	Types       []ringback.MessageType `json:"type"`
	ResumeToken string                 `json:"resume_token"`
}

func (r watchJobsRequest) params() ringback.WatchJobsParams {
	return ringback.WatchJobsParams{Statuses: r.Statuses, Labels: labels(r.Labels), JobIDs: r.JobIDs, Types: r.Types}
}

type rotateRequest struct {
	Overlap *duration `json:"overlap"`
	Secret  string    `json:"secret"`
}

func (r rotateRequest) params() ringback.RotateParams {
	return ringback.RotateParams{Overlap: (*time.Duration)(r.Overlap), Secret: r.Secret}
}
