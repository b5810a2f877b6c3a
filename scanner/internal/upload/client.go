// Package upload speaks the scan protocol to a server: it gets a token, creates a scan, sends its messages and the
// bytes that the server wants, through proxies and interruptions, and keeps the scan on disk where the server stays
// out of reach.
package upload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
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
	// Log takes one sentence about each interruption.
	Log func(string)
}

// Client holds one server's connection and token.
type Client struct {
	options Options
	http    *http.Client
	token   string
	expires time.Time // zero: never
	begun   bool      // the scan is created
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
	return &Client{
		options: options,
		http: &http.Client{
			Transport: transport,
			// A redirected POST would lose its body, and a token must not travel to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Authenticate gets a token for the key. A *KeyError tells that the server refuses the key.
func (c *Client) Authenticate(ctx context.Context) error {
	body, err := json.Marshal(map[string]string{"api_key": c.options.Key})
	if err != nil {
		return err
	}
	var answer struct {
		Result   string   `json:"result"`
		ExpireAt *float64 `json:"expire_at"`
	}
	request := request{path: "/api/v2-0/get-access-token", json: body, anonymous: true, answer: &answer}
	if err := c.call(ctx, request); err != nil {
		var refused *RefusedError
		if errors.As(err, &refused) && isKeyRefusal(refused.Status) {
			return &KeyError{refused.Error()}
		}
		return undeliverable(err)
	}
	if answer.Result == "" || strings.ContainsFunc(answer.Result, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return undeliverable(errors.New("the answer to the request for a token holds none"))
	}
	c.token, c.expires = answer.Result, time.Time{}
	if answer.ExpireAt != nil {
		c.expires = time.Unix(int64(*answer.ExpireAt), 0)
	}
	return nil
}

func isKeyRefusal(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden
}

// request is one call. Either json or open is the body.
type request struct {
	path      string
	json      []byte
	open      func() (io.ReadCloser, error)
	anonymous bool
	answer    any // where the JSON answer goes; nil where it does not matter
	// unanswered is set where an attempt stayed without an answer: the server may have followed it all the same.
	unanswered *bool
}

// call sends a request until it is answered, the pacing gives up, or the server refuses it (*RefusedError).
func (c *Client) call(ctx context.Context, r request) error {
	renewed := false
	attempts := c.options.Pacing.start(c.begun)
	for {
		if !r.anonymous && !c.expires.IsZero() && time.Until(c.expires) < renewBefore {
			if err := c.Authenticate(ctx); err != nil {
				return err
			}
		}
		err := c.once(ctx, r)
		var refused *RefusedError
		if errors.As(err, &refused) && refused.Status == http.StatusUnauthorized && !r.anonymous && !renewed {
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
	defer watch.stop()
	body, err := r.body(watch)
	if err != nil {
		return err
	}
	httpRequest, err := http.NewRequestWithContext(ctx, http.MethodPost, c.options.Server.String()+r.path, body)
	if err != nil {
		return err
	}
	httpRequest.Header.Set("User-Agent", c.options.UserAgent)
	if !r.anonymous {
		httpRequest.Header.Set("Authorization", "Bearer "+c.token)
	}
	if r.open != nil {
		httpRequest.Header.Set("Content-Type", "application/octet-stream")
		httpRequest.Header.Set("Content-Encoding", "gzip")
	} else {
		httpRequest.Header.Set("Content-Type", "application/json")
		httpRequest.ContentLength = int64(len(r.json))
	}
	response, err := c.http.Do(httpRequest)
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

func readAnswer(response *http.Response, into any) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	if response.StatusCode < 200 || response.StatusCode > 299 {
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
	if err := json.Unmarshal(text, into); err != nil {
		return &answerError{err}
	}
	return nil
}
