package ringback

import (
	"context"
	"errors"
	"time"

	pb "ringback.dev/go/ringbackv1"
)

// awaitWait is how long the server is asked to wait at a time.
const awaitWait = 60 * time.Second

// Await waits until the job has completed, failed or been cancelled, and returns it then; a job that ended badly is no
// error. It waits for as long as the context lets it, also while the server is away or restarts. A recurring job ends
// only by being cancelled.
//
// Errors: [ReasonJobNotFound]; those of the context.
func (j *Jobs) Await(ctx context.Context, id string) (*Job, error) {
	tries := j.client.reconnect.of("AwaitJob")
	for {
		job, err := j.awaitOnce(ctx, id)
		var cut *Error
		if errors.As(err, &cut) {
			if err := j.client.takeUp(ctx, tries, cut); err != nil {
				return nil, err
			}
			continue
		}
		if job.Status.IsFinal() {
			return job, nil
		}
		tries.restart()
	}
}

// awaitOnce reads the job when it has ended, or as it stands a while later.
func (j *Jobs) awaitOnce(ctx context.Context, id string) (*Job, error) {
	// If the server dies without a word, the deadline ends the call.
	ctx, cancel := context.WithTimeout(ctx, awaitWait+j.client.timeout)
	defer cancel()
	job, err := j.rpc.AwaitJob(ctx, &pb.AwaitJobRequest{Id: id, Wait: formatDuration(awaitWait)}, once{})
	if err != nil {
		return nil, err
	}
	return jobFrom(job), nil
}
