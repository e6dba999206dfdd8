// Package cutproxy is a TCP proxy for tests that cuts connections, also in the middle of a frame.
package cutproxy

import (
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// Proxy passes connections on.
type Proxy struct {
	// Addr is where it listens.
	Addr string
	// Cuts counts the connections that were cut.
	Cuts atomic.Int32
}

// Start passes each connection on to the target, and cuts it when the target has sent so many bytes as after says for
// this connection; 0 for never. It ends with the test.
func Start(t *testing.T, target string, after func() int64) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	p := &Proxy{Addr: listener.Addr().String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.pass(client.(*net.TCPConn), target, after())
		}
	}()
	return p
}

func (p *Proxy) pass(client *net.TCPConn, target string, limit int64) {
	// With a reset instead of a goodbye.
	_ = client.SetLinger(0)
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	if limit == 0 {
		_, _ = io.Copy(client, server)
	} else if n, _ := io.CopyN(client, server, limit); n == limit {
		p.Cuts.Add(1)
	}
}
