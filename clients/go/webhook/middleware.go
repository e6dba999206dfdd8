package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

type deliveryKey struct{}

// FromContext gives the delivery of a request that came through [Verifier.Middleware].
func FromContext(ctx context.Context) (*Delivery, bool) {
	delivery, ok := ctx.Value(deliveryKey{}).(*Delivery)
	return delivery, ok
}

// Middleware lets only callbacks through whose signature is right: with the [Delivery] in the request's context, and the
// body to be read again. All else it answers with `{"error": …}` in JSON: 401 for a callback that is not accepted, 413 for a body
// over the limit, 400 for one that breaks off.
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, v.maxBody))
		if err != nil {
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				refuse(w, http.StatusRequestEntityTooLarge, "the body is too large")
			} else {
				refuse(w, http.StatusBadRequest, "the body could not be read")
			}
			return
		}
		delivery, err := v.Verify(r.Header, body)
		if err != nil {
			refuse(w, http.StatusUnauthorized, err.Error())
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), deliveryKey{}, delivery))
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// Whoever went away does not read it.
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
}
