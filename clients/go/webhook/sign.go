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

// signatureLength is that of a signature with its version: of base64 of 32 bytes.
const signatureLength = len(version) + 44

// The longest webhook-signature that is looked at. Ringback signs with 5 secrets at most; the rest is room for other versions.
const (
	maxSignatures = 16
	maxHeader     = 4096
)

func tooMany() error {
	return &Error{ReasonTooManySignatures, "webhook-signature has more than 16 signatures or 4,096 characters"}
}

// Sign makes a webhook-signature as Ringback does, `v1,` and base64, for tests of your receiver. The timestamp counts
// in whole seconds. It fails when the secret is not valid.
func Sign(secret, id string, timestamp time.Time, body []byte) (string, error) {
	sign, err := parseSecret(secret)
	if err != nil {
		return "", fmt.Errorf("webhook: the secret %w", err)
	}
	return sign(id, strconv.FormatInt(timestamp.Unix(), 10), body), nil
}

// signer makes the signature of a callback with the key of a secret.
type signer func(id, timestamp string, body []byte) string

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
	return func(id, timestamp string, body []byte) string {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		return version + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}, nil
}

// candidates are the signatures of a header that could be ours. It fails when the header is longer than any that is in use.
func candidates(header string) ([]string, error) {
	if len(header) > maxHeader {
		return nil, tooMany()
	}
	var found []string
	entries := 0
	for entry := range strings.SplitSeq(header, " ") {
		if entry == "" {
			continue
		}
		if entries++; entries > maxSignatures {
			return nil, tooMany()
		}
		if strings.HasPrefix(entry, version) && len(entry) == signatureLength {
			found = append(found, entry)
		}
	}
	return found, nil
}

// matches tells whether any secret made any of the signatures. It computes one HMAC for each secret, however many signatures
// there are.
func matches(signers []signer, signatures []string, id, timestamp string, body []byte) bool {
	for _, sign := range signers {
		want := []byte(sign(id, timestamp, body))
		for _, signature := range signatures {
			if hmac.Equal([]byte(signature), want) {
				return true
			}
		}
	}
	return false
}
