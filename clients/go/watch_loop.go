package ringback

import (
	"context"
	"errors"
	"io"
	"time"

	pb "ringback.dev/go/ringbackv1"
)

// watch is a watch that was asked for. It does not hold how far a run has come, so that it may be run again.
type watch struct {
	client *Client
	open   func(ctx context.Context, resumeToken string) (messageStream, error)
	// Whether the server's end of the stream is the end of the watch.
	ends        bool
	resumeToken string
	checkpoints bool
}

// errLeft: the receiver of the messages wants no more.
var errLeft = errors.New("left")

// run hands out messages over as many streams as it takes.
func (w *watch) run(ctx context.Context, yield func(*WatchMessage, error) bool) {
	resumeToken, tries := w.resumeToken, 0
	handOut := func(message *pb.WatchMessage) bool {
		resumeToken, tries = message.ResumeToken, 0
		isHidden := message.Type == pb.WatchMessage_checkpoint && !w.checkpoints
		return isHidden || yield(watchMessageFrom(message), nil)
	}
	for {
		err := w.stream(ctx, resumeToken, handOut)
		if err == errLeft || err == io.EOF && w.ends {
			return
		}
		tries++
		if err := w.client.takeUp(ctx, errorFrom(ctx, err), tries); err != nil {
			yield(nil, err)
			return
		}
	}
}

// stream hands out the messages of one stream, until that ends, breaks or falls silent. It counts silence only while
// it waits for the server, not while a message is dealt with.
func (w *watch) stream(ctx context.Context, resumeToken string, handOut func(*pb.WatchMessage) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(w.client.silence, cancel)
	defer silence.Stop()
	stream, err := w.open(ctx, resumeToken)
	if err != nil {
		return err
	}
	for {
		message, err := stream.Recv()
		if err != nil {
			return err
		}
		silence.Stop()
		if !handOut(message) {
			return errLeft
		}
		silence.Reset(w.client.silence)
	}
}
