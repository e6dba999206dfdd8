package ringback

import (
	"context"

	pb "ringback.dev/go/ringbackv1"
)

// Jobs creates, reads, cancels and watches jobs: see [Client.Jobs].
type Jobs struct {
	client *Client
	rpc    pb.JobServiceClient
}

// Get reads one job, with headers and body.
//
// Errors: [ReasonJobNotFound] when there is none in the key's project.
func (j *Jobs) Get(ctx context.Context, id string) (*Job, error) {
	job, err := j.rpc.GetJob(ctx, &pb.GetJobRequest{Id: id})
	if err != nil {
		return nil, err
	}
	return jobFrom(job), nil
}

// Execution reads one execution, such as the one whose id a callback carries as its delivery id; its JobID names the job.
//
// Errors: [ReasonExecutionNotFound] when there is none in the key's project, or when it is no longer kept.
func (j *Jobs) Execution(ctx context.Context, id string) (*Execution, error) {
	execution, err := j.rpc.GetExecution(ctx, &pb.GetExecutionRequest{Id: id})
	if err != nil {
		return nil, err
	}
	return executionFrom(execution), nil
}

// Cancel cancels a job: nothing more is called. A call being made is not cut off. Cancelling a cancelled job changes
// nothing and is no error.
//
// Errors: [ReasonJobNotFound]; [ReasonJobEnded] when the job has completed or failed.
func (j *Jobs) Cancel(ctx context.Context, id string) (*Job, error) {
	job, err := j.rpc.CancelJob(ctx, &pb.CancelJobRequest{Id: id})
	if err != nil {
		return nil, err
	}
	return jobFrom(job), nil
}
