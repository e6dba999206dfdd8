package ringback

import (
	"context"
	"slices"
	"testing"

	pb "ringback.dev/go/ringbackv1"
)

// pages answers three pages of two jobs, with an empty one before the last, and fails for any other.
func pages(tokens *[]string) *fake {
	next := map[string]string{"": "b", "b": "empty", "empty": "c", "c": ""}
	return &fake{call: func(_ context.Context, _ string, request any) (any, error) {
		token := request.(*pb.ListJobsRequest).PageToken
		*tokens = append(*tokens, token)
		if _, ok := next[token]; !ok {
			return nil, refused
		}
		if token == "empty" {
			return &pb.ListJobsResponse{NextPageToken: next[token]}, nil
		}
		return &pb.ListJobsResponse{Jobs: []*pb.Job{{Id: token + "1"}, {Id: token + "2"}}, NextPageToken: next[token]}, nil
	}}
}

func TestAListReadsPagesAsTheLoopGetsThere(t *testing.T) {
	for name, test := range map[string]struct {
		params ListJobsParams
		leave  string
		ids    []string
		tokens []string
	}{
		"all":          {ListJobsParams{}, "", []string{"1", "2", "b1", "b2", "c1", "c2"}, []string{"", "b", "empty", "c"}},
		"left":         {ListJobsParams{}, "2", []string{"1", "2"}, []string{""}},
		"further left": {ListJobsParams{}, "b1", []string{"1", "2", "b1"}, []string{"", "b"}},
		"from a page":  {ListJobsParams{PageToken: "c"}, "", []string{"c1", "c2"}, []string{"c"}},
	} {
		var ids, tokens []string
		list := pages(&tokens).client(t).Jobs.List(t.Context(), test.params)
		// Twice: a list can be gone through again.
		for range 2 {
			ids, tokens = nil, nil
			for job, err := range list {
				if err != nil {
					t.Fatal(err)
				}
				if ids = append(ids, job.ID); job.ID == test.leave {
					break
				}
			}
			if !slices.Equal(ids, test.ids) || !slices.Equal(tokens, test.tokens) {
				t.Errorf("%s: got %v by %q", name, ids, tokens)
			}
		}
	}
}

func TestAListEndsWithAnError(t *testing.T) {
	var tokens []string
	count := 0
	for job, err := range pages(&tokens).client(t).Jobs.List(t.Context(), ListJobsParams{PageToken: "bad"}) {
		if count++; job != nil || codeOf(err) != CodeInvalidArgument {
			t.Errorf("got %v %v", job, err)
		}
	}
	if count != 1 {
		t.Errorf("told %d times", count)
	}
}
