package ringback

import (
	"math"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// word is an enum's value as it is spelled on the wire; `unknown` for one that came with a newer server.
func word[W ~string](value protoreflect.Enum) W {
	v := value.Descriptor().Values().ByNumber(value.Number())
	if v == nil || v.Number() == 0 {
		return "unknown"
	}
	return W(v.Name())
}

// enums are the values of words; 0, which the server refuses, for a word that is none.
func enums[E ~int32, W ~string](words []W, values map[string]int32) []E {
	var all []E
	for _, w := range words {
		all = append(all, E(values[string(w)]))
	}
	return all
}

// int32From keeps what is too large for the wire too large for the server.
func int32From(n int) int32 {
	return int32(max(math.MinInt32, min(n, math.MaxInt32)))
}

// timeFrom is a time in UTC; zero when it is absent.
func timeFrom(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

// formatTime is a time as RFC 3339 has it; empty for the zero time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// joinBody is the one body of the two forms that it may come in; nil when there is none.
func joinBody(text *string, binary []byte) []byte {
	if text != nil {
		return []byte(*text)
	}
	return binary
}

// splitBody gives a body in the form in which it is sent: text when it is UTF-8, else binary, and neither when it is
// nil.
func splitBody(body []byte) (text *string, binary []byte) {
	if body == nil {
		return nil, nil
	}
	if utf8.Valid(body) {
		return Ptr(string(body)), nil
	}
	return nil, body
}
