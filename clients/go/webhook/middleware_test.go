package webhook

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

// serve sends a callback through the middleware. The handler reads the body again, and answers with it.
func serve(t *testing.T, body io.Reader, change func(http.Header), opts ...Option) *httptest.ResponseRecorder {
	t.Helper()
	handler := newVerifier(t, opts...).Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		delivery, ok := FromContext(r.Context())
		if !ok || delivery.ID != vectorID {
			t.Errorf("got %v", delivery)
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.Copy(w, r.Body)
	}))
	request := httptest.NewRequest(http.MethodPost, "/callbacks", body)
	request.Header = vectorHeader()
	change(request.Header)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func TestTheMiddlewareLetsSignedCallbacksThrough(t *testing.T) {
	got := serve(t, strings.NewReader(vectorBody), func(http.Header) {}, WithMaxBodyBytes(int64(len(vectorBody))))
	if got.Code != http.StatusAccepted || got.Body.String() != vectorBody {
		t.Errorf("got %d %s", got.Code, got.Body)
	}
}

func TestTheMiddlewareRefusesInJSON(t *testing.T) {
	signed := func(http.Header) {}
	for name, test := range map[string]struct {
		body   io.Reader
		change func(http.Header)
		status int
		want   string
	}{
		"another body": {strings.NewReader("{}"), signed, 401, "no signature matches"},
		"no signature": {strings.NewReader(vectorBody), func(h http.Header) { h.Del("webhook-signature") }, 401, "webhook-signature"},
		"too large":    {strings.NewReader(strings.Repeat(" ", 1<<20+1)), signed, 413, "too large"},
		"largest":      {strings.NewReader(strings.Repeat(" ", 1<<20)), signed, 401, "no signature matches"},
		"broken off":   {iotest.ErrReader(errors.New("reset")), signed, 400, "could not be read"},
	} {
		got := serve(t, test.body, test.change)
		var told map[string]string
		if err := json.Unmarshal(got.Body.Bytes(), &told); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got.Code != test.status || !strings.Contains(told["message"], test.want) {
			t.Errorf("%s: got %d %v", name, got.Code, told)
		}
		if kind := got.Header().Get("Content-Type"); kind != "application/json" {
			t.Errorf("%s: got %s", name, kind)
		}
		if strings.Contains(got.Body.String(), vectorSignature[3:]) {
			t.Errorf("%s: the expected signature is told", name)
		}
	}
}

func TestNoDeliveryOutsideOfTheMiddleware(t *testing.T) {
	if delivery, ok := FromContext(t.Context()); ok || delivery != nil {
		t.Errorf("got %v", delivery)
	}
}
