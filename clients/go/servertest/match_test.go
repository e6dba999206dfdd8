//go:build server

package servertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// differences are what an answer lacks of what it must hold.
func differences(path string, want, got any) []string {
	switch want {
	case "<any>":
		if isEmpty(got) {
			return []string{path + ": is not there"}
		}
		return nil
	case "<absent>":
		if !isEmpty(got) {
			return []string{fmt.Sprintf("%s: got %v, want none", path, got)}
		}
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		var all []string
		members, _ := got.(map[string]any)
		for name, member := range want {
			all = append(all, differences(path+"."+name, member, members[name])...)
		}
		return all
	case []any:
		items, _ := got.([]any)
		if len(items) != len(want) {
			return []string{fmt.Sprintf("%s: got %d, want %d: %v", path, len(items), len(want), got)}
		}
		var all []string
		for i, item := range want {
			all = append(all, differences(path+"."+strconv.Itoa(i), item, items[i])...)
		}
		return all
	}
	if !reflect.DeepEqual(want, got) && !isSameTime(want, got) {
		return []string{fmt.Sprintf("%s: got %v, want %v", path, got, want)}
	}
	return nil
}

func isEmpty(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Map, reflect.Slice:
		return v.Len() == 0
	}
	return !v.IsValid() || v.IsZero()
}

// isSameTime holds of one moment in two spellings, such as .25 and .250 seconds.
func isSameTime(a, b any) bool {
	one, _ := a.(string)
	other, _ := b.(string)
	first, err := time.Parse(time.RFC3339Nano, one)
	if err != nil {
		return false
	}
	second, err := time.Parse(time.RFC3339Nano, other)
	return err == nil && first.Equal(second)
}

// at is the text at a path such as jobs.0.id.
func at(t *testing.T, value any, path string) string {
	t.Helper()
	for name := range strings.SplitSeq(path, ".") {
		if items, ok := value.([]any); ok {
			if i, err := strconv.Atoi(name); err == nil && i < len(items) {
				value = items[i]
				continue
			}
		}
		members, _ := value.(map[string]any)
		value = members[name]
	}
	text, ok := value.(string)
	if !ok {
		t.Fatalf("there is no text at %s", path)
	}
	return text
}

func asJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var form any
	if err := json.Unmarshal(text, &form); err != nil {
		t.Fatal(err)
	}
	return form
}

func decodeStrictly(t *testing.T, text []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
