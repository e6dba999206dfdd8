package webhook

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"
)

// source gives secrets as a test tells it to.
type source struct {
	mu      sync.Mutex
	secrets []string
	err     error
	calls   int
	// What a call waits for, where it is not nil.
	gate chan struct{}
}

func (s *source) read(ctx context.Context) ([]string, error) {
	s.mu.Lock()
	s.calls++
	gate, secrets, err := s.gate, s.secrets, s.err
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
		}
	}
	return secrets, err
}

// now sets what further calls give.
func (s *source) now(gate chan struct{}, err error, secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate, s.err, s.secrets = gate, err, secrets
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// clock is one that a test moves.
type clock struct {
	mu   sync.Mutex
	time time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}

// refreshing makes a verifier that has read vectorSecret from its source.
func refreshing(t *testing.T, opts ...Option) (*Verifier, *source, *clock) {
	t.Helper()
	s, c := &source{secrets: []string{vectorSecret}}, &clock{time: vectorTime}
	v, err := NewRefreshing(t.Context(), s.read, append([]Option{WithClock(c.now), WithTolerance(time.Hour)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return v, s, c
}

// signedBy is the header of a callback that was signed by a secret.
func signedBy(t *testing.T, secret string) http.Header {
	t.Helper()
	signature, err := Sign(secret, vectorID, vectorTime, []byte(vectorBody))
	if err != nil {
		t.Fatal(err)
	}
	header := vectorHeader()
	header.Set("webhook-signature", signature)
	return header
}

func accepts(t *testing.T, v *Verifier, secret string) bool {
	t.Helper()
	_, err := v.Verify(signedBy(t, secret), []byte(vectorBody))
	return err == nil
}

// idle waits until no refresh runs.
func idle(t *testing.T, v *Verifier) {
	t.Helper()
	v.refresh.mu.Lock()
	running := v.refresh.running
	v.refresh.mu.Unlock()
	if running != nil {
		select {
		case <-running:
		case <-time.After(10 * time.Second):
			t.Fatal("a refresh does not end")
		}
	}
}

func TestACallbackThatNoSecretMatchesIsVerifiedAgainWithNewerOnes(t *testing.T) {
	v, s, c := refreshing(t)
	s.now(nil, nil, otherSecret)
	if !accepts(t, v, otherSecret) || s.count() != 2 {
		t.Errorf("the new secret is not known after %d calls", s.count())
	}
	// From now on the old one is forged.
	c.advance(refreshInterval - 1)
	for range 100 {
		if accepts(t, v, vectorSecret) {
			t.Fatal("the old secret is known")
		}
	}
	if s.count() != 2 {
		t.Errorf("%d calls before the interval is over", s.count())
	}
	c.advance(1)
	if accepts(t, v, vectorSecret) || accepts(t, v, vectorSecret) || s.count() != 3 {
		t.Errorf("%d calls after it", s.count())
	}
}

func TestNothingElseThanASignatureAsksForNewerSecrets(t *testing.T) {
	v, s, _ := refreshing(t)
	for name, change := range map[string]func(http.Header){
		"none":          func(h http.Header) { h.Del("webhook-signature") },
		"of no version": func(h http.Header) { h.Set("webhook-signature", "v2,AAAA") },
		"too old":       func(h http.Header) { h.Set("webhook-timestamp", "1") },
	} {
		header := signedBy(t, otherSecret)
		change(header)
		if _, err := v.Verify(header, []byte(vectorBody)); err == nil || s.count() != 1 {
			t.Errorf("%s: %v after %d calls", name, err, s.count())
		}
	}
}

func TestOldSecretsAreRefreshedInTheBackground(t *testing.T) {
	v, s, c := refreshing(t)
	c.advance(5 * time.Minute)
	if !accepts(t, v, vectorSecret) || s.count() != 1 {
		t.Errorf("%d calls for secrets that are not too old", s.count())
	}
	gate := make(chan struct{})
	s.now(gate, nil, vectorSecret, otherSecret)
	c.advance(1)
	// Returns although the source does not.
	if !accepts(t, v, vectorSecret) || !accepts(t, v, vectorSecret) {
		t.Error("not accepted meanwhile")
	}
	close(gate)
	idle(t, v)
	if !accepts(t, v, otherSecret) || s.count() != 2 {
		t.Errorf("the new secret is not known, or not by %d calls", s.count())
	}
	c.advance(5 * time.Minute)
	if !accepts(t, v, vectorSecret) || s.count() != 2 {
		t.Errorf("%d calls: their age does not count from the refresh", s.count())
	}
}

func TestTheAgeOfSecretsIsAnOption(t *testing.T) {
	v, s, c := refreshing(t, WithRefreshAfter(time.Minute))
	c.advance(time.Minute + 1)
	if !accepts(t, v, vectorSecret) {
		t.Error("not accepted")
	}
	idle(t, v)
	if s.count() != 2 {
		t.Errorf("%d calls", s.count())
	}
}

func TestCallbacksShareOneRefresh(t *testing.T) {
	v, s, _ := refreshing(t)
	gate := make(chan struct{})
	s.now(gate, nil, otherSecret)
	var verifying sync.WaitGroup
	for range 20 {
		verifying.Go(func() {
			if !accepts(t, v, otherSecret) {
				t.Error("not accepted")
			}
		})
	}
	close(gate)
	verifying.Wait()
	if s.count() != 2 {
		t.Errorf("%d calls", s.count())
	}
}

func TestACallbackWaitsNoLongerThanItsPatience(t *testing.T) {
	v, s, _ := refreshing(t)
	v.refresh.patience = 20 * time.Millisecond
	gate := make(chan struct{})
	s.now(gate, nil, otherSecret)
	if accepts(t, v, otherSecret) {
		t.Error("accepted before the source has answered")
	}
	close(gate)
	idle(t, v)
	if !accepts(t, v, otherSecret) || s.count() != 2 {
		t.Errorf("not accepted afterwards, with %d calls", s.count())
	}
}

func TestARefreshThatFailsKeepsTheSecretsAndIsTold(t *testing.T) {
	told := make(chan error, 10)
	v, s, c := refreshing(t, WithRefreshErrorHook(func(err error) {
		told <- err
		panic("of the hook")
	}))
	heard := func() error {
		select {
		case err := <-told:
			return err
		case <-time.After(10 * time.Second):
			t.Fatal("the hook is not told")
			return nil
		}
	}
	down := errors.New("down")
	s.now(nil, down)
	if accepts(t, v, otherSecret) || !errors.Is(heard(), down) || !accepts(t, v, vectorSecret) {
		t.Error("a source that is down")
	}
	c.advance(refreshInterval)
	s.now(nil, nil, otherSecret, "whsec_none")
	if accepts(t, v, otherSecret) || heard() == nil || !accepts(t, v, vectorSecret) {
		t.Error("a source that gives what is no secret")
	}
	// Of their age, too, it is asked once in a while only.
	s.now(nil, down)
	c.advance(5*time.Minute + 1)
	for range 100 {
		if !accepts(t, v, vectorSecret) {
			t.Fatal("not accepted")
		}
		idle(t, v)
	}
	if !errors.Is(heard(), down) || s.count() != 4 {
		t.Errorf("%d calls", s.count())
	}
}

func TestMakingFailsWithItsSource(t *testing.T) {
	down := errors.New("down")
	for name, test := range map[string]struct {
		secrets []string
		err     error
	}{
		"down": {nil, down}, "none": {nil, nil}, "bad": {[]string{"whsec_none"}, nil},
	} {
		s := &source{secrets: test.secrets, err: test.err}
		if v, err := NewRefreshing(t.Context(), s.read); v != nil || err == nil || test.err != nil && !errors.Is(err, test.err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestReplacedSecretsCountFromTheNextVerification(t *testing.T) {
	v := newVerifier(t)
	if err := v.ReplaceSecrets([]string{otherSecret}); err != nil || !accepts(t, v, otherSecret) || accepts(t, v, vectorSecret) {
		t.Errorf("got %v", err)
	}
	for _, bad := range [][]string{nil, {vectorSecret, "whsec_none"}} {
		if err := v.ReplaceSecrets(bad); err == nil || !accepts(t, v, otherSecret) || accepts(t, v, vectorSecret) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

func TestSecretsMayBeReplacedWhileCallbacksComeIn(t *testing.T) {
	v := newVerifier(t)
	var working sync.WaitGroup
	for range 4 {
		working.Go(func() {
			for range 500 {
				if !accepts(t, v, vectorSecret) {
					t.Error("not accepted")
				}
			}
		})
	}
	for range 500 {
		if err := v.ReplaceSecrets([]string{vectorSecret, otherSecret}); err != nil {
			t.Fatal(err)
		}
	}
	working.Wait()
}
