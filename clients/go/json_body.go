package ringback

import (
	"encoding/json"
	"maps"
	"strings"
)

const jsonType = "application/json"

// bodyFrom is the body of a request, which is given as bytes or as a value that JSON can tell.
func bodyFrom(body []byte, value any) ([]byte, *FieldViolation) {
	if value == nil {
		return body, nil
	}
	if body != nil {
		return nil, &FieldViolation{Field: "json", Description: "must not be given together with body"}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, &FieldViolation{Field: "json", Description: "must be a value that JSON can tell: " + err.Error()}
	}
	return text, nil
}

// withJSONType are headers that tell the type of the body. Those that were given stay as they are.
func withJSONType(headers map[string]string) map[string]string {
	for name := range headers {
		if strings.EqualFold(name, "Content-Type") {
			return headers
		}
	}
	typed := map[string]string{"Content-Type": jsonType}
	maps.Copy(typed, headers)
	return typed
}
