package ringback

import (
	"context"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc/metadata"
)

// FetchParams are a raw HTTP request that is to be relayed durably.
type FetchParams struct {
	// URL is what to call. Required.
	URL string
	// Method is the HTTP method. Default: POST.
	Method string
	// ContentType is the Content-Type of the call. Default: none; with JSON `application/json`.
	ContentType string
	// Body is passed on as it is. At most 1 MiB.
	Body []byte
	// JSON is a body that is given as a value, as in [CreateJobParams]. Not together with Body.
	JSON any
	// Delay is how long to wait before the call. Default: none.
	Delay time.Duration
	// MaxRetries is how many times a failed attempt is repeated, from 0 to 1,000, such as Ptr(5). Default: 1,000.
	MaxRetries *int
	// MaxRetryDuration: no retry is planned for later than this after the scheduled time. Default: 7 days.
	MaxRetryDuration time.Duration
	// IdempotencyKey is as in [CreateJobParams].
	IdempotencyKey string
}

// Fetch relays a raw request durably: it creates a job whose body, content type and method are those given, and which is
// retried for 7 days unless told otherwise.
//
// Errors as for [Jobs.Create]; violations name the headers that REST has for the fields, such as `x-fetch-url`.
func (j *Jobs) Fetch(ctx context.Context, params FetchParams) (*Job, error) {
	headers := map[string]string{
		"x-fetch-url":          params.URL,
		"x-fetch-method":       params.Method,
		"x-delay":              optionalDuration(params.Delay),
		"x-max-retry-duration": optionalDuration(params.MaxRetryDuration),
		"idempotency-key":      keyOrRandom(params.IdempotencyKey),
	}
	if params.MaxRetries != nil {
		headers["x-max-retries"] = strconv.Itoa(*params.MaxRetries)
	}
	var violations []FieldViolation
	body, violation := bodyFrom(params.Body, params.JSON)
	if violation != nil {
		violations = append(violations, *violation)
	}
	for name, value := range headers {
		// No header can hold anything else: the server would see something that was not meant.
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
			violations = append(violations, FieldViolation{Field: name, Description: "must be visible ASCII characters"})
		} else if value != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, name, value)
		}
	}
	if violations != nil {
		return nil, invalid(violations...)
	}
	contentType := params.ContentType
	if contentType == "" && params.JSON != nil {
		contentType = jsonType
	}
	job, err := j.rpc.Fetch(ctx, &httpbody.HttpBody{ContentType: contentType, Data: body})
	if err != nil {
		return nil, err
	}
	return jobFrom(job), nil
}
