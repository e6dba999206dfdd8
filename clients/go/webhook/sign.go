package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// version stands before each signature that is made as this package does; others are skipped.
const version = "v1,"

// Sign makes a webhook-signature as Ringback does, `v1,` and base64, for tests of your receiver. The timestamp counts in
// whole seconds. It fails when the secret is none.
func Sign(secret, id string, timestamp time.Time, body []byte) (string, error) {
	sign, err := parseSecret(secret)
	if err != nil {
		return "", fmt.Errorf("webhook: the secret %w", err)
	}
	mac := sign(id, strconv.FormatInt(timestamp.Unix(), 10), body)
	return version + base64.StdEncoding.EncodeToString(mac), nil
}

// signer makes the HMAC of a callback with the key of a secret.
type signer func(id, timestamp string, body []byte) []byte

func parseSecrets(secrets []string) ([]signer, error) {
	if len(secrets) == 0 {
		return nil, errors.New("webhook: no secrets")
	}
	signers := make([]signer, len(secrets))
	for i, secret := range secrets {
		var err error
		if signers[i], err = parseSecret(secret); err != nil {
			return nil, fmt.Errorf("webhook: secret %d %w", i+1, err)
		}
	}
	return signers, nil
}

func parseSecret(secret string) (signer, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return nil, errors.New("is not base64")
	}
	if len(key) < 24 || len(key) > 64 {
		return nil, errors.New("does not have 24 to 64 bytes")
	}
	return func(id, timestamp string, body []byte) []byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		return mac.Sum(nil)
	}, nil
}

// matches tells whether any secret made any of the signatures.
func (v *Verifier) matches(signatures, id, timestamp string, body []byte) bool {
	for _, sign := range v.signers {
		want := sign(id, timestamp, body)
		for signature := range strings.FieldsSeq(signatures) {
			text, ok := strings.CutPrefix(signature, version)
			if !ok {
				continue
			}
			if got, err := base64.StdEncoding.DecodeString(text); err == nil && hmac.Equal(got, want) {
				return true
			}
		}
	}
	return false
}
