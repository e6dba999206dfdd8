package ringback

import (
	"context"
	"iter"
	"slices"

	pb "ringback.dev/go/ringbackv1"
)

// ListJobsParams say which jobs to list. The zero value lists all.
type ListJobsParams struct {
	// Statuses: only jobs with one of these. Empty: all.
	Statuses []JobStatus
	// Labels: only jobs with all of these labels. Empty: all.
	Labels map[string]string
	// PageSize is how many jobs a page may hold, up to 500; more means 500. Default: 50.
	PageSize int
	// PageToken is the NextPageToken of the page before, of the same filter. Empty: the first page.
	PageToken string
}

// PageParams say which page of a list to begin with, and how large pages are. The zero value is the default.
type PageParams struct {
	// PageSize is how many entries a page may hold, up to 500; more means 500. Default: 50.
	PageSize int
	// PageToken is the NextPageToken of the page before. Empty: the first page.
	PageToken string
}

// Page is one page of a list.
type Page[T any] struct {
	// Items are the entries of the page, in the order of the list.
	Items []*T
	// NextPageToken is the token of the next page. Empty after the last.
	NextPageToken string
}

// List lists the project's jobs, newest first, without headers and bodies. It reads page by page, as the loop gets
// there; after an error it ends. Pages are stable: what is created meanwhile neither repeats nor hides anything.
//
// Errors: [ReasonInvalidFields] for a bad page token, page size or label.
func (j *Jobs) List(ctx context.Context, params ListJobsParams) iter.Seq2[*Job, error] {
	return items(params.PageToken, func(token string) (*Page[Job], error) {
		params.PageToken = token
		return j.ListPage(ctx, params)
	})
}

// ListPage reads one page of [Jobs.List].
func (j *Jobs) ListPage(ctx context.Context, params ListJobsParams) (*Page[Job], error) {
	answer, err := j.rpc.ListJobs(ctx, &pb.ListJobsRequest{
		Status:    enums[pb.Job_Status](params.Statuses, pb.Job_Status_value),
		Label:     labelFilter(params.Labels),
		PageSize:  int32From(params.PageSize),
		PageToken: params.PageToken,
	})
	if err != nil {
		return nil, err
	}
	return &Page[Job]{mapAll(answer.Jobs, jobFrom), answer.NextPageToken}, nil
}

// Executions lists the executions of a job, newest first, page by page as [Jobs.List] does.
//
// Errors: [ReasonJobNotFound]; [ReasonInvalidFields] for a bad page token or page size.
func (j *Jobs) Executions(ctx context.Context, jobID string, params PageParams) iter.Seq2[*Execution, error] {
	return items(params.PageToken, func(token string) (*Page[Execution], error) {
		params.PageToken = token
		return j.ExecutionsPage(ctx, jobID, params)
	})
}

// ExecutionsPage reads one page of [Jobs.Executions].
func (j *Jobs) ExecutionsPage(ctx context.Context, jobID string, params PageParams) (*Page[Execution], error) {
	answer, err := j.rpc.ListExecutions(ctx, &pb.ListExecutionsRequest{
		JobId: jobID, PageSize: int32From(params.PageSize), PageToken: params.PageToken,
	})
	if err != nil {
		return nil, err
	}
	return &Page[Execution]{mapAll(answer.Executions, executionFrom), answer.NextPageToken}, nil
}

// Attempts lists the attempts of a job in the order of its executions and their numbers, oldest first, page by page as
// [Jobs.List] does. A page may be shorter than PageSize when answers are large.
//
// Errors: [ReasonJobNotFound]; [ReasonInvalidFields] for a bad page token or page size.
func (j *Jobs) Attempts(ctx context.Context, jobID string, params PageParams) iter.Seq2[*Attempt, error] {
	return items(params.PageToken, func(token string) (*Page[Attempt], error) {
		params.PageToken = token
		return j.AttemptsPage(ctx, jobID, params)
	})
}

// AttemptsPage reads one page of [Jobs.Attempts].
func (j *Jobs) AttemptsPage(ctx context.Context, jobID string, params PageParams) (*Page[Attempt], error) {
	answer, err := j.rpc.ListAttempts(ctx, &pb.ListAttemptsRequest{
		JobId: jobID, PageSize: int32From(params.PageSize), PageToken: params.PageToken,
	})
	if err != nil {
		return nil, err
	}
	return &Page[Attempt]{mapAll(answer.Attempts, attemptFrom), answer.NextPageToken}, nil
}

// items goes through the entries of all pages, beginning with the page of the token.
func items[T any](first string, read func(token string) (*Page[T], error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for token := first; ; {
			page, err := read(token)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if token = page.NextPageToken; token == "" {
				return
			}
		}
	}
}

// labelFilter is a filter as the wire has it, `key=value`, in an order that is always the same: resume tokens are good for
// one filter only.
func labelFilter(labels map[string]string) []string {
	var all []string
	for key, value := range labels {
		all = append(all, key+"="+value)
	}
	slices.Sort(all)
	return all
}

func mapAll[P, T any](all []P, from func(P) *T) []*T {
	mapped := make([]*T, len(all))
	for i, p := range all {
		mapped[i] = from(p)
	}
	return mapped
}
