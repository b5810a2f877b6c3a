package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"time"
)

// ProxyError is a proxy's refusal to connect.
type ProxyError struct {
	Status int // 0 for a SOCKS proxy
	Text   string
}

func (e *ProxyError) Error() string { return "the proxy refuses the connection: " + e.Text }

// dial makes a connection to the server, through the proxy where there is one.
func (c *Client) dial(ctx context.Context, address, proxy *url.URL) (*connection, error) {
	first := address
	if proxy != nil {
		first = proxy
	}
	dialler := net.Dialer{Timeout: c.options.Connect, KeepAlive: 30 * time.Second}
	raw, err := dialler.DialContext(ctx, "tcp", hostPort(first))
	if err != nil {
		return nil, err
	}
	one, err := c.prepare(ctx, raw, address, proxy)
	if err != nil {
		raw.Close()
		return nil, err
	}
	return one, nil
}

// prepare speaks to the proxy and shakes hands with the server over a connection that is there.
func (c *Client) prepare(ctx context.Context, raw net.Conn, address, proxy *url.URL) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*c.options.Connect)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	one, err := c.negotiate(ctx, raw, address, proxy)
	if cause := ctx.Err(); err != nil && cause != nil {
		return nil, fmt.Errorf("connecting: %w", cause)
	}
	return one, err
}

func (c *Client) negotiate(ctx context.Context, raw net.Conn, address, proxy *url.URL) (*connection, error) {
	one := &connection{conn: raw, reader: bufio.NewReaderSize(raw, maxLine)}
	if proxy != nil && proxy.Scheme == "https" {
		if err := one.secure(ctx, c.options.ProxyTLS, proxy.Hostname()); err != nil {
			return nil, err
		}
	}
	switch {
	case proxy == nil:
	case !isHTTP(proxy):
		if err := one.socks(address, proxy.User); err != nil {
			return nil, err
		}
	case address.Scheme == "http":
		one.absolute = true
		one.credentials = basic(proxy.User)
	default:
		if err := one.tunnel(address, proxy.User, c.options.UserAgent); err != nil {
			return nil, err
		}
	}
	if address.Scheme == "https" {
		if err := one.secure(ctx, c.options.TLS, address.Hostname()); err != nil {
			return nil, err
		}
	}
	return one, nil
}

// buffered is a connection of which a part is read already.
type buffered struct {
	net.Conn
	reader *bufio.Reader
}

func (b buffered) Read(into []byte) (int, error) { return b.reader.Read(into) }

// secure wraps the connection in TLS.
func (c *connection) secure(ctx context.Context, trust *tls.Config, host string) error {
	config := trust.Clone()
	config.ServerName = host
	secured := tls.Client(buffered{c.conn, c.reader}, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return err
	}
	c.conn, c.reader = secured, bufio.NewReaderSize(secured, maxLine)
	return nil
}

// basic are credentials as a header writes them; empty where there are none.
func basic(user *url.Userinfo) string {
	if user == nil {
		return ""
	}
	password, _ := user.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))
}

// tunnel asks an HTTP proxy for a connection (RFC 9110, section 9.3.6).
func (c *connection) tunnel(address *url.URL, user *url.Userinfo, agent string) error {
	target := hostPort(address)
	head := "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"
	if agent != "" {
		head += "User-Agent: " + agent + "\r\n"
	}
	if credentials := basic(user); credentials != "" {
		head += "Proxy-Authorization: " + credentials + "\r\n"
	}
	if _, err := c.conn.Write([]byte(head + "\r\n")); err != nil {
		return err
	}
	answer, err := readHead(c.reader)
	if err != nil {
		return fmt.Errorf("the proxy's answer: %w", err)
	}
	if answer.Status < 200 || answer.Status > 299 {
		return &ProxyError{answer.Status, fmt.Sprintf("%d %s", answer.Status, answer.Reason)}
	}
	return nil
}
