package ringback

import (
	"context"
	"iter"

	"google.golang.org/grpc"

	pb "ringback.dev/go/ringbackv1"
)

// WatchOption changes a watch.
type WatchOption func(*watch)

// ResumeAfter begins a watch after the message that had this ResumeToken, be it of another connection, another program
// or another day: nothing is left out and nothing told twice. The watch must be of the same job, or have the same
// params. An empty token begins anew.
func ResumeAfter(resumeToken string) WatchOption {
	return func(w *watch) { w.resumeToken = resumeToken }
}

// WithCheckpoints hands out checkpoints too, which come every few seconds while a watch is quiet. They have a newer
// ResumeToken than the last message, for those who store it.
func WithCheckpoints() WatchOption {
	return func(w *watch) { w.checkpoints = true }
}

// WatchJobsParams say which jobs to watch, and what of them. The zero value watches all.
type WatchJobsParams struct {
	// Statuses: only changes after which the job has one of these. Empty: all.
	Statuses []JobStatus
	// Labels: only jobs with all of these labels. Empty: all.
	Labels map[string]string
	// JobIDs: only these jobs, at most 1,000. Empty: all.
	JobIDs []string
	// Types: only messages of these types; without MessageSnapshot the watch begins with the changes from now on. Empty:
	// all.
	Types []MessageType
}

// Watch tells the state of a job and then every change of it, in order, each once:
//
//	for message, err := range client.Jobs.Watch(ctx, job.ID) {
//
// The loop ends after the job's last change; that of a recurring job goes on until you leave it or the context ends.
//
// A watch whose connection breaks, whose server restarts, or which hears nothing for 30 s, is taken up again after its
// last message, for as long as that takes, after random waits of up to 100 ms that double to 5 s. What the server
// refuses is an error, and ends the loop: [ReasonJobNotFound]; [ReasonInvalidFields] for a bad resume token;
// [ReasonResumeTokenTooOld]. So is the end of the context.
func (j *Jobs) Watch(ctx context.Context, jobID string, opts ...WatchOption) iter.Seq2[*WatchMessage, error] {
	return j.watch(ctx, "WatchJob", opts, true, func(ctx context.Context, resumeToken string) (messageStream, error) {
		return j.rpc.WatchJob(ctx, &pb.WatchJobRequest{Id: jobID, ResumeToken: resumeToken})
	})
}

// WatchAll tells the state of each job that matches, newest first, and then every change of them, each once and in
// order. The loop goes on until you leave it or the context ends. All else is as in [Jobs.Watch].
func (j *Jobs) WatchAll(ctx context.Context, params WatchJobsParams, opts ...WatchOption) iter.Seq2[*WatchMessage, error] {
	return j.watch(ctx, "WatchJobs", opts, false, func(ctx context.Context, resumeToken string) (messageStream, error) {
		return j.rpc.WatchJobs(ctx, &pb.WatchJobsRequest{
			Status:      enums[pb.Job_Status](params.Statuses, pb.Job_Status_value),
			Label:       labelFilter(params.Labels),
			Id:          params.JobIDs,
			Type:        enums[pb.WatchMessage_Type](params.Types, pb.WatchMessage_Type_value),
			ResumeToken: resumeToken,
		})
	})
}

type messageStream = grpc.ServerStreamingClient[pb.WatchMessage]

func (j *Jobs) watch(
	ctx context.Context, call string, opts []WatchOption, ends bool, open func(context.Context, string) (messageStream, error),
) iter.Seq2[*WatchMessage, error] {
	w := &watch{client: j.client, call: call, open: open, ends: ends}
	for _, opt := range opts {
		opt(w)
	}
	return func(yield func(*WatchMessage, error) bool) { w.run(ctx, yield) }
}
