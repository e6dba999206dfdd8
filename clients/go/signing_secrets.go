package ringback

import (
	"context"
	"time"

	pb "ringback.dev/go/ringbackv1"
)

// SigningSecret is a secret that the project's callbacks are signed with. Its JSON is that of the REST API.
type SigningSecret struct {
	// Secret is `whsec_` and the base64 of the key's bytes, as [ringback.dev/go/webhook.New] takes it.
	Secret string `json:"secret"`
	// CreatedAt is when it was made.
	CreatedAt time.Time `json:"created_at,omitzero"`
	// ExpiresAt is when it ceases to sign. Zero for the newest.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

func signingSecretFrom(p *pb.SigningSecret) *SigningSecret {
	return &SigningSecret{Secret: p.Secret, CreatedAt: timeFrom(p.CreatedAt), ExpiresAt: timeFrom(p.ExpiresAt)}
}

// SigningSecrets reads and rotates the secrets that callbacks are signed with: see [Client.SigningSecrets].
type SigningSecrets struct {
	rpc pb.SigningSecretServiceClient
}

// List lists the secrets that callbacks are signed with now, newest first: from 1 to 5.
func (s *SigningSecrets) List(ctx context.Context) ([]*SigningSecret, error) {
	answer, err := s.rpc.ListSigningSecrets(ctx, &pb.ListSigningSecretsRequest{})
	if err != nil {
		return nil, err
	}
	return mapAll(answer.SigningSecrets, signingSecretFrom), nil
}

// Secrets are the texts of the secrets that callbacks are signed with now, newest first: what a verifier of
// [ringback.dev/go/webhook] needs.
func (s *SigningSecrets) Secrets(ctx context.Context) ([]string, error) {
	answer, err := s.rpc.ListSigningSecrets(ctx, &pb.ListSigningSecretsRequest{})
	if err != nil {
		return nil, err
	}
	secrets := make([]string, len(answer.SigningSecrets))
	for i, secret := range answer.SigningSecrets {
		secrets[i] = secret.Secret
	}
	return secrets, nil
}

// RotateParams say how to rotate. The zero value makes a random secret, with an overlap of 24 h.
type RotateParams struct {
	// Overlap is how long the secrets before it go on to sign, at most 30 days, such as Ptr(time.Hour). 0 ends them at
	// once, as for one that has leaked. Default: 24 h.
	Overlap *time.Duration
	// Secret is the new secret, where it is to be one of your own: `whsec_` and the base64 of 24 to 64 bytes. Default: 32
	// random bytes.
	Secret string
}

// Rotate makes a new secret, and lets those before it sign too until the overlap is over. Nodes follow within 5 seconds.
//
// A rotation is retried only where Secret is given, for which it changes nothing when made twice. Errors:
// [ReasonInvalidFields]; [ReasonTooManySigningSecrets] while 5 secrets sign, unless the overlap is 0.
func (s *SigningSecrets) Rotate(ctx context.Context, params RotateParams) (*SigningSecret, error) {
	request := &pb.RotateSigningSecretRequest{Secret: params.Secret}
	if params.Overlap != nil {
		request.Overlap = formatDuration(*params.Overlap)
	}
	secret, err := s.rpc.RotateSigningSecret(ctx, request)
	if err != nil {
		return nil, err
	}
	return signingSecretFrom(secret), nil
}
