//go:build server

package servertest

import (
	"bufio"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestExamplesRun runs each example as a user would. The server is killed while that of the watch runs.
func TestExamplesRun(t *testing.T) {
	folders, err := filepath.Glob("../examples/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no examples (%v)", err)
	}
	last := map[string]string{
		"await":   "is completed: the target answered 200",
		"create":  "is pending until",
		"errors":  "max_retries must be from 0 to 1000",
		"list":    "jobs; more with PageToken",
		"watch":   "job_completed: the job is completed",
		"webhook": "is completed",
	}
	for _, folder := range folders {
		name := filepath.Base(folder)
		t.Run(name, func(t *testing.T) {
			binary := filepath.Join(t.TempDir(), name)
			if out, err := exec.Command("go", "build", "-o", binary, folder).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			lines := run(t, binary, func() {
				if name == "watch" {
					restart(t)
				}
			})
			if end := lines[len(lines)-1]; last[name] == "" || !strings.Contains(end, last[name]) {
				t.Errorf("it ends with %q, not %q", end, last[name])
			}
		})
	}
}

// run runs a program, and does something at the first line that it prints.
func run(t *testing.T, binary string, atFirst func()) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(limit(t), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, binary)
	var problems strings.Builder
	command.Stderr = &problems
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		if lines = append(lines, scanner.Text()); len(lines) == 1 {
			atFirst()
		}
	}
	if err := command.Wait(); err != nil || len(lines) == 0 {
		t.Fatalf("%v: %s%s", err, strings.Join(lines, "\n"), problems.String())
	}
	return lines
}
