package upload

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/wire"
)

func serveTLS(t *testing.T, handler http.Handler) (*httptest.Server, *url.URL) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, parse(t, server.URL)
}

func TestTrust(t *testing.T) {
	server, address := serveTLS(t, fakeserver.New())
	certificate := server.Certificate()
	authority := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
	if err := os.WriteFile(authority, text, 0o600); err != nil {
		t.Fatal(err)
	}
	right := sha256.Sum256(certificate.Raw)
	wrong := sha256.Sum256([]byte("another"))
	for name, tt := range map[string]struct {
		ca   string
		pin  []byte
		want string // part of the refusal; empty where the server is trusted
	}{
		"system's authorities": {"", nil, "not trusted"},
		"own authority":        {authority, nil, ""},
		"pinned":               {"", right[:], ""},
		"another pinned":       {"", wrong[:], "another certificate"},
		"both":                 {authority, wrong[:], "another certificate"},
	} {
		client := newTestClient(t, address, func(o *Options) { o.CAFile, o.Fingerprint = tt.ca, tt.pin })
		err := client.Authenticate(context.Background())
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := os.WriteFile(authority, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewClient(Options{Server: address, CAFile: authority}); err == nil {
		t.Error("took a file without certificates")
	}
}

func TestAPlainServerBehindAnHTTPSAddressIsExplained(t *testing.T) {
	address := serve(t, fakeserver.New())
	address.Scheme = "https"
	err := newTestClient(t, address).Authenticate(context.Background())
	if err == nil || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("got %v", err)
	}
}

// proxy is a small HTTP proxy that wants credentials. It forwards plain requests and tunnels CONNECT.
type proxy struct {
	credentials string // user:password
	used        []string
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.credentials))
	if p.credentials != "" && r.Header.Get("Proxy-Authorization") != want {
		w.Header().Set("Proxy-Authenticate", "Basic")
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	p.used = append(p.used, r.Method)
	if r.Method == http.MethodConnect {
		tunnel(w, r)
		return
	}
	r.RequestURI = ""
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.WriteHeader(answer.StatusCode)
	io.Copy(w, answer.Body)
}

func tunnel(w http.ResponseWriter, r *http.Request) {
	target, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		target.Close()
		return
	}
	fmt.Fprint(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		defer target.Close()
		io.Copy(target, buffered)
	}()
	defer client.Close()
	io.Copy(client, target)
}

// deliverThrough sends a whole scan through a proxy to a server by TLS and to one without.
func deliverThrough(t *testing.T, proxyAddress *url.URL) error {
	t.Helper()
	overTLS := fakeserver.New()
	server, tlsAddress := serveTLS(t, overTLS)
	pin := sha256.Sum256(server.Certificate().Raw)
	plain := fakeserver.New()
	for address, fake := range map[*url.URL]*fakeserver.Server{tlsAddress: overTLS, serve(t, plain): plain} {
		client := newTestClient(t, address, func(o *Options) { o.Proxy, o.Fingerprint = proxyAddress, pin[:] })
		if err := client.Authenticate(context.Background()); err != nil {
			return err
		}
		network, err := Begin(context.Background(), client, wire.ScannerInfo{})
		if err != nil {
			return err
		}
		if err := newScanned().send(network); err != nil {
			return err
		}
		if len(fake.Binaries) != 2 || len(network.Problems()) != 0 {
			t.Errorf("%s: got %v, %v", address.Scheme, fake.Binaries, network.Problems())
		}
	}
	return nil
}

func TestProxyWithAndWithoutCredentials(t *testing.T) {
	for _, credentials := range []string{"", "user:p@ss:word"} {
		own := &proxy{credentials: credentials}
		address := serve(t, own)
		if name, password, given := strings.Cut(credentials, ":"); given {
			address.User = url.UserPassword(name, password)
		}
		if err := deliverThrough(t, address); err != nil {
			t.Fatal(err)
		}
		if used := strings.Join(own.used, " "); !strings.Contains(used, "CONNECT") || !strings.Contains(used, "POST") {
			t.Errorf("%q went through the proxy", used)
		}
	}
}

func TestProxyCredentialsThatAreWrongAreSaidToBe(t *testing.T) {
	address := serve(t, &proxy{credentials: "user:right"})
	address.User = url.UserPassword("user", "wr0ng")
	err := deliverThrough(t, address)
	var lost *UndeliverableError
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), "credentials") || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("got %v", err)
	}
}

// TestTinyproxy goes through a proxy that is not ours (Debian: tinyproxy-bin).
func TestTinyproxy(t *testing.T) {
	program, err := exec.LookPath("tinyproxy")
	if err != nil {
		t.Skip("tinyproxy is not installed")
	}
	directory := t.TempDir()
	file := filepath.Join(directory, "tinyproxy.conf")
	for attempt := 0; attempt < 5; attempt++ {
		port := freePort(t)
		conf := fmt.Sprintf("Port %d\nListen 127.0.0.1\nTimeout 60\nBasicAuth user secret\nLogLevel Info\n", port)
		if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		if !startTinyproxy(t, program, file) {
			continue // the port was taken meanwhile
		}
		address := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", port), User: url.UserPassword("user", "secret")}
		if err := deliverThrough(t, address); err != nil {
			t.Fatal(err)
		}
		address.User = nil
		if err := deliverThrough(t, address); err == nil || !strings.Contains(err.Error(), "credentials") {
			t.Errorf("got %v", err)
		}
		return
	}
	t.Fatal("tinyproxy does not start")
}

// startTinyproxy waits for the line that tells that it accepts connections.
func startTinyproxy(t *testing.T, program, file string) bool {
	t.Helper()
	command := exec.Command(program, "-d", "-c", file)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	watchdog := time.AfterFunc(10*time.Second, func() { command.Process.Kill() })
	defer watchdog.Stop()
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		t.Log(lines.Text())
		if strings.Contains(lines.Text(), "Accepting connections") {
			go io.Copy(io.Discard, output)
			return true
		}
	}
	return false
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
