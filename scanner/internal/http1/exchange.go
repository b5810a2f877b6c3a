package http1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sort"
	"strconv"
	"strings"
	"time"
)

// connection is one connection, used by one exchange at a time.
type connection struct {
	conn        net.Conn
	reader      *bufio.Reader
	way         string
	since       time.Time
	absolute    bool   // requests name the whole address, for a proxy
	credentials string // for that proxy
}

func (c *connection) close() { c.conn.Close() }

// isOpen looks whether the server has closed an idle connection meanwhile. A server that speaks unasked is not to be
// trusted with the next request either.
func (c *connection) isOpen() bool {
	const soon = 200 * time.Millisecond
	if c.reader.Buffered() > 0 {
		return false
	}
	if time.Since(c.since) < soon {
		return true
	}
	if err := c.conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return false
	}
	_, err := c.reader.Peek(1)
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() && c.conn.SetReadDeadline(time.Time{}) == nil
}

// afterWriting is how long an answer is waited for once the server has stopped taking the request.
const afterWriting = 5 * time.Second

// exchange sends the request and reads the answer's head at the same time: a server may refuse a body before it has
// read it.
func (c *connection) exchange(ctx context.Context, client *Client, r Request) (*Response, error) {
	stop := context.AfterFunc(ctx, c.close)
	sent := make(chan error, 1)
	go func() { sent <- c.send(client.options.UserAgent, r) }()
	response, err := c.answer()
	if err != nil {
		stop()
		c.close()
		// The sender may wait for its source; closing the body frees it.
		r.Body.Close()
		if failed := <-sent; failed != nil && !isNetwork(failed) {
			err = failed
		}
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	response.Body = &responseBody{Reader: response.Body, finish: func(whole bool) {
		if stop() && whole && response.lasting && wasSent(sent) {
			client.keep(c)
			return
		}
		c.close()
		r.Body.Close()
	}}
	return response, nil
}

// wasSent tells whether the whole request was sent. Its answer may be here an instant before the sender knows; an
// answer that came before the request's end leaves a connection that cannot be used again.
func wasSent(sent <-chan error) bool {
	const instant = 50 * time.Millisecond
	timer := time.NewTimer(instant)
	defer timer.Stop()
	select {
	case failed := <-sent:
		return failed == nil
	case <-timer.C:
		return false
	}
}

// answer reads the head of the final answer and prepares its body.
func (c *connection) answer() (*Response, error) {
	for n := 0; n < maxInterim; n++ {
		response, err := readHead(c.reader)
		if err != nil {
			return nil, err
		}
		if response.Status >= 200 {
			body, err := response.body(c.reader)
			response.Body = io.NopCloser(body)
			return response, err
		}
		if response.Status == 101 {
			break
		}
	}
	return nil, errMalformed
}

// responseBody gives the connection back when the body was read to its end, and ends it otherwise.
type responseBody struct {
	io.Reader
	finish func(whole bool)
	whole  bool
	done   bool
}

func (b *responseBody) Read(into []byte) (int, error) {
	if b.done {
		return 0, io.ErrClosedPipe
	}
	n, err := b.Reader.Read(into)
	b.whole = b.whole || errors.Is(err, io.EOF)
	return n, err
}

func (b *responseBody) Close() error {
	if b.done {
		return nil
	}
	if !b.whole { // what was read exactly to its end shows it only now
		n, err := b.Reader.Read(make([]byte, 1))
		b.whole = n == 0 && errors.Is(err, io.EOF)
	}
	b.done = true
	b.finish(b.whole)
	return nil
}

// networkError is trouble with the connection while sending: the server's answer says more, if there is one.
type networkError struct{ error }

func (e networkError) Unwrap() error { return e.error }

func isNetwork(err error) bool {
	var network networkError
	return errors.As(err, &network)
}

// send writes the request. Trouble with the body's source ends the connection; trouble with the connection leaves a
// little time to the answer.
func (c *connection) send(agent string, r Request) error {
	err := c.write(agent, r)
	switch {
	case err == nil:
	case isNetwork(err):
		c.conn.SetReadDeadline(time.Now().Add(afterWriting))
	default:
		c.close()
	}
	r.Body.Close()
	return err
}

func (c *connection) write(agent string, r Request) error {
	head, err := c.head(agent, r)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(c.conn, 32<<10)
	if _, err := out.WriteString(head); err != nil {
		return networkError{err}
	}
	if err := copyBody(out, r); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return networkError{err}
	}
	return nil
}

// head is the request line with all headers. Values come from our own program; a line end in one is refused all the
// same.
func (c *connection) head(agent string, r Request) (string, error) {
	target := r.URL.RequestURI()
	if c.absolute {
		target = r.URL.Scheme + "://" + r.URL.Host + target
	}
	lines := []string{"Host: " + r.URL.Host}
	if agent != "" {
		lines = append(lines, "User-Agent: "+agent)
	}
	if c.credentials != "" {
		lines = append(lines, "Proxy-Authorization: "+c.credentials)
	}
	for name, value := range r.Header {
		lines = append(lines, name+": "+value)
	}
	switch {
	case r.Length < 0:
		lines = append(lines, "Transfer-Encoding: chunked")
	case r.Length > 0 || r.Method != "GET":
		lines = append(lines, "Content-Length: "+strconv.FormatInt(r.Length, 10))
	}
	sort.Strings(lines[1:])
	for _, line := range lines {
		if strings.ContainsAny(line, "\r\n\x00") {
			return "", errors.New("a header holds a line end")
		}
	}
	return r.Method + " " + target + " HTTP/1.1\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n", nil
}

// copyBody writes the body piece by piece, each flushed where its length is not known: a slow source must not look
// like a dead one.
func copyBody(out *bufio.Writer, r Request) error {
	buffer := make([]byte, 16<<10)
	var total int64
	for {
		n, err := r.Body.Read(buffer)
		total += int64(n)
		if n > 0 {
			if r.Length < 0 {
				fmt.Fprintf(out, "%x\r\n", n) // the writer keeps its error for the next call
			}
			out.Write(buffer[:n])
			if r.Length < 0 {
				out.WriteString("\r\n")
			}
			if failed := out.Flush(); failed != nil {
				return networkError{failed}
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if r.Length >= 0 && total != r.Length {
		return fmt.Errorf("the body has %d bytes, not %d", total, r.Length)
	}
	if r.Length < 0 {
		out.WriteString("0\r\n\r\n")
	}
	return nil
}
