package ringback

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "ringback.dev/go/ringbackv1"
)

func TestEveryWordOfTheWireHasAConstant(t *testing.T) {
	constants := constantsByType(t)
	for name, enum := range map[string]protoreflect.Enum{
		"JobStatus":       pb.Job_pending,
		"ExecutionStatus": pb.Execution_pending,
		"AttemptStatus":   pb.Attempt_open,
		"MessageType":     pb.WatchMessage_snapshot,
		"Reason":          pb.ErrorReason_INVALID_FIELDS,
	} {
		values := enum.Descriptor().Values()
		for i := range values.Len() {
			if v := values.Get(i); v.Number() != 0 && !constants[name][string(v.Name())] {
				t.Errorf("%s has no constant for %s", name, v.Name())
			}
		}
	}
}

func TestAWordThatIsNewIsUnknown(t *testing.T) {
	if got := word[JobStatus](pb.Job_Status(77)); got != JobUnknown {
		t.Errorf("got %q", got)
	}
	if got := word[MessageType](pb.WatchMessage_checkpoint); got != MessageCheckpoint {
		t.Errorf("got %q", got)
	}
	if got := enums[pb.Job_Status]([]JobStatus{JobPaused, "odd"}, pb.Job_Status_value); got[0] != pb.Job_paused || got[1] != 0 {
		t.Errorf("got %v", got)
	}
}

// constantsByType are the texts of this package's constants, by the name of their type.
func constantsByType(t *testing.T) map[string]map[string]bool {
	t.Helper()
	all := map[string]map[string]bool{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			if spec, ok := node.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				name, isNamed := spec.Type.(*ast.Ident)
				literal, isLiteral := spec.Values[0].(*ast.BasicLit)
				if isNamed && isLiteral {
					if all[name.Name] == nil {
						all[name.Name] = map[string]bool{}
					}
					text, _ := strconv.Unquote(literal.Value)
					all[name.Name][text] = true
				}
			}
			return true
		})
	}
	return all
}
