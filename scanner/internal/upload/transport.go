package upload

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

const connectTimeout = 15 * time.Second

func newTransport(options Options) (*http.Transport, error) {
	trust, err := trustOf(options.CAFile, options.Fingerprint)
	if err != nil {
		return nil, err
	}
	proxy := http.ProxyFromEnvironment
	if options.Proxy != nil {
		proxy = http.ProxyURL(options.Proxy)
	}
	return &http.Transport{
		Proxy: proxy,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			return &proxyError{answer.StatusCode, answer.Status}
		},
		DialContext:         (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: connectTimeout,
		TLSClientConfig:     trust,
		MaxIdleConns:        2,
		IdleConnTimeout:     30 * time.Second,
		// One connection suffices, and a connection cut in the middle of an upload is then one request's trouble only.
		ForceAttemptHTTP2: false,
	}, nil
}

// trustOf makes the rule by which a server is trusted: by the system's and the given authorities, or by the one
// pinned certificate.
func trustOf(caFile string, fingerprint []byte) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		text, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the certificates: %w", err)
		}
		if !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no PEM certificate", caFile)
		}
		config.RootCAs = roots
	}
	if fingerprint != nil {
		// The pin replaces the chain: it is for self-signed certificates, and stricter than any authority.
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(state tls.ConnectionState) error {
			got := sha256.Sum256(state.PeerCertificates[0].Raw)
			if subtle.ConstantTimeCompare(got[:], fingerprint) != 1 {
				return &fingerprintError{hex.EncodeToString(got[:])}
			}
			return nil
		}
	}
	return config, nil
}
