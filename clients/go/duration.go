package ringback

import (
	"strconv"
	"strings"
	"time"
)

// durationText is a duration that is a text such as `1h30m` in JSON; empty for zero.
type durationText time.Duration

func (d durationText) MarshalText() ([]byte, error) {
	return []byte(optionalDuration(time.Duration(d))), nil
}

func (d *durationText) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	parsed, err := time.ParseDuration(string(text))
	*d = durationText(parsed)
	return err
}

// optionalDuration is the text of a duration; empty for zero, which stands for the default.
func optionalDuration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return formatDuration(d)
}

// formatDuration is the text of a duration in h, m, s and ms, such as `1h30m`. What is left of a millisecond counts as
// a whole one, so that nothing comes too soon. A negative one is left for the server to refuse.
func formatDuration(d time.Duration) string {
	if d < 0 {
		return d.String()
	}
	millis := int64(d / time.Millisecond)
	if d%time.Millisecond > 0 {
		millis++
	}
	var text strings.Builder
	for _, unit := range []struct {
		name   string
		millis int64
	}{{"h", 3_600_000}, {"m", 60_000}, {"s", 1_000}, {"ms", 1}} {
		if amount := millis / unit.millis; amount > 0 {
			text.WriteString(strconv.FormatInt(amount, 10))
			text.WriteString(unit.name)
		}
		millis %= unit.millis
	}
	if text.Len() == 0 {
		return "0s"
	}
	return text.String()
}

// durationFrom reads a text of the server's, such as `1h30m`. Zero for an empty one.
func durationFrom(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}

// millisFrom is a number of milliseconds that may be absent.
func millisFrom(millis *int32) *time.Duration {
	if millis == nil {
		return nil
	}
	return Ptr(time.Duration(*millis) * time.Millisecond)
}
