// Package http1 is an HTTP/1.1 client: one request at a time over one connection, through proxies, with bounded
// answers. The standard library's client would add 0.8 MB to the scanner, most of it for what a scanner never does
// (HTTP/2, cookies, redirects, forms, international host names).
package http1

import (
	"context"
	"crypto/tls"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Request is one request. The body is always closed, whatever becomes of the request.
type Request struct {
	Method string
	URL    *url.URL
	Header map[string]string
	// Body may be nil. Length is its size in bytes; negative: not known, it is sent in chunks.
	Body   io.ReadCloser
	Length int64
}

// Options of a client.
type Options struct {
	// Proxy names the proxy for an address; a nil address is a direct connection.
	Proxy func(*url.URL) (*url.URL, error)
	// TLS is how servers are trusted; ProxyTLS how proxies with https:// are.
	TLS, ProxyTLS *tls.Config
	// Connect bounds each of connecting, the proxy's answer and the TLS handshake. Idle is how long a connection that
	// is not used is kept.
	Connect, Idle time.Duration
	UserAgent     string
}

// Client keeps at most one idle connection. Calls may overlap, each over a connection of its own.
type Client struct {
	options Options
	mutex   sync.Mutex
	idle    *connection
}

// New makes a client.
func New(options Options) *Client { return &Client{options: options} }

// Close drops the idle connection.
func (c *Client) Close() {
	if idle := c.takeIdle(); idle != nil {
		idle.close()
	}
}

func (c *Client) takeIdle() *connection {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	idle := c.idle
	c.idle = nil
	return idle
}

// keep offers a connection for the next request.
func (c *Client) keep(one *connection) {
	one.since = time.Now()
	c.mutex.Lock()
	before := c.idle
	c.idle = one
	c.mutex.Unlock()
	if before != nil {
		before.close()
	}
}

// Do sends a request and returns the beginning of its answer, whose body the caller closes. Redirects are not
// followed. The context ends the whole exchange, the answer's body too.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	if r.Body == nil {
		r.Body = io.NopCloser(strings.NewReader(""))
	}
	one, err := c.connect(ctx, r.URL)
	if err != nil {
		r.Body.Close()
		return nil, err
	}
	return one.exchange(ctx, c, r)
}

// connect takes the idle connection where it goes there and is still open, or makes one.
func (c *Client) connect(ctx context.Context, address *url.URL) (*connection, error) {
	proxy, err := c.options.Proxy(address)
	if err != nil {
		return nil, err
	}
	way := wayTo(address, proxy)
	if idle := c.takeIdle(); idle != nil {
		if idle.way == way && time.Since(idle.since) < c.options.Idle && idle.isOpen() {
			return idle, nil
		}
		idle.close()
	}
	one, err := c.dial(ctx, address, proxy)
	if err != nil {
		return nil, err
	}
	one.way = way
	return one, nil
}

// wayTo names a connection by where it leads and through what.
func wayTo(address, proxy *url.URL) string {
	if proxy == nil {
		return address.Scheme + "://" + hostPort(address)
	}
	if address.Scheme == "http" && isHTTP(proxy) {
		return "any://via " + proxy.String()
	}
	return address.Scheme + "://" + hostPort(address) + " via " + proxy.String()
}

var defaultPorts = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}

// hostPort is an address for the dialler.
func hostPort(address *url.URL) string {
	port := address.Port()
	if port == "" {
		port = defaultPorts[address.Scheme]
	}
	host := address.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + port
}

func isHTTP(proxy *url.URL) bool { return proxy.Scheme == "http" || proxy.Scheme == "https" }
