package webhook

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The vector of the Standard Webhooks libraries.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTimestamp = "1614265330"
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

var (
	vectorTime  = time.Unix(1614265330, 0).UTC()
	otherSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("another key of 32 bytes, for now"))
)

func vectorHeader() http.Header {
	header := http.Header{}
	header.Set("webhook-id", vectorID)
	header.Set("webhook-timestamp", vectorTimestamp)
	header.Set("webhook-signature", vectorSignature)
	header.Set("X-Ringback-Attempt", "2")
	header.Set("X-Ringback-Job-Id", "job_1")
	return header
}

func at(t time.Time) Option {
	return WithClock(func() time.Time { return t })
}

func newVerifier(t *testing.T, opts ...Option) *Verifier {
	t.Helper()
	v, err := New([]string{vectorSecret}, append([]Option{at(vectorTime)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestTheVectorOfStandardWebhooks(t *testing.T) {
	delivery, err := newVerifier(t).Verify(vectorHeader(), []byte(vectorBody))
	if err != nil {
		t.Fatal(err)
	}
	if delivery.ID != vectorID || !delivery.Timestamp.Equal(vectorTime) || delivery.Attempt != 2 || delivery.JobID != "job_1" ||
		string(delivery.Body) != vectorBody {
		t.Errorf("got %+v", delivery)
	}
	for _, secret := range []string{vectorSecret, strings.TrimPrefix(vectorSecret, "whsec_")} {
		signature, err := Sign(secret, vectorID, vectorTime.Add(999*time.Millisecond), []byte(vectorBody))
		if err != nil || signature != vectorSignature {
			t.Errorf("got %s %v", signature, err)
		}
	}
}

func TestAnyOfTheSignaturesByAnyOfTheSecrets(t *testing.T) {
	v, err := New([]string{otherSecret, vectorSecret}, at(vectorTime))
	if err != nil {
		t.Fatal(err)
	}
	other, err := Sign(otherSecret, vectorID, vectorTime, []byte(vectorBody))
	if err != nil {
		t.Fatal(err)
	}
	for _, signatures := range []string{
		vectorSignature, other, other + " " + vectorSignature, "v1a,AAAA v2,BBBB " + vectorSignature, "v1,AAAA v1,~ " + other,
	} {
		header := vectorHeader()
		header.Set("webhook-signature", signatures)
		if _, err := v.Verify(header, []byte(vectorBody)); err != nil {
			t.Errorf("%s: %v", signatures, err)
		}
	}
}

func TestHowOldACallbackMayBe(t *testing.T) {
	for name, test := range map[string]struct {
		opts []Option
		want Reason
	}{
		"as old as it may be":     {[]Option{at(vectorTime.Add(5 * time.Minute))}, ""},
		"too old":                 {[]Option{at(vectorTime.Add(5*time.Minute + time.Second))}, ReasonTooOld},
		"as new as it may be":     {[]Option{at(vectorTime.Add(-5 * time.Minute))}, ""},
		"too new":                 {[]Option{at(vectorTime.Add(-5*time.Minute - time.Second))}, ReasonTooNew},
		"too old for less":        {[]Option{at(vectorTime.Add(2 * time.Second)), WithTolerance(time.Second)}, ReasonTooOld},
		"not too old for more":    {[]Option{at(vectorTime.Add(time.Hour)), WithTolerance(time.Hour)}, ""},
		"too old by the own time": {[]Option{WithClock(time.Now)}, ReasonTooOld},
	} {
		_, err := newVerifier(t, test.opts...).Verify(vectorHeader(), []byte(vectorBody))
		var failed *Error
		errors.As(err, &failed)
		if test.want == "" && err != nil || test.want != "" && (failed == nil || failed.Reason != test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func TestWhatIsNotSignedMayBeMissing(t *testing.T) {
	header := vectorHeader()
	header.Set("X-Ringback-Attempt", "second")
	header.Del("X-Ringback-Job-Id")
	if delivery, err := newVerifier(t).Verify(header, []byte(vectorBody)); err != nil || delivery.Attempt != 0 || delivery.JobID != "" {
		t.Errorf("got %+v %v", delivery, err)
	}
}

func TestBadSecretsAreRefusedAndNotTold(t *testing.T) {
	short := base64.StdEncoding.EncodeToString(make([]byte, 23))
	long := base64.StdEncoding.EncodeToString(make([]byte, 65))
	for _, secrets := range [][]string{nil, {""}, {"whsec_"}, {"whsec_hunter2~"}, {vectorSecret, "whsec_" + short}, {long}} {
		_, err := New(secrets)
		if err == nil {
			t.Errorf("%q is accepted", secrets)
			continue
		}
		for _, secret := range secrets {
			if secret != "" && strings.Contains(err.Error(), strings.TrimPrefix(secret, "whsec_")) && secret != "whsec_" {
				t.Errorf("%v tells the secret", err)
			}
		}
	}
	if _, err := Sign("whsec_hunter2~", "", vectorTime, nil); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestNoPrintOfAVerifierTellsTheSecret(t *testing.T) {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(vectorSecret, "whsec_"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		text := fmt.Sprintf(verb, newVerifier(t))
		for _, secret := range []string{vectorSecret[6:], fmt.Sprint(key), fmt.Sprintf("%x", key), fmt.Sprintf("%#v", key)} {
			if strings.Contains(text, secret) {
				t.Errorf("%s tells %s", verb, text)
			}
		}
	}
}
