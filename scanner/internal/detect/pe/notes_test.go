package pe

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func digestOf(content []byte, chunk int) string {
	var d Digest
	for at := 0; at < len(content); at += chunk {
		d.Write(content[at:min(at+chunk, len(content))])
	}
	return d.Sum()
}

// selfSigned writes a certificate and its key for the test alone.
func selfSigned(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(4711), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certificate, key = filepath.Join(folder, "certificate.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// The independent signer and reader is osslsigncode.
func TestSignaturesAgreeWithOsslsigncode(t *testing.T) {
	signer, err := exec.LookPath("osslsigncode")
	if err != nil {
		t.Fatalf("%v: install it with \"apt-get install osslsigncode\"", err)
	}
	certificate, key := selfSigned(t, "Genehound test signer")
	for _, path := range []string{wineLibraries(t)[1], wineLibraries(t)[6]} {
		signed := filepath.Join(t.TempDir(), filepath.Base(path))
		if text, err := exec.Command(signer, "sign", "-h", "sha256", "-certs", certificate, "-key", key, "-in", path, "-out", signed).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		verified, _ := exec.Command(signer, "verify", "-in", signed).CombinedOutput() // it does not trust the certificate
		found := regexp.MustCompile(`Calculated message digest *: ([0-9A-F]{64})`).FindSubmatch(verified)
		if found == nil {
			t.Fatalf("no digest in %s", verified)
		}
		want := strings.ToLower(string(found[1]))
		content, err := os.ReadFile(signed)
		if err != nil {
			t.Fatal(err)
		}
		original, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []string{digestOf(content, 128<<10), digestOf(content, 5000), digestOf(original, 128<<10)} {
			if got != want {
				t.Errorf("%s: got %s, want %s", path, got, want)
			}
		}
		notes := ReadNotes(bytes.NewReader(content), want)
		if notes.Signer != "Genehound test signer" || !notes.Matches || notes.Version == "" || notes.Product != "Wine" || notes.Company == "" {
			t.Errorf("got %+v", notes)
		}
		// A catalog is a message of the same kind, and lists digests in what it signs.
		file, err := ReadFile(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		message := file.certificates(bytes.NewReader(content))[8:]
		if got := CatalogSigner(message, want); got != "Genehound test signer" {
			t.Errorf("got %q", got)
		}
		if got := CatalogSigner(message, strings.Repeat("ab", 32)); got != "" {
			t.Errorf("%q signs what the catalog does not list", got)
		}
		content[len(original)/2] ^= 1
		if changed := ReadNotes(bytes.NewReader(content), digestOf(content, 128<<10)); changed.Matches || changed.Signer == "" {
			t.Errorf("a changed file still matches: %+v", changed)
		}
		if unsigned := ReadNotes(bytes.NewReader(original), want); unsigned.Signer != "" || unsigned.Matches {
			t.Errorf("got %+v", unsigned)
		}
	}
}

func TestNoImageHasNoDigest(t *testing.T) {
	if got := digestOf([]byte("#!/bin/sh\n"), 4); got != "" {
		t.Errorf("got %s", got)
	}
	if got := digestOf(nil, 1); got != "" {
		t.Errorf("got %s", got)
	}
}

func FuzzNotes(f *testing.F) {
	content, err := os.ReadFile(wineLibraries(f)[5])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content[:min(len(content), 1<<16)])
	f.Fuzz(func(t *testing.T, b []byte) {
		digest := digestOf(b, 4096)
		if notes := ReadNotes(bytes.NewReader(b), digest); len(notes.Signer) > maxNote || len(notes.Version) > maxNote {
			t.Fatal("beyond the bounds")
		}
		var notes Notes
		notes.signature(b, digest)
		notes.strings(b, 0)
		if len(CatalogSigner(b, digest)) > maxNote {
			t.Fatal("beyond the bounds")
		}
	})
}
