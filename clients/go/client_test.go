package ringback

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/metadata"

	pb "ringback.dev/go/ringbackv1"
)

func TestNewSaysWhatIsWrong(t *testing.T) {
	t.Setenv("RINGBACK_API_KEY", "")
	t.Setenv("RINGBACK_ENDPOINT", "")
	key := WithAPIKey("rb_sk_secret")
	for name, test := range map[string]struct {
		opts []Option
		want string
	}{
		"no key":            {nil, "RINGBACK_API_KEY"},
		"a key of two":      {[]Option{WithAPIKey("rb_sk_secret\nrb_sk_secret")}, "visible ASCII"},
		"no scheme":         {[]Option{key, WithEndpoint("localhost:8080")}, "http://host:port"},
		"another scheme":    {[]Option{key, WithEndpoint("ftp://localhost")}, "http://host:port"},
		"a path":            {[]Option{key, WithEndpoint("http://localhost/v1")}, "http://host:port"},
		"a password":        {[]Option{key, WithEndpoint("http://u:rb_sk_secret@localhost")}, "http://host:port"},
		"no time":           {[]Option{key, WithTimeout(0)}, "timeout"},
		"no attempts":       {[]Option{key, WithMaxAttempts(0)}, "attempts"},
		"TLS in plain text": {[]Option{key, WithTLSConfig(testTLS(t).client)}, "https://"},
	} {
		_, err := New(test.opts...)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want something of %q", name, err, test.want)
		} else if strings.Contains(err.Error(), "rb_sk_secret") {
			t.Errorf("%s: the error tells the secret: %v", name, err)
		}
	}
}

func TestSettingsComeFromTheEnvironmentUnlessGiven(t *testing.T) {
	t.Setenv("RINGBACK_API_KEY", "of-environment")
	s, err := newSettings(nil)
	if err != nil || s.target != "dns:///127.0.0.1:8080" || s.key != "of-environment" {
		t.Errorf("got %v %v", s, err)
	}
	t.Setenv("RINGBACK_ENDPOINT", "https://[::1]")
	s, err = newSettings(nil)
	if err != nil || s.target != "dns:///[::1]:443" {
		t.Errorf("got %v %v", s, err)
	}
	s, err = newSettings([]Option{WithEndpoint("http://example.com/"), WithAPIKey("given")})
	if err != nil || s.target != "dns:///example.com:80" || s.key != "given" {
		t.Errorf("got %v %v", s, err)
	}
}

func TestACallCarriesTheKeyAndTheUserAgent(t *testing.T) {
	var got metadata.MD
	f := &fake{call: func(ctx context.Context, _ string, _ any) (any, error) {
		got, _ = metadata.FromIncomingContext(ctx)
		return &pb.Job{}, nil
	}}
	if _, err := f.client(t).Jobs.Get(t.Context(), "job_1"); err != nil {
		t.Fatal(err)
	}
	if key := got.Get("authorization"); len(key) != 1 || key[0] != "Bearer rb_sk_test" {
		t.Errorf("authorization: %q", key)
	}
	if agent := got.Get("user-agent"); len(agent) != 1 || !strings.HasPrefix(agent[0], "ringback-go/"+Version+" ") {
		t.Errorf("user agent: %q", agent)
	}
}

func TestNoPrintOfAClientTellsTheKey(t *testing.T) {
	client := newTestClient(t, "http://127.0.0.1:1")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, client); strings.Contains(text, "rb_sk_test") {
			t.Errorf("%s tells %s", verb, text)
		}
	}
	if got := client.String(); got != "Ringback at http://127.0.0.1:1" {
		t.Errorf("got %s", got)
	}
}

func TestAClosedClientEndsCallsAndWatches(t *testing.T) {
	client := (&fake{}).client(t)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Jobs.Get(t.Context(), "job_1"); codeOf(err) != CodeCancelled {
		t.Errorf("get: %v", err)
	}
	if _, err := client.Jobs.Await(t.Context(), "job_1"); codeOf(err) != CodeCancelled {
		t.Errorf("await: %v", err)
	}
	for _, err := range client.Jobs.Watch(t.Context(), "job_1") {
		if codeOf(err) != CodeCancelled {
			t.Errorf("watch: %v", err)
		}
	}
}
