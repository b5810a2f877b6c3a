// Package upload speaks the scan protocol to a server: it gets a token, creates a scan, sends its messages and the
// bytes that the server wants, through proxies and interruptions, and keeps the scan on disk where the server stays
// out of reach.
package upload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"genehound/scanner/internal/http1"
	"genehound/scanner/internal/jsontext"
)

const (
	maxAnswerBytes = 1 << 20
	// renewBefore is how long before its end a token is renewed.
	renewBefore = 20 * time.Second
)

// Options of a client. Zero pacing takes the defaults.
type Options struct {
	Server      *url.URL // host root
	Key         string
	Proxy       *url.URL // nil: proxies of the environment
	CAFile      string
	Fingerprint []byte
	UserAgent   string
	Pacing      Pacing
	MaxUpload   uint64 // bytes of artifacts that may be sent, before compression; 0: no ceiling
	MaxRate     uint64 // bytes that may be sent in a second; 0: no ceiling
	// Log takes one sentence about each interruption.
	Log func(string)
}

// Client holds one server's connection and token.
type Client struct {
	options Options
	http    *http1.Client
	token   string
	expires time.Time // zero: never
	begun   bool      // the scan is created
	rate    *rate
}

// NewClient prepares a client; an error is about the certificates it was given.
func NewClient(options Options) (*Client, error) {
	transport, err := newTransport(options)
	if err != nil {
		return nil, err
	}
	options.Pacing = options.Pacing.withDefaults()
	if options.Log == nil {
		options.Log = func(string) {}
	}
	return &Client{options: options, http: transport, rate: newRate(options.MaxRate)}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.Close() }

// Authenticate gets a token for the key. A *KeyError tells that the server refuses the key.
func (c *Client) Authenticate(ctx context.Context) error {
	body, err := encode(map[string]string{"api_key": c.options.Key})
	if err != nil {
		return err
	}
	var answer any
	request := request{path: "/api/v2-0/get-access-token", json: body, anonymous: true, answer: &answer}
	if err := c.call(ctx, request); err != nil {
		var refused *RefusedError
		if errors.As(err, &refused) && isKeyRefusal(refused.Status) {
			return &KeyError{refused.Error()}
		}
		return undeliverable(err)
	}
	token := jsontext.Text(answer, "result")
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return undeliverable(errors.New("the answer to the request for a token holds none"))
	}
	c.token, c.expires = token, time.Time{}
	if end, ok := jsontext.Field(answer, "expire_at"); ok {
		seconds, isNumber := end.(float64)
		if !isNumber && end != nil {
			return undeliverable(errors.New("the answer to the request for a token names no time at which it ends"))
		}
		if isNumber {
			c.expires = time.Unix(int64(seconds), 0)
		}
	}
	return nil
}

func isKeyRefusal(status int) bool {
	return status == statusBadRequest || status == statusUnauthorized || status == statusForbidden
}

// request is one call. Either json or open is the body.
type request struct {
	path      string
	json      []byte
	packed    bool // json is compressed
	open      func() (io.ReadCloser, error)
	anonymous bool
	answer    *any // where the JSON answer goes; nil where it does not matter
	// unanswered is set where an attempt stayed without an answer: the server may have followed it all the same.
	unanswered *bool
	// spare is set where the scan goes on as well without an answer: it is not waited for as long.
	spare bool
}

// call sends a request until it is answered, the pacing gives up, or the server refuses it (*RefusedError).
func (c *Client) call(ctx context.Context, r request) error {
	renewed := false
	attempts := c.options.Pacing.start(c.begun && !r.spare)
	for {
		if !r.anonymous && !c.expires.IsZero() && time.Until(c.expires) < renewBefore {
			if err := c.Authenticate(ctx); err != nil {
				return err
			}
		}
		err := c.once(ctx, r)
		var refused *RefusedError
		if errors.As(err, &refused) && refused.Status == statusUnauthorized && !r.anonymous && !renewed {
			renewed = true
			if err := c.Authenticate(ctx); err != nil {
				return err
			}
			continue
		}
		if err == nil || !isTemporary(err) {
			return err
		}
		if r.unanswered != nil && !errors.As(err, &refused) {
			*r.unanswered = true
		}
		if err := attempts.wait(ctx, err, c.options.Log); err != nil {
			return err
		}
	}
}

// once sends a request once.
func (c *Client) once(ctx context.Context, r request) error {
	ctx, watch := newWatch(ctx, c.options.Pacing)
	watch.rate = c.rate
	defer watch.stop()
	address, err := c.address(r.path)
	if err != nil {
		return err
	}
	body, err := r.body(watch)
	if err != nil {
		return err
	}
	// A redirect is not followed: a redirected POST would lose its body, and a token must not travel to another host.
	response, err := c.http.Do(ctx, http1.Request{
		Method: "POST", URL: address, Header: c.headers(r), Body: body, Length: r.length(),
	})
	if failed := body.failure(); failed != nil {
		err = failed
	}
	if err != nil {
		return watch.explain(ctx, err)
	}
	defer response.Body.Close()
	watch.alive()
	return watch.explain(ctx, readAnswer(response, r.answer))
}

// address is the server's root with a path of the protocol behind it.
func (c *Client) address(path string) (*url.URL, error) {
	return c.options.Server.Parse(c.options.Server.EscapedPath() + path)
}

func (c *Client) headers(r request) map[string]string {
	headers := map[string]string{"Content-Type": "application/json"}
	if r.open != nil {
		headers["Content-Type"] = "application/octet-stream"
	}
	if r.open != nil || r.packed {
		headers["Content-Encoding"] = "gzip"
	}
	if !r.anonymous {
		headers["Authorization"] = "Bearer " + c.token
	}
	return headers
}

// length is negative for what is compressed on the way.
func (r request) length() int64 {
	if r.open != nil {
		return -1
	}
	return int64(len(r.json))
}

// body opens what is sent.
func (r request) body(watch *watch) (requestBody, error) {
	if r.open == nil {
		return &plainBody{Reader: bytes.NewReader(r.json), watch: watch}, nil
	}
	source, err := r.open()
	if err != nil {
		return nil, &SourceError{err}
	}
	return newGzipBody(source, watch), nil
}

func readAnswer(response *http1.Response, into *any) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	if response.Status < 200 || response.Status > 299 {
		return newRefusal(response, text)
	}
	if err != nil {
		return fmt.Errorf("the server's answer was cut off: %w", err)
	}
	if len(text) > maxAnswerBytes {
		return fmt.Errorf("the server's answer is larger than %d bytes", maxAnswerBytes)
	}
	if into == nil {
		return nil
	}
	if *into, err = jsontext.Parse(text); err != nil {
		return &answerError{err}
	}
	return nil
}
