package ringback

import (
	"context"
	"errors"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"

	pb "ringback.dev/go/ringbackv1"
)

func TestAnExecutionIsReadByItsID(t *testing.T) {
	f := &fake{call: func(_ context.Context, _ string, request any) (any, error) {
		id := request.(*pb.GetExecutionRequest).Id
		if id != "exec_1" {
			return nil, refusal(codes.NotFound, "no such execution", reason("ringback.dev", "EXECUTION_NOT_FOUND", map[string]string{"id": id}))
		}
		return &pb.Execution{Id: id, JobId: "job_1", Status: pb.Execution_failed}, nil
	}}
	jobs := f.client(t).Jobs
	execution, err := jobs.Execution(t.Context(), "exec_1")
	if err != nil || execution.ID != "exec_1" || execution.JobID != "job_1" || !execution.Status.IsFinal() {
		t.Errorf("got %+v %v", execution, err)
	}
	_, err = jobs.Execution(t.Context(), "exec_2")
	var missing *Error
	if !errors.As(err, &missing) || missing.Reason != ReasonExecutionNotFound || missing.Metadata["id"] != "exec_2" {
		t.Errorf("got %v", err)
	}
}

func TestWhichStatusesAreFinal(t *testing.T) {
	final := []string{"completed", "failed", "cancelled"}
	for _, word := range []string{"pending", "running", "completed", "failed", "cancelled", "paused", "unknown"} {
		if got := JobStatus(word).IsFinal(); got != slices.Contains(final, word) {
			t.Errorf("a job that is %s: %v", word, got)
		}
		if got := ExecutionStatus(word).IsFinal(); got != slices.Contains(final, word) {
			t.Errorf("an execution that is %s: %v", word, got)
		}
	}
}

func TestSecretsAreTheTextsOfThoseThatSign(t *testing.T) {
	f := &fake{call: func(context.Context, string, any) (any, error) {
		return &pb.ListSigningSecretsResponse{SigningSecrets: []*pb.SigningSecret{{Secret: "whsec_new"}, {Secret: "whsec_old"}}}, nil
	}}
	secrets, err := f.client(t).SigningSecrets.Secrets(t.Context())
	if err != nil || !slices.Equal(secrets, []string{"whsec_new", "whsec_old"}) {
		t.Errorf("got %q %v", secrets, err)
	}
}
