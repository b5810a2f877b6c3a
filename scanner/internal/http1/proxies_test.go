package http1

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
)

const (
	proxyUser     = "user"
	proxyPassword = "p@ss:word"
)

// startProxy starts a proxy that wants the one pair of credentials; used counts what went through it.
func startProxy(t *testing.T, scheme string, roots *x509.CertPool) (address string, used *atomic.Int32) {
	t.Helper()
	used = &atomic.Int32{}
	if scheme == "socks5" || scheme == "socks5h" {
		return scheme + "://" + startSocks(t, used), used
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte(proxyUser+":"+proxyPassword))
		if r.Header.Get("Proxy-Authorization") != want {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		used.Add(1)
		if r.Method == http.MethodConnect {
			client, buffered, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			io.WriteString(client, "HTTP/1.1 200 Connected\r\n\r\n")
			splice(client, buffered, r.Host)
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
	}))
	if scheme == "https" {
		server.StartTLS()
		roots.AddCert(server.Certificate())
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server.URL, used
}

func splice(client net.Conn, from io.Reader, to string) {
	defer client.Close()
	target, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	go func() {
		defer target.Close()
		io.Copy(target, from)
	}()
	io.Copy(client, target)
}

func startSocks(t *testing.T, used *atomic.Int32) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serveSocks(conn, used)
		}
	}()
	return listener.Addr().String()
}

func serveSocks(conn net.Conn, used *atomic.Int32) {
	reader := bufio.NewReader(conn)
	text := func() string { // a length and that many bytes
		n, _ := reader.ReadByte()
		b := make([]byte, n)
		io.ReadFull(reader, b)
		return string(b)
	}
	reader.ReadByte()
	methods := text()
	if methods != "\x00\x02" {
		conn.Write([]byte{5, 0xff})
		conn.Close()
		return
	}
	conn.Write([]byte{5, 2})
	reader.ReadByte()
	if user, password := text(), text(); user != proxyUser || password != proxyPassword {
		conn.Write([]byte{1, 1})
		conn.Close()
		return
	}
	conn.Write([]byte{1, 0})
	reader.Discard(4)
	host := text()
	high, _ := reader.ReadByte()
	low, _ := reader.ReadByte()
	conn.Write([]byte{5, 0, 0, 1, 127, 0, 0, 1, 0, 0})
	used.Add(1)
	splice(conn, reader, net.JoinHostPort(host, strconv.Itoa(int(high)<<8|int(low))))
}

func TestTheEnvironmentsProxies(t *testing.T) {
	for _, tt := range []struct {
		environment map[string]string
		address     string
		want        string
	}{
		{map[string]string{}, "https://example.org", ""},
		{map[string]string{"HTTPS_PROXY": "proxy:3128"}, "https://example.org", "http://proxy:3128"},
		{map[string]string{"HTTPS_PROXY": "a:1", "https_proxy": "b:1"}, "https://example.org", "http://b:1"},
		{map[string]string{"HTTPS_PROXY": "proxy:3128"}, "http://example.org", ""},
		{map[string]string{"ALL_PROXY": "socks5://p"}, "http://example.org", "socks5://p"},
		{map[string]string{"ALL_PROXY": "p"}, "http://localhost:8080", ""},
		{map[string]string{"ALL_PROXY": "p"}, "http://127.9.9.9", ""},
		{map[string]string{"ALL_PROXY": "p"}, "http://[::1]:1", ""},
		{map[string]string{"ALL_PROXY": "p", "NO_PROXY": "*"}, "http://example.org", ""},
		{map[string]string{"ALL_PROXY": "p", "NO_PROXY": "other, example.org"}, "http://a.example.org", ""},
		{map[string]string{"ALL_PROXY": "p", "NO_PROXY": ".example.org"}, "http://a.EXAMPLE.org.", ""},
		{map[string]string{"ALL_PROXY": "p", "NO_PROXY": "example.org"}, "http://anexample.org", "http://p"},
		{map[string]string{"ALL_PROXY": "p", "NO_PROXY": "example.org:443"}, "http://example.org", "http://p"},
		{map[string]string{"ALL_PROXY": "p", "NO_PROXY": "example.org:443"}, "https://example.org", ""},
		{map[string]string{"ALL_PROXY": "p", "NO_PROXY": "10.0.0.0/8,fd00::/8"}, "http://10.1.2.3", ""},
		{map[string]string{"ALL_PROXY": "p", "NO_PROXY": "10.0.0.0/8,fd00::/8"}, "http://[fd00::1]", ""},
		{map[string]string{"ALL_PROXY": "p", "NO_PROXY": "10.0.0.0/8"}, "http://11.1.2.3", "http://p"},
		{map[string]string{"ALL_PROXY": "p", "NO_PROXY": "2.3"}, "http://10.1.2.3", "http://p"},
		{map[string]string{"ALL_PROXY": "ftp://p"}, "http://example.org", "error"},
	} {
		lookup := func(name string) (string, bool) { value, ok := tt.environment[name]; return value, ok }
		got, err := FromEnvironment(lookup)(parse(t, tt.address))
		text := "error"
		if err == nil {
			text = ""
			if got != nil {
				text = got.String()
			}
		}
		if text != tt.want {
			t.Errorf("%v %s: got %q, want %q", tt.environment, tt.address, text, tt.want)
		}
	}
}

// FuzzSocksAnswer: whatever a proxy says, the client ends with an error or a connection.
func FuzzSocksAnswer(f *testing.F) {
	f.Add([]byte{5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 0, 80})
	f.Add([]byte{5, 2, 1, 0, 5, 0, 0, 3, 1, 'a', 0, 80})
	f.Add([]byte{5, 0, 5, 1})
	address := &url.URL{Scheme: "https", Host: "example.org"}
	f.Fuzz(func(t *testing.T, answer []byte) {
		conn, other := net.Pipe()
		go func() {
			go io.Copy(io.Discard, other)
			other.Write(answer)
			other.Close()
		}()
		c := &connection{conn: conn, reader: bufio.NewReaderSize(conn, maxLine)}
		if err := c.socks(address, url.UserPassword("u", "p")); err == nil && len(answer) < 10 {
			t.Errorf("connected by %v", answer)
		}
		c.close()
	})
}
