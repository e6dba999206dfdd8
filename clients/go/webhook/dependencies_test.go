package webhook

import (
	"os/exec"
	"strings"
	"testing"
)

func TestThisPackageNeedsTheStandardLibraryAlone(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if got := strings.Fields(string(out)); err != nil || len(got) != 1 {
		t.Errorf("it needs %v (%v)", got, err)
	}
}
