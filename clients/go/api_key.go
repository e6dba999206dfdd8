package ringback

import (
	"context"
	"errors"
	"strings"
)

// apiKey sends a key with each call.
type apiKey string

func (k apiKey) check() error {
	if k == "" {
		return errors.New("no API key: set RINGBACK_API_KEY, or give ringback.WithAPIKey")
	}
	if strings.ContainsFunc(string(k), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the API key must be visible ASCII characters, without spaces or line ends")
	}
	return nil
}

// GetRequestMetadata is asked by gRPC for the headers of a call.
func (k apiKey) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(k)}, nil
}

// RequireTransportSecurity is false, since the caller chose http:// where it is.
func (k apiKey) RequireTransportSecurity() bool {
	return false
}
