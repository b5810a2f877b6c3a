package upload

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"time"

	"genehound/scanner/internal/http1"
)

const (
	connectTimeout = 15 * time.Second
	idleTimeout    = 30 * time.Second
)

func newTransport(options Options) (*http1.Client, error) {
	trust, err := trustOf(options.CAFile, options.Fingerprint)
	if err != nil {
		return nil, err
	}
	// The pin is the server's: a proxy with https:// shows a certificate of its own.
	proxyTrust, err := trustOf(options.CAFile, nil)
	if err != nil {
		return nil, err
	}
	proxy := http1.FromEnvironment(os.LookupEnv)
	if options.Proxy != nil {
		proxy = func(*url.URL) (*url.URL, error) { return options.Proxy, nil }
	}
	return http1.New(http1.Options{
		Proxy: proxy, TLS: trust, ProxyTLS: proxyTrust, Connect: connectTimeout, Idle: idleTimeout,
		UserAgent: options.UserAgent,
	}), nil
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
		config.VerifyConnection = func(state tls.ConnectionState) error { return verifyPin(state, fingerprint) }
	}
	return config, nil
}

// verifyPin takes the server's own certificate by its pin, or one that the pinned authority issued for this name, where
// the server sends that authority along. That an authority is among what a server sends proves nothing by itself.
func verifyPin(state tls.ConnectionState, fingerprint []byte) error {
	got := sha256.Sum256(state.PeerCertificates[0].Raw)
	if subtle.ConstantTimeCompare(got[:], fingerprint) == 1 {
		return nil
	}
	for _, authority := range state.PeerCertificates[1:] {
		sum := sha256.Sum256(authority.Raw)
		if !authority.IsCA || subtle.ConstantTimeCompare(sum[:], fingerprint) != 1 {
			continue
		}
		roots := x509.NewCertPool()
		roots.AddCert(authority)
		between := x509.NewCertPool()
		for _, one := range state.PeerCertificates[1:] {
			between.AddCert(one)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
			DNSName: state.ServerName, Roots: roots, Intermediates: between,
		})
		if err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
		}
		return nil
	}
	return &fingerprintError{hex.EncodeToString(got[:])}
}
