package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bounds of an answer's head: bytes of one line, number of lines, interim answers before the final one.
const (
	maxLine    = 16 << 10
	maxHeaders = 200
	maxInterim = 8
)

var errMalformed = errors.New("the answer is no HTTP")

// Response is the beginning of an answer. Body must be closed.
type Response struct {
	Status int
	Reason string
	Body   io.ReadCloser

	header    map[string]string // by lower-case name, the first of each
	lasting   bool              // the server keeps the connection open
	conflicts bool              // the header contradicts itself about the body's length
}

// Header returns the first header of this name, or the empty text.
func (r *Response) Header(name string) string { return r.header[strings.ToLower(name)] }

// readHead reads status line and headers.
func readHead(reader *bufio.Reader) (*Response, error) {
	line, err := readLine(reader)
	if err != nil {
		return nil, err
	}
	version, rest, _ := strings.Cut(line, " ")
	code, reason, _ := strings.Cut(rest, " ")
	status, err := strconv.ParseUint(code, 10, 16)
	if !strings.HasPrefix(version, "HTTP/1.") || err != nil || len(code) != 3 || status < 100 {
		return nil, errMalformed
	}
	r := &Response{Status: int(status), Reason: reason, header: map[string]string{}, lasting: version != "HTTP/1.0"}
	for n := 0; ; n++ {
		line, err := readLine(reader)
		if err != nil {
			return nil, noEnd(err)
		}
		if line == "" {
			return r, nil
		}
		if n == maxHeaders {
			return nil, fmt.Errorf("the answer has more than %d headers", maxHeaders)
		}
		r.add(line)
	}
}

func (r *Response) add(line string) {
	name, value, found := strings.Cut(line, ":")
	if !found || name == "" || strings.ContainsAny(name, " \t") {
		r.conflicts = r.conflicts || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		return
	}
	name, value = strings.ToLower(name), strings.Trim(value, " \t")
	before, known := r.header[name]
	if !known {
		r.header[name] = value
	} else if (name == "content-length" || name == "transfer-encoding") && before != value {
		r.conflicts = true
	}
	if name == "connection" {
		for _, word := range strings.Split(value, ",") {
			switch strings.ToLower(strings.TrimSpace(word)) {
			case "close":
				r.lasting = false
			case "keep-alive":
				r.lasting = true
			}
		}
	}
}

// readLine reads one line without its end.
func readLine(reader *bufio.Reader) (string, error) {
	line, err := reader.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", fmt.Errorf("a line of the answer has more than %d bytes", maxLine)
	}
	if err != nil {
		if len(line) > 0 {
			return "", noEnd(err)
		}
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// noEnd makes the end of the connection an error.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// body finds where the answer's body ends (RFC 9112, section 6.3).
func (r *Response) body(reader *bufio.Reader) (io.Reader, error) {
	length, coded := r.header["content-length"], r.header["transfer-encoding"]
	switch {
	case r.conflicts:
		return nil, errMalformed
	case r.Status == 204 || r.Status == 304:
		return strings.NewReader(""), nil
	case coded != "":
		if !strings.EqualFold(coded, "chunked") {
			return nil, fmt.Errorf("%w: transfer encoding %.40q", errMalformed, coded)
		}
		r.lasting = r.lasting && length == ""
		return &chunks{reader: reader}, nil
	case length != "":
		size, err := strconv.ParseUint(length, 10, 63)
		if err != nil {
			return nil, errMalformed
		}
		return &sized{reader: reader, left: int64(size)}, nil
	default:
		r.lasting = false
		return reader, nil
	}
}

// sized reads a body of known length.
type sized struct {
	reader io.Reader
	left   int64
}

func (s *sized) Read(into []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.reader.Read(into[:min(int64(len(into)), s.left)])
	s.left -= int64(n)
	if err != nil && s.left > 0 {
		return n, noEnd(err)
	}
	return n, nil
}

// chunks reads a chunked body (RFC 9112, section 7.1); trailers are read over.
type chunks struct {
	reader *bufio.Reader
	left   uint64
	begun  bool
	err    error
}

func (c *chunks) Read(into []byte) (int, error) {
	for c.err == nil && c.left == 0 {
		c.err = c.next()
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.reader.Read(into[:min(uint64(len(into)), c.left)])
	c.left -= uint64(n)
	if err != nil {
		c.err = noEnd(err)
	}
	return n, c.err
}

// next reads the head of a chunk; io.EOF after the last.
func (c *chunks) next() error {
	if c.begun {
		if line, err := readLine(c.reader); err != nil || line != "" {
			return malformedOr(err)
		}
	}
	c.begun = true
	line, err := readLine(c.reader)
	if err != nil {
		return noEnd(err)
	}
	size, _, _ := strings.Cut(line, ";")
	if c.left, err = strconv.ParseUint(strings.TrimSpace(size), 16, 63); err != nil {
		return errMalformed
	}
	if c.left > 0 {
		return nil
	}
	for n := 0; n < maxHeaders; n++ {
		line, err := readLine(c.reader)
		if err != nil {
			return noEnd(err)
		}
		if line == "" {
			return io.EOF
		}
	}
	return errMalformed
}

func malformedOr(err error) error {
	if err != nil {
		return noEnd(err)
	}
	return errMalformed
}
