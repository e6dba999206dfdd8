package ringback

import (
	"crypto/tls"
	"errors"
	"math"
	"os"
	"time"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Option changes what [New] makes.
type Option func(*settings)

// WithEndpoint sets the server's address: http://host:port for plain text, https://host:port for TLS. The port is 80
// or 443 where none is given. Default: RINGBACK_ENDPOINT, or else http://127.0.0.1:8080.
func WithEndpoint(endpoint string) Option {
	return func(s *settings) { s.endpoint = endpoint }
}

// WithAPIKey sets the key that calls are made with. Default: RINGBACK_API_KEY.
func WithAPIKey(key string) Option {
	return func(s *settings) { s.key = apiKey(key) }
}

// WithTimeout sets how long a call may take, its retries included, when its context has no deadline: for so long, calls
// outlast a server that is away, as when it restarts. Default: 30 s.
// [CreateJobParams.Wait] comes on top. [Jobs.Await] and watches have no limit but their context.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.timeout = timeout }
}

// WithMaxAttempts sets how many times a call is tried in all, where repeating is safe and the server is unavailable or
// the project at its limit: 1 means no retries. Default: no limit but the timeout.
//
// The wait before try n+1 is random, up to 100 ms * 2^(n-1) and at most 2 s; at the project's limit it is no shorter than
// the server asks for. A wait that would end after the deadline is not begun: the call fails with its last error.
func WithMaxAttempts(attempts int) Option {
	return func(s *settings) { s.maxAttempts = attempts }
}

// WithRetryHook sets what is told of each try that failed and is made again, of calls and of watches, before the wait.
// It runs on the goroutine of the call or the watch, which waits for it, so calls of it may overlap; a panic in it is
// recovered. Default: none.
func WithRetryHook(hook func(Retry)) Option {
	return func(s *settings) { s.retryHook = hook }
}

// WithTLSConfig sets a TLS configuration, such as one with a CA or a client certificate of your own, for an https://
// endpoint. Default: the system's roots.
func WithTLSConfig(config *tls.Config) Option {
	return func(s *settings) { s.tls = config }
}

// settings are what a client is made of.
type settings struct {
	endpoint    string
	key         apiKey
	timeout     time.Duration
	maxAttempts int
	retryHook   func(Retry)
	tls         *tls.Config

	// These are set by tests alone.
	waits          waits
	connectTimeout time.Duration

	// These follow from those above.
	target    string
	transport credentials.TransportCredentials
}

func newSettings(opts []Option) (*settings, error) {
	s := &settings{
		endpoint:    "http://127.0.0.1:8080",
		key:         apiKey(os.Getenv("RINGBACK_API_KEY")),
		timeout:     30 * time.Second,
		maxAttempts: math.MaxInt,

		waits:          waits{first: 100 * time.Millisecond, longest: 2 * time.Second},
		connectTimeout: 5 * time.Second,
	}
	if endpoint := os.Getenv("RINGBACK_ENDPOINT"); endpoint != "" {
		s.endpoint = endpoint
	}
	for _, opt := range opts {
		opt(s)
	}
	target, secure, err := parseEndpoint(s.endpoint)
	if err != nil {
		return nil, err
	}
	s.target = target
	switch {
	case secure:
		s.transport = credentials.NewTLS(s.tls)
	case s.tls != nil:
		return nil, errors.New("a TLS configuration needs an https:// endpoint")
	default:
		s.transport = insecure.NewCredentials()
	}
	if s.timeout <= 0 {
		return nil, errors.New("the timeout must be more than 0")
	}
	if s.maxAttempts < 1 {
		return nil, errors.New("the attempts must be at least 1")
	}
	return s, s.key.check()
}
