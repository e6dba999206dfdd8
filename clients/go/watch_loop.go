package ringback

import (
	"context"
	"fmt"
	"io"
	"time"

	pb "ringback.dev/go/ringbackv1"
)

// watch is a watch that was asked for. It does not hold how far a run has come, so that it may be run again.
type watch struct {
	client *Client
	// The method's name.
	call string
	open func(ctx context.Context, resumeToken string) (messageStream, error)
	// Whether the server's end of the stream is the end of the watch.
	ends        bool
	resumeToken string
	checkpoints bool
}

// run hands out messages over as many streams as it takes.
func (w *watch) run(ctx context.Context, yield func(*WatchMessage, error) bool) {
	resumeToken, tries := w.resumeToken, w.client.reconnect.of(w.call)
	handOut := func(message *pb.WatchMessage) bool {
		resumeToken = message.ResumeToken
		tries.restart()
		isHidden := message.Type == pb.WatchMessage_checkpoint && !w.checkpoints
		return isHidden || yield(watchMessageFrom(message), nil)
	}
	for {
		cut := w.stream(ctx, resumeToken, handOut)
		if cut == nil {
			return
		}
		if err := w.client.takeUp(ctx, tries, cut); err != nil {
			yield(nil, err)
			return
		}
	}
}

// stream hands out the messages of one stream until the watch ends, with nil, or the stream is cut off. It counts silence
// only while it waits for the server, not while a message is dealt with.
func (w *watch) stream(ctx context.Context, resumeToken string, handOut func(*pb.WatchMessage) bool) *Error {
	heard, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(w.client.silence, cancel)
	defer silence.Stop()
	stream, err := w.open(heard, resumeToken)
	if err != nil {
		return errorFrom(ctx, err, nil)
	}
	for {
		message, err := stream.Recv()
		switch {
		case err == io.EOF && w.ends:
			return nil
		case err == io.EOF:
			return &Error{Code: CodeUnavailable, Message: "the server ended the stream", Retryable: true}
		case err != nil && heard.Err() != nil && ctx.Err() == nil:
			return &Error{Code: CodeUnavailable, Message: fmt.Sprintf("nothing was heard for %v", w.client.silence), Retryable: true}
		case err != nil:
			return errorFrom(ctx, err, stream.Trailer())
		}
		silence.Stop()
		if !handOut(message) {
			return nil
		}
		silence.Reset(w.client.silence)
	}
}
