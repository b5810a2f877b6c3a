package upload

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"
)

// issue makes a certificate; the issuer is nil for one that signs itself.
func issue(t *testing.T, name string, isCA bool, issuer *x509.Certificate, issuerKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IsCA: isCA,
		BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if issuer == nil {
		issuer, issuerKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

func TestThePinOfAnAuthorityTakesWhatItIssuedAndNothingElse(t *testing.T) {
	authority, key := issue(t, "authority", true, nil, nil)
	leaf, _ := issue(t, "server.example", false, authority, key)
	forged, _ := issue(t, "server.example", false, nil, nil)
	pin := sha256.Sum256(authority.Raw)
	for name, tt := range map[string]struct {
		host  string
		chain []*x509.Certificate
		taken bool
	}{
		"issued":                  {"server.example", []*x509.Certificate{leaf, authority}, true},
		"for another name":        {"other.example", []*x509.Certificate{leaf, authority}, false},
		"authority not sent":      {"server.example", []*x509.Certificate{leaf}, false},
		"authority only attached": {"server.example", []*x509.Certificate{forged, authority}, false},
	} {
		err := verifyPin(tls.ConnectionState{ServerName: tt.host, PeerCertificates: tt.chain}, pin[:])
		if (err == nil) != tt.taken {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
