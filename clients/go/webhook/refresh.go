package webhook

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// However many callbacks no signature matches, the source is asked once in this time.
	refreshInterval = 10 * time.Second
	// How long a source may take.
	refreshTimeout = 30 * time.Second
)

// Source gives the secrets that sign now, such as SigningSecrets.Secrets of [ringback.dev/go.Client]. It heeds its
// context, and may be called from any goroutine, one call at a time.
type Source func(ctx context.Context) ([]string, error)

// NewRefreshing makes a verifier that has its secrets from a source and follows their rotations by itself:
//
//	verifier, err := webhook.NewRefreshing(ctx, client.SigningSecrets.Secrets)
//
// It asks the source once, with this context, and fails when that fails. After that, verifications ask it: one that finds
// the secrets more than 5 minutes old ([WithRefreshAfter]) lets them be refreshed in the background; one that no signature
// matches waits up to 5 s for newer secrets and tries those, but at most once in 10 s, so that forged callbacks make no
// load. When the source fails, the secrets stay, and [WithRefreshErrorHook] is told.
func NewRefreshing(ctx context.Context, source Source, opts ...Option) (*Verifier, error) {
	v := verifierOf(opts)
	secrets, err := source(ctx)
	if err != nil {
		return nil, fmt.Errorf("webhook: the signing secrets can't be read: %w", err)
	}
	if err := v.ReplaceSecrets(secrets); err != nil {
		return nil, err
	}
	v.refresh.source, v.refresh.loaded = source, v.now()
	return v, nil
}

// WithRefreshAfter sets how old the secrets of [NewRefreshing] may be before they are refreshed; it is done no more often
// than every 10 s. Default: 5 min.
func WithRefreshAfter(age time.Duration) Option {
	return func(v *Verifier) { v.refresh.after = age }
}

// WithRefreshErrorHook sets what is told when a refresh fails: with the error of the source, or with what is wrong with the
// secrets that it gave. A panic in it is recovered. Default: none.
func WithRefreshErrorHook(hook func(error)) Option {
	return func(v *Verifier) { v.refresh.onError = hook }
}

// refresh is how a verifier follows a source, by one call of it at a time.
type refresh struct {
	source   Source
	after    time.Duration
	onError  func(error)
	patience time.Duration

	mu sync.Mutex
	// When the secrets were read last.
	loaded time.Time
	// When a refresh was last begun for the age of the secrets, and when for a callback that none of them matched.
	aged, unmatched time.Time
	// Closed at the end of the refresh that runs. Nil when none does.
	running chan struct{}
}

// keepFresh begins a refresh when the secrets are old.
func (v *Verifier) keepFresh() {
	r := &v.refresh
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.source != nil && v.now().Sub(r.loaded) > r.after {
		v.beginRefresh(&r.aged)
	}
}

// newerThan gives the signers that came after these, once it has asked the source for them; nil when there are none.
func (v *Verifier) newerThan(known *[]signer) *[]signer {
	r := &v.refresh
	r.mu.Lock()
	if r.source != nil {
		v.beginRefresh(&r.unmatched)
	}
	running := r.running
	r.mu.Unlock()
	if running != nil {
		select {
		case <-running:
		case <-time.After(r.patience):
		}
	}
	if signers := v.signers.Load(); signers != known {
		return signers
	}
	return nil
}

// beginRefresh begins a refresh unless one runs, or was begun lately for the same reason.
func (v *Verifier) beginRefresh(last *time.Time) {
	r := &v.refresh
	now := v.now()
	if r.running != nil || now.Sub(*last) < refreshInterval {
		return
	}
	*last = now
	running := make(chan struct{})
	r.running = running
	go func() {
		err := v.loadSecrets()
		r.mu.Lock()
		if err == nil {
			r.loaded = now
		}
		r.running = nil
		r.mu.Unlock()
		close(running)
		if err != nil && r.onError != nil {
			defer func() { _ = recover() }()
			r.onError(err)
		}
	}()
}

// loadSecrets reads the secrets. They stay as they are when that fails.
func (v *Verifier) loadSecrets() error {
	ctx, cancel := context.WithTimeout(context.Background(), refreshTimeout)
	defer cancel()
	secrets, err := v.refresh.source(ctx)
	if err != nil {
		return err
	}
	return v.ReplaceSecrets(secrets)
}
