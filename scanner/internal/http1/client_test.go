package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func direct(*url.URL) (*url.URL, error) { return nil, nil }

func newClient(t *testing.T, change func(*Options)) *Client {
	t.Helper()
	options := Options{Proxy: direct, TLS: &tls.Config{}, ProxyTLS: &tls.Config{}, Connect: 5 * time.Second, Idle: time.Minute}
	if change != nil {
		change(&options)
	}
	client := New(options)
	t.Cleanup(client.Close)
	return client
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	address, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// post sends a body in pieces and returns status and answer.
func post(t *testing.T, client *Client, address *url.URL, body string, length int64) (int, string) {
	t.Helper()
	response, err := client.Do(context.Background(), Request{
		Method: "POST", URL: address, Body: io.NopCloser(strings.NewReader(body)), Length: length,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.Status, string(text)
}

// echo answers with the request's body, and counts connections.
func echo(t *testing.T) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, "%s %s %d %s", r.Method, r.RequestURI, r.ContentLength, body)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	return server, &connections
}

func TestOneConnectionServesManyRequests(t *testing.T) {
	server, connections := echo(t)
	server.Start()
	defer server.Close()
	client := newClient(t, nil)
	large := strings.Repeat("x", 300_000)
	for _, tt := range []struct {
		body   string
		length int64
		want   string
	}{
		{"", 0, "POST /a?b=c 0 "}, {"hello", 5, "POST /a?b=c 5 hello"}, {"hello", -1, "POST /a?b=c -1 hello"},
		{large, -1, "POST /a?b=c -1 " + large}, {large, 300_000, "POST /a?b=c 300000 " + large},
	} {
		if status, got := post(t, client, parse(t, server.URL+"/a?b=c"), tt.body, tt.length); status != 200 || got != tt.want {
			t.Errorf("got %d %.60q, want %.60q", status, got, tt.want)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	server.CloseClientConnections()
	time.Sleep(250 * time.Millisecond) // so long an idle connection is trusted unseen
	if status, _ := post(t, client, parse(t, server.URL), "again", -1); status != 200 || connections.Load() != 2 {
		t.Errorf("after the server closed it: %d, %d connections", status, connections.Load())
	}
}

// TestEndpoints goes through every kind of proxy to a server with and without TLS.
func TestProxies(t *testing.T) {
	plain, _ := echo(t)
	plain.Start()
	defer plain.Close()
	secure, _ := echo(t)
	secure.StartTLS()
	defer secure.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	for _, scheme := range []string{"http", "https", "socks5", "socks5h"} {
		for _, target := range []string{plain.URL, secure.URL} {
			for _, credentials := range []string{"user:p%40ss:word", "user:wrong", ""} {
				address, used := startProxy(t, scheme, roots)
				proxy := parse(t, strings.Replace(address, "://", "://"+credentials+"@", 1))
				if credentials == "" {
					proxy.User = nil
				}
				client := newClient(t, func(o *Options) {
					o.Proxy = func(*url.URL) (*url.URL, error) { return proxy, nil }
					o.TLS, o.ProxyTLS = &tls.Config{RootCAs: roots}, &tls.Config{RootCAs: roots}
				})
				response, err := client.Do(context.Background(), Request{Method: "GET", URL: parse(t, target)})
				var refused *ProxyError
				name := scheme + " " + target[:5] + " " + credentials
				if strings.Contains(credentials, "word") {
					if err != nil || response.Status != 200 || used.Load() == 0 {
						t.Errorf("%s: got %v", name, err)
					}
				} else if err == nil && response.Status != 407 || err != nil && !errors.As(err, &refused) {
					t.Errorf("%s: got %v", name, err)
				}
				if err == nil {
					response.Body.Close()
				}
				client.Close()
			}
		}
	}
}

func TestAnAnswerBeforeTheBodyIsReadEndsTheUpload(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		reader := bufio.NewReader(conn)
		if _, err := reader.ReadString('\n'); err != nil {
			return
		}
		io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
		io.Copy(io.Discard, reader)
	}()
	closed := make(chan struct{})
	body := &endless{closed: closed}
	response, err := newClient(t, nil).Do(context.Background(), Request{
		Method: "POST", URL: parse(t, "http://"+listener.Addr().String()), Body: body, Length: -1,
	})
	if err != nil || response.Status != 413 || response.Reason != "Too Large" {
		t.Fatalf("got %v", err)
	}
	if text, err := io.ReadAll(response.Body); err != nil || string(text) != "no" {
		t.Errorf("got %q, %v", text, err)
	}
	response.Body.Close()
	<-closed
}

// endless is a body without end that tells when it is closed.
type endless struct {
	closed chan struct{}
	once   atomic.Bool
}

func (e *endless) Read(into []byte) (int, error) {
	if e.once.Load() {
		return 0, io.ErrClosedPipe
	}
	return len(into), nil
}

func (e *endless) Close() error {
	if e.once.CompareAndSwap(false, true) {
		close(e.closed)
	}
	return nil
}

func TestTheContextEndsAnExchange(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := newClient(t, nil).Do(ctx, Request{Method: "GET", URL: parse(t, server.URL)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAHeaderWithALineEndIsNotSent(t *testing.T) {
	server, _ := echo(t)
	server.Start()
	defer server.Close()
	_, err := newClient(t, nil).Do(context.Background(), Request{
		Method: "GET", URL: parse(t, server.URL), Header: map[string]string{"X": "a\r\nY: b"},
	})
	if err == nil || !strings.Contains(err.Error(), "line end") {
		t.Errorf("got %v", err)
	}
}
