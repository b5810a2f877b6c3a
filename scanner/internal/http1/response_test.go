package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func answerTo(text string) (*Response, string, error) {
	c := &connection{reader: bufio.NewReaderSize(strings.NewReader(text), maxLine)}
	response, err := c.answer()
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

func TestAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		text, body string
		lasting    bool
		err        bool
	}{
		"length":              {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", "abc", true, false},
		"no length":           {"HTTP/1.1 200 OK\r\n\r\nabcd", "abcd", false, false},
		"closing":             {"HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 0\r\n\r\n", "", false, false},
		"old":                 {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "", false, false},
		"old, lasting":        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", "", true, false},
		"chunks":              {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: r\r\n\r\n", "abc0123456789", true, false},
		"continued":           {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n", "", true, false},
		"both lengths":        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", false, false},
		"two lengths":         {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "", false, true},
		"negative length":     {"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n", "", false, true},
		"cut length":          {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "ab", false, true},
		"cut chunk":           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", "ab", false, true},
		"chunk without end":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", "abc", false, true},
		"no last chunk":       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "abc", false, true},
		"another coding":      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "", false, true},
		"no HTTP":             {"SSH-2.0-OpenSSH_9.2\r\n", "", false, true},
		"HTTP/2":              {"HTTP/2 200\r\n\r\n", "", false, true},
		"switching":           {"HTTP/1.1 101 Switching\r\n\r\n", "", false, true},
		"interim without end": {strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 50), "", false, true},
		"cut header":          {"HTTP/1.1 200 OK\r\nContent-Len", "", false, true},
		"long line":           {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", "", false, true},
		"many headers":        {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 1000) + "\r\n", "", false, true},
		"empty":               {"", "", false, true},
	} {
		response, body, err := answerTo(tt.text)
		if (err != nil) != tt.err || !tt.err && (body != tt.body || response.lasting != tt.lasting) {
			t.Errorf("%s: got %q, %v", name, body, err)
		}
	}
}

// FuzzAnswer: an answer of whatever bytes ends, and never gives more than it holds.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204 N\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &connection{reader: bufio.NewReaderSize(bytes.NewReader(text), maxLine)}
		response, err := c.answer()
		if err != nil {
			return
		}
		body, err := io.ReadAll(response.Body)
		if len(body) > len(text) || errors.Is(err, io.EOF) {
			t.Errorf("%d bytes of %d, %v", len(body), len(text), err)
		}
	})
}
