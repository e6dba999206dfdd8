package webhook

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// callback is a case of clients/cases, whose README says what each member means.
type callback struct {
	Name       string
	Secrets    []string
	Headers    map[string]*string
	Signatures [][2]any
	Body       *string
	Now        int64
	Hmacs      int
	Refused    *struct {
		Reason  Reason
		Message string
	}
}

// over fills in what the case does not name.
func (c callback) over(example callback) callback {
	if c.Secrets == nil {
		c.Secrets = example.Secrets
	}
	if c.Body == nil {
		c.Body = example.Body
	}
	if c.Now == 0 {
		c.Now = example.Now
	}
	return c
}

func (c callback) header(example callback) http.Header {
	header := http.Header{}
	for _, values := range []map[string]*string{example.Headers, c.Headers} {
		for name, value := range values {
			if value == nil {
				header.Del(name)
			} else {
				header.Set(name, *value)
			}
		}
	}
	var signatures []string
	for _, part := range c.Signatures {
		for range int(part[0].(float64)) {
			signatures = append(signatures, part[1].(string))
		}
	}
	if signatures != nil {
		header.Set("webhook-signature", strings.Join(signatures, " "))
	}
	return header
}

func TestTheCasesOfAllClients(t *testing.T) {
	text, err := os.ReadFile("../../cases/webhook.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Example callback
		Cases   []callback
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) { c.over(file.Example).run(t, c.header(file.Example)) })
	}
}

func (c callback) run(t *testing.T, header http.Header) {
	v, err := New(c.Secrets, at(time.Unix(c.Now, 0)))
	if err != nil {
		t.Fatal(err)
	}
	hmacs := 0
	signers := *v.signers.Load()
	for i, sign := range signers {
		signers[i] = func(id, timestamp string, body []byte) string {
			hmacs++
			return sign(id, timestamp, body)
		}
	}
	_, err = v.Verify(header, []byte(*c.Body))
	var refused *Error
	errors.As(err, &refused)
	switch {
	case c.Refused == nil && err != nil:
		t.Errorf("refused: %v", err)
	case c.Refused != nil && (refused == nil || refused.Reason != c.Refused.Reason || refused.Message != c.Refused.Message):
		t.Errorf("got %v, want %v", err, *c.Refused)
	}
	if hmacs != c.Hmacs {
		t.Errorf("%d HMACs were computed, want %d", hmacs, c.Hmacs)
	}
}
