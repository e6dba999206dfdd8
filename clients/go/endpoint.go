package ringback

import (
	"errors"
	"net"
	"net/url"
)

// parseEndpoint tells what gRPC must connect to, and whether by TLS.
func parseEndpoint(endpoint string) (target string, secure bool, err error) {
	// Without the text itself: it may hold a password.
	bad := errors.New("the endpoint must be http://host:port or https://host:port and nothing more")
	u, err := url.Parse(endpoint)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Path != "" && u.Path != "/") {
		return "", false, bad
	}
	var port string
	switch u.Scheme {
	case "http":
		port = "80"
	case "https":
		port, secure = "443", true
	default:
		return "", false, bad
	}
	if u.Port() != "" {
		port = u.Port()
	}
	return "dns:///" + net.JoinHostPort(u.Hostname(), port), secure, nil
}
