package upload

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"genehound/scanner/internal/http1"
	"genehound/scanner/internal/jsontext"
)

// Statuses of HTTP that mean something here (RFC 9110, section 15).
const (
	statusOK                      = 200
	statusBadRequest              = 400
	statusUnauthorized            = 401
	statusForbidden               = 403
	statusNotFound                = 404
	statusProxyAuthRequired       = 407
	statusRequestTimeout          = 408
	statusConflict                = 409
	statusGone                    = 410
	statusRequestEntityTooLarge   = 413
	statusTooEarly                = 425
	statusTooManyRequests         = 429
	statusNotImplemented          = 501
	statusHTTPVersionNotSupported = 505
)

// KeyError tells that the server refuses the key.
type KeyError struct{ Text string }

func (e *KeyError) Error() string { return "the server refuses this API key: " + e.Text }

// RefusedError is the server's refusal of one request.
type RefusedError struct {
	Status     int
	Reason     string        // of the status line
	Text       string        // the server's words, at most 300 characters
	RetryAfter time.Duration // 0 where the server named none
}

func (e *RefusedError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s. %s", e.Status, e.Reason, e.Text))
}

// SourceError tells that the bytes to be sent could not be read. It is about one artifact, not about the server.
type SourceError struct{ Err error }

func (e *SourceError) Error() string { return e.Err.Error() }
func (e *SourceError) Unwrap() error { return e.Err }

// UndeliverableError tells that the server cannot be reached, for now or for good.
type UndeliverableError struct {
	Err error
	// Begun: the server may hold the scan's id, since a request to create the scan stayed without an answer.
	Begun bool
}

func (e *UndeliverableError) Error() string { return describe(e.Err) }
func (e *UndeliverableError) Unwrap() error { return e.Err }

func undeliverable(err error) error {
	var already *UndeliverableError
	if err == nil || errors.As(err, &already) {
		return err
	}
	return &UndeliverableError{Err: err}
}

// answerError is an answer that is not what the protocol says: a captive portal, another program, a cut-off text.
type answerError struct{ err error }

func (e *answerError) Error() string {
	return "the answer is not that of a Genehound server: " + e.err.Error()
}
func (e *answerError) Unwrap() error { return e.err }

// proxyText says for an operator why a proxy does not connect.
func proxyText(refused *http1.ProxyError) string {
	if refused.Status == statusProxyAuthRequired {
		return "the proxy asks for credentials, or refuses those given (-p user:password@host:port)"
	}
	return strings.Map(printable, refused.Error())
}

// fingerprintError tells that another certificate was shown than the pinned one.
type fingerprintError struct{ got string }

func (e *fingerprintError) Error() string {
	return "the server shows another certificate than the pinned one, its SHA-256 is " + e.got
}

const maxRefusalText = 300

func newRefusal(response *http1.Response, text []byte) *RefusedError {
	words := ""
	if said, err := jsontext.Parse(text); err == nil {
		words = strings.Map(printable, jsontext.Text(said, "error"))
	}
	if location := response.Header("Location"); location != "" && response.Status < 400 {
		words = "It redirects to " + strings.Map(printable, location) + "; name that address by -u"
	}
	return &RefusedError{
		Status: response.Status, Reason: clipRunes(strings.Map(printable, response.Reason)), Text: clipRunes(words),
		RetryAfter: retryAfter(response.Header("Retry-After")),
	}
}

func clipRunes(text string) string {
	if runes := []rune(text); len(runes) > maxRefusalText {
		return string(runes[:maxRefusalText]) + "…"
	}
	return text
}

// printable keeps a hostile answer from moving the operator's cursor.
func printable(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 {
		return ' '
	}
	return r
}

// retryAfter reads seconds or an HTTP date; 0 where there is neither.
func retryAfter(text string) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", text); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

// isTemporary tells whether the same request may succeed later.
func isTemporary(err error) bool {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return isTemporaryStatus(refused.Status)
	}
	var proxy *http1.ProxyError
	if errors.As(err, &proxy) {
		return isTemporaryStatus(proxy.Status)
	}
	var (
		source      *SourceError
		lost        *UndeliverableError
		key         *KeyError
		fingerprint *fingerprintError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		authority   x509.UnknownAuthorityError
	)
	permanent := errors.As(err, &source) || errors.As(err, &lost) || errors.As(err, &key) ||
		errors.As(err, &fingerprint) || errors.As(err, &certificate) || errors.As(err, &record) ||
		errors.As(err, &authority) || errors.Is(err, context.Canceled)
	return !permanent
}

func isTemporaryStatus(status int) bool {
	switch status {
	case statusRequestTimeout, statusTooEarly, statusTooManyRequests:
		return true
	case statusNotImplemented, statusHTTPVersionNotSupported:
		return false
	default:
		return status >= 500
	}
}

// describe says for an operator what stands in the way.
func describe(err error) string {
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return "the server does not answer in TLS: is its address http:// or another port?"
	}
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return fmt.Sprintf("the server's certificate is not trusted (%v): --ca FILE trusts an authority, --fingerprint one certificate", certificate.Err)
	}
	var proxy *http1.ProxyError
	if errors.As(err, &proxy) {
		return proxyText(proxy)
	}
	var fingerprint *fingerprintError
	if errors.As(err, &fingerprint) {
		return fingerprint.Error()
	}
	var refused *RefusedError
	if errors.As(err, &refused) && refused.Status == statusProxyAuthRequired {
		return proxyText(&http1.ProxyError{Status: refused.Status})
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection was cut"
	}
	return err.Error()
}
