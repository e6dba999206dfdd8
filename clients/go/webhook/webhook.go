// Package webhook tells whether a callback is Ringback's and was not altered, by its signature as Standard Webhooks
// (https://www.standardwebhooks.com) has it.
//
//	verifier, err := webhook.New([]string{os.Getenv("RINGBACK_SIGNING_SECRET")})
//	if err != nil {
//		return err
//	}
//	http.Handle("POST /callbacks", verifier.Middleware(handler))
//
// [NewRefreshing] makes a verifier that has its secrets from the server, and follows their rotations by itself.
//
// Within the handler [FromContext] gives the [Delivery]. A target can be called twice for one delivery: remember its ID.
package webhook

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// The headers of a signed callback.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
	headerAttempt   = "X-Ringback-Attempt"
	headerJobID     = "X-Ringback-Job-Id"
)

// maxTimestamp is how many digits a timestamp may have.
const maxTimestamp = 11

// Delivery is a callback whose signature was right.
type Delivery struct {
	// ID is the delivery id, which is the execution's: `exec_…`, the same on every retry of a firing. It comes as
	// `webhook-id`, and once more as `X-Fliq-Delivery-Id`, the name that users of Fliq know; a receiver needs only one.
	ID string
	// Timestamp is when the call was signed, to the second.
	Timestamp time.Time
	// JobID is the job that fired, `job_…`. Like Attempt it is not signed: trust both with no more than a line in a log.
	// Empty when it is missing.
	JobID string
	// Attempt is 1 for the first call of this delivery, then 2, 3 … 0 when it is missing.
	Attempt int
	// Body is the body of the call, byte for byte.
	Body []byte
}

// Verifier checks callbacks. Make it with [New] or [NewRefreshing]; it is safe for use by many goroutines.
type Verifier struct {
	// Each holds its key within, so that no print of a Verifier shows it.
	signers   atomic.Pointer[[]signer]
	tolerance time.Duration
	maxBody   int64
	now       func() time.Time
	// Without a source where the secrets were given.
	refresh refresh
}

// Option changes what [New] and [NewRefreshing] make.
type Option func(*Verifier)

// WithTolerance sets how far the timestamp may be from now, either way. Default: 5 min.
func WithTolerance(tolerance time.Duration) Option {
	return func(v *Verifier) { v.tolerance = tolerance }
}

// WithMaxBodyBytes sets how large a body [Verifier.Middleware] reads. Default: 1 MiB.
func WithMaxBodyBytes(bytes int64) Option {
	return func(v *Verifier) { v.maxBody = bytes }
}

// WithClock sets the clock. Default: [time.Now].
func WithClock(now func() time.Time) Option {
	return func(v *Verifier) { v.now = now }
}

// New makes a verifier that knows these secrets, any of which may have signed: during a rotation, the old one and the
// new. A secret is the base64 of 24 to 64 bytes, with `whsec_` in front or without.
//
// It fails when there is no secret, or one is not valid; the error says which one, and shows nothing of it.
func New(secrets []string, opts ...Option) (*Verifier, error) {
	v := verifierOf(opts)
	if err := v.ReplaceSecrets(secrets); err != nil {
		return nil, err
	}
	return v, nil
}

func verifierOf(opts []Option) *Verifier {
	v := &Verifier{tolerance: 5 * time.Minute, maxBody: 1 << 20, now: time.Now}
	v.refresh.after, v.refresh.patience = 5*time.Minute, 5*time.Second
	for _, opt := range opts {
		opt(v)
	}
	return v
}

// ReplaceSecrets replaces the secrets; the next verification knows the new ones alone. It fails as [New] does, and then
// changes nothing.
func (v *Verifier) ReplaceSecrets(secrets []string) error {
	signers, err := parseSecrets(secrets)
	if err != nil {
		return err
	}
	v.signers.Store(&signers)
	return nil
}

// Verify checks a callback by its headers and its raw body, and fails with an [*Error].
func (v *Verifier) Verify(header http.Header, body []byte) (*Delivery, error) {
	id, stamp := header.Get(headerID), header.Get(headerTimestamp)
	for _, name := range []string{headerID, headerTimestamp, headerSignature} {
		if header.Get(name) == "" {
			return nil, &Error{ReasonMissingHeader, strings.ToLower(name) + " is missing"}
		}
	}
	// Checked before anything is computed over the body.
	timestamp, err := v.timely(stamp)
	if err != nil {
		return nil, err
	}
	signatures, err := candidates(header.Get(headerSignature))
	if err != nil {
		return nil, err
	}
	if !v.isSigned(signatures, id, stamp, body) {
		return nil, &Error{ReasonNoMatchingSignature, "no signature matches"}
	}
	// What is no number counts as missing.
	attempt, _ := strconv.Atoi(header.Get(headerAttempt))
	return &Delivery{ID: id, Timestamp: timestamp, JobID: header.Get(headerJobID), Attempt: attempt, Body: body}, nil
}

func (v *Verifier) timely(stamp string) (time.Time, error) {
	// Of digits alone, since ParseInt takes a sign too.
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || strings.Trim(stamp, "0123456789") != "" || len(stamp) > maxTimestamp {
		return time.Time{}, &Error{ReasonBadTimestamp, "webhook-timestamp is no number of seconds since 1970"}
	}
	timestamp := time.Unix(seconds, 0).UTC()
	if age := v.now().Sub(timestamp); age > v.tolerance {
		return time.Time{}, &Error{ReasonTooOld, "webhook-timestamp is too long ago"}
	} else if age < -v.tolerance {
		return time.Time{}, &Error{ReasonTooNew, "webhook-timestamp is too far ahead"}
	}
	return timestamp, nil
}

// isSigned tells whether one of the signatures is by a secret that is known, or that is once the source was asked.
func (v *Verifier) isSigned(signatures []string, id, timestamp string, body []byte) bool {
	if len(signatures) == 0 {
		return false
	}
	v.keepFresh()
	known := v.signers.Load()
	if matches(*known, signatures, id, timestamp, body) {
		return true
	}
	newer := v.newerThan(known)
	return newer != nil && matches(*newer, signatures, id, timestamp, body)
}
