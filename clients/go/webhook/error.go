package webhook

// Reason is why a callback was not accepted.
type Reason string

// The reasons.
const (
	// ReasonMissingHeader: one of webhook-id, webhook-timestamp and webhook-signature is not there.
	ReasonMissingHeader Reason = "missing_header"
	// ReasonBadTimestamp: webhook-timestamp is no number of seconds.
	ReasonBadTimestamp Reason = "bad_timestamp"
	// ReasonTooOld: the callback was signed longer ago than the tolerance. It may be one that somebody sends again.
	ReasonTooOld Reason = "too_old"
	// ReasonTooNew: the callback was signed further in the future than the tolerance.
	ReasonTooNew Reason = "too_new"
	// ReasonTooManySignatures: webhook-signature is longer than any that is in use, and is not looked at.
	ReasonTooManySignatures Reason = "too_many_signatures"
	// ReasonNoMatchingSignature: no signature is that of a known secret, or the callback was altered.
	ReasonNoMatchingSignature Reason = "no_matching_signature"
)

// Error is why a callback was not accepted.
type Error struct {
	// Reason is a word to switch on.
	Reason Reason
	// Message is a sentence for people. It holds nothing of a secret or of the signature that was expected.
	Message string
}

// Error tells the message.
func (e *Error) Error() string {
	return "webhook: " + e.Message
}
