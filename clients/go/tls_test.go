package ringback

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	pb "ringback.dev/go/ringbackv1"
)

func TestACallByTLS(t *testing.T) {
	configs := testTLS(t)
	f := &fake{call: func(context.Context, string, any) (any, error) { return &pb.Job{Id: "job_1"}, nil }}
	endpoint := "https://" + f.start(t, grpc.Creds(credentials.NewTLS(configs.server)))

	job, err := newTestClient(t, endpoint, WithTLSConfig(configs.client)).Jobs.Get(t.Context(), "job_1")
	if err != nil || job.ID != "job_1" {
		t.Errorf("with CA and client certificate: %v %v", job, err)
	}
	if _, err := newTestClient(t, endpoint, WithMaxAttempts(1)).Jobs.Get(t.Context(), "job_1"); codeOf(err) != CodeUnavailable {
		t.Errorf("with the system's roots: %v", err)
	}
	if _, err := newTestClient(t, endpoint, WithMaxAttempts(1), WithTLSConfig(&tls.Config{RootCAs: configs.client.RootCAs})).
		Jobs.Get(t.Context(), "job_1"); codeOf(err) != CodeUnavailable {
		t.Errorf("without a client certificate: %v", err)
	}
}

type tlsConfigs struct{ server, client *tls.Config }

// testTLS makes a certificate that both sides have and trust.
func testTLS(t *testing.T) tlsConfigs {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	own := []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	return tlsConfigs{
		server: &tls.Config{Certificates: own, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert},
		client: &tls.Config{Certificates: own, RootCAs: pool},
	}
}
