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
// body to be read again. All else it answers with `{"reason": …, "message": …}` in JSON: 401 for a callback that is not
// accepted, 413 for a body over the limit, 400 for one that breaks off.
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, v.maxBody))
		if err != nil {
			var tooLarge *http.MaxBytesError
			if errors.As(err, &tooLarge) {
				refuse(w, http.StatusRequestEntityTooLarge, "body_too_large", "the body is too large")
			} else {
				refuse(w, http.StatusBadRequest, "body_incomplete", "the body could not be read")
			}
			return
		}
		delivery, err := v.Verify(r.Header, body)
		var refused *Error
		if errors.As(err, &refused) {
			refuse(w, http.StatusUnauthorized, refused.Reason, refused.Message)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), deliveryKey{}, delivery))
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

func refuse(w http.ResponseWriter, status int, reason Reason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A caller that went away does not read it.
	_ = json.NewEncoder(w).Encode(map[string]string{"reason": string(reason), "message": message})
}
