package ringback

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	pb "ringback.dev/go/ringbackv1"
)

// CreateJobParams say what to call, with what, and when: at ScheduledAt, after Delay or by Cron, at most one of them;
// with none, now. The server checks all of it, and tells every violation at once, as [Error.FieldViolations].
//
// Durations go over the wire in whole milliseconds, rounded up.
type CreateJobParams struct {
	// URL is what to call: absolute, http or https, no user info, at most 8,192 characters. Required.
	URL string
	// Method is the HTTP method: GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS. Default: POST.
	Method string
	// Headers are those of the call: at most 100, 32 KiB in all.
	Headers map[string]string
	// Body is sent byte for byte. At most 1 MiB.
	Body []byte
	// JSON is a body that is given as a value: what [encoding/json.Marshal] makes of it is sent, with
	// `Content-Type: application/json` unless Headers have another. Not together with Body.
	JSON any
	// ScheduledAt is when to call, at most 10 years ahead; a time in the past means now.
	ScheduledAt time.Time
	// Delay is how long to wait before the call, at most 10 years.
	Delay time.Duration
	// Cron is when to call again and again: five cron fields or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`,
	// such as `0 9 * * 1-5`.
	Cron string
	// TimeZone is the time zone that Cron is read in. Only UTC, the default, for now.
	TimeZone string
	// MaxRetries is how many times a failed attempt is repeated, from 0 to 1,000, such as Ptr(5). Default: 3.
	MaxRetries *int
	// RetryPolicy is how the retries are spaced.
	RetryPolicy RetryPolicy
	// AttemptDeadline is how long one attempt may take as a whole, from 1 s to 30 min. Default: 30 s.
	AttemptDeadline time.Duration
	// Labels are words of your own to filter by: at most 32.
	Labels map[string]string
	// IdempotencyKey makes creates that are repeated by you safe: for 24 hours, the same key with the same content answers
	// the first job. 1 to 255 visible ASCII characters. Default: a random one for each call, which makes the retries of
	// the client safe.
	IdempotencyKey string
	// Wait answers only when the job has completed, failed or been cancelled, or after this time, with the job as it
	// stands; at most 5 min. Not in batches. Default: answers at once.
	Wait time.Duration
}

// proto is the request, unless what was given can't be one.
func (p CreateJobParams) proto() (*pb.CreateJobRequest, *FieldViolation) {
	body, violation := bodyFrom(p.Body, p.JSON)
	if violation != nil {
		return nil, violation
	}
	request := &pb.CreateJobRequest{
		Url:             p.URL,
		Method:          p.Method,
		Headers:         p.Headers,
		ScheduledAt:     formatTime(p.ScheduledAt),
		Delay:           optionalDuration(p.Delay),
		Cron:            p.Cron,
		TimeZone:        p.TimeZone,
		RetryPolicy:     p.RetryPolicy.proto(),
		AttemptDeadline: optionalDuration(p.AttemptDeadline),
		Labels:          p.Labels,
		IdempotencyKey:  keyOrRandom(p.IdempotencyKey),
		Wait:            optionalDuration(p.Wait),
	}
	if p.JSON != nil {
		request.Headers = withJSONType(p.Headers)
	}
	text, binary := splitBody(body)
	if text != nil {
		request.Body = *text
	}
	request.BinaryBody = binary
	if p.MaxRetries != nil {
		request.MaxRetries = Ptr(int32From(*p.MaxRetries))
	}
	return request, nil
}

// keyOrRandom is the idempotency key, or one of 130 random bits. It is made once for a call, so that its retries have
// the same.
func keyOrRandom(key string) string {
	if key == "" {
		return rand.Text()
	}
	return key
}

// Create creates a job, and returns once it is durable; with Wait, once it has ended.
//
// Errors: [ReasonInvalidFields]; [ReasonIdempotencyKeyReused] when the key was used for other content.
func (j *Jobs) Create(ctx context.Context, params CreateJobParams) (*Job, error) {
	request, violation := params.proto()
	if violation != nil {
		return nil, invalid(*violation)
	}
	ctx, cancel := j.client.withDeadline(ctx, params.Wait)
	defer cancel()
	job, err := j.rpc.CreateJob(ctx, request)
	if err != nil {
		return nil, err
	}
	return jobFrom(job), nil
}

// BatchCreate creates 1 to 1,000 jobs, all of them or none, and returns once they are durable: a job for each request,
// in their order, without URLs, headers, bodies, labels and last attempts. The requests may have 8 MiB in all.
//
// Errors as for [Jobs.Create]; violations name the request, such as `requests[3].url`.
func (j *Jobs) BatchCreate(ctx context.Context, params []CreateJobParams) ([]*Job, error) {
	request := &pb.BatchCreateJobsRequest{}
	var violations []FieldViolation
	for i, p := range params {
		one, violation := p.proto()
		if violation != nil {
			violation.Field = fmt.Sprintf("requests[%d].%s", i, violation.Field)
			violations = append(violations, *violation)
		}
		request.Requests = append(request.Requests, one)
	}
	if violations != nil {
		return nil, invalid(violations...)
	}
	answer, err := j.rpc.BatchCreateJobs(ctx, request)
	if err != nil {
		return nil, err
	}
	return mapAll(answer.Jobs, jobFrom), nil
}
