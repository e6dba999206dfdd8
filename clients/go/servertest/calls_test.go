//go:build server

package servertest

import (
	"context"
	"iter"
	"testing"
	"time"

	"ringback.dev/go"
)

// calls are the typed client's methods behind the names of the API.
var calls = map[string]callFunc{
	"CreateJob": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		return client.Jobs.Create(ctx, read[createRequest](t, s).params())
	},
	"BatchCreateJobs": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		var params []ringback.CreateJobParams
		for _, request := range read[batchRequest](t, s).Requests {
			params = append(params, request.params())
		}
		jobs, err := client.Jobs.BatchCreate(ctx, params)
		return map[string]any{"jobs": jobs}, err
	},
	"Fetch": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		return client.Jobs.Fetch(ctx, read[fetchRequest](t, s).params())
	},
	"GetJob": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		return client.Jobs.Get(ctx, read[jobRequest](t, s).ID)
	},
	"CancelJob": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		return client.Jobs.Cancel(ctx, read[jobRequest](t, s).ID)
	},
	"AwaitJob": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		request := read[awaitRequest](t, s)
		ctx, cancel := context.WithTimeout(ctx, time.Duration(request.Wait))
		defer cancel()
		return client.Jobs.Await(ctx, request.ID)
	},
	"ListJobs": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		page, err := client.Jobs.ListPage(ctx, read[listRequest](t, s).params())
		return pageAs("jobs", page), err
	},
	"GetExecution": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		return client.Jobs.Execution(ctx, read[executionRequest](t, s).ID)
	},
	"ListExecutions": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		request := read[historyRequest](t, s)
		page, err := client.Jobs.ExecutionsPage(ctx, request.JobID, request.params())
		return pageAs("executions", page), err
	},
	"ListAttempts": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		request := read[historyRequest](t, s)
		page, err := client.Jobs.AttemptsPage(ctx, request.JobID, request.params())
		return pageAs("attempts", page), err
	},
	"WatchJob": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		request := read[watchJobRequest](t, s)
		return messages(t, s, client.Jobs.Watch(ctx, request.ID, ringback.ResumeAfter(request.ResumeToken)))
	},
	"WatchJobs": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		request := read[watchJobsRequest](t, s)
		return messages(t, s, client.Jobs.WatchAll(ctx, request.params(), ringback.ResumeAfter(request.ResumeToken)))
	},
	"ListSigningSecrets": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		read[struct{}](t, s)
		secrets, err := client.SigningSecrets.List(ctx)
		return map[string]any{"signing_secrets": secrets}, err
	},
	"RotateSigningSecret": func(ctx context.Context, t *testing.T, client *ringback.Client, s step) (any, error) {
		return client.SigningSecrets.Rotate(ctx, read[rotateRequest](t, s).params())
	},
}

// messages takes as many messages as the step has, or all until the watch ends by itself.
func messages(t *testing.T, s step, watch iter.Seq2[*ringback.WatchMessage, error]) (any, error) {
	t.Helper()
	var told []*ringback.WatchMessage
	for message, err := range watch {
		if err != nil {
			return nil, err
		}
		if told = append(told, message); len(told) == len(s.Messages) && !s.Ends {
			return map[string]any{"messages": told}, nil
		}
	}
	if !s.Ends {
		t.Errorf("%s ended by itself", s.Call)
	}
	return map[string]any{"messages": told}, nil
}

func pageAs[T any](name string, page *ringback.Page[T]) any {
	if page == nil {
		return nil
	}
	return map[string]any{name: page.Items, "next_page_token": page.NextPageToken}
}
