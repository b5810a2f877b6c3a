// Package seal writes files that only the owner of a key can read: the format of age (age-encryption.org/v1, as specified
// at c2sp.org/age) with one X25519 recipient. So what is sealed can be opened without Genehound, too.
package seal

import (
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// Extension ends the names of sealed files.
const Extension = ".age"

// Recipient is the public half of a key: who has the other half can open what is sealed to it.
type Recipient struct{ key *ecdh.PublicKey }

var errRecipient = errors.New("no public key of the form age1…")

// ParseRecipient reads age1… .
func ParseRecipient(text string) (*Recipient, error) {
	point, ok := decode("age", text)
	if !ok {
		return nil, errRecipient
	}
	key, err := ecdh.X25519().NewPublicKey(point)
	if err != nil {
		return nil, errRecipient
	}
	// A point of low order would make the shared secret known to all.
	probe, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	if _, err := probe.ECDH(key); err != nil {
		return nil, errRecipient
	}
	return &Recipient{key}, nil
}

const (
	chunkSize   = 64 << 10
	fileKeySize = 16
	nonceSize   = 16
)

// writer seals in pieces of 64 KiB, each by itself; the last one is marked, so that nobody can cut the end off.
type writer struct {
	target io.Writer
	sealer cipher.AEAD
	chunk  []byte
	sealed []byte
	number uint64
	err    error
}

// NewWriter writes the header. What is written after it is whole only once the writer was closed, which leaves target open.
func NewWriter(target io.Writer, to *Recipient) (io.WriteCloser, error) {
	fileKey, nonce := make([]byte, fileKeySize), make([]byte, nonceSize)
	if _, err := rand.Read(fileKey); err != nil {
		return nil, err
	}
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	head, err := header(fileKey, to)
	if err != nil {
		return nil, err
	}
	sealer, err := chacha20poly1305.New(derive(fileKey, nonce, "payload"))
	if err != nil {
		return nil, err
	}
	if _, err := target.Write(append(head, nonce...)); err != nil {
		return nil, err
	}
	return &writer{target: target, sealer: sealer, chunk: make([]byte, 0, chunkSize), sealed: make([]byte, 0, chunkSize+sealer.Overhead())}, nil
}

// header wraps the file's key for the recipient.
func header(fileKey []byte, to *Recipient) ([]byte, error) {
	own, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	shared, err := own.ECDH(to.key)
	if err != nil {
		return nil, err
	}
	share := own.PublicKey().Bytes()
	salt := append(append([]byte{}, share...), to.key.Bytes()...)
	wrapper, err := chacha20poly1305.New(derive(shared, salt, "age-encryption.org/v1/X25519"))
	if err != nil {
		return nil, err
	}
	text := base64.RawStdEncoding.EncodeToString
	// The key that wraps is used once, so that its nonce may be zero.
	wrapped := wrapper.Seal(nil, make([]byte, wrapper.NonceSize()), fileKey, nil)
	head := "age-encryption.org/v1\n-> X25519 " + text(share) + "\n" + text(wrapped) + "\n---"
	sum := hmac.New(sha256.New, derive(fileKey, nil, "header"))
	sum.Write([]byte(head))
	return []byte(head + " " + text(sum.Sum(nil)) + "\n"), nil
}

// derive is HKDF-SHA-256 (RFC 5869) for one block of 32 bytes.
func derive(secret, salt []byte, info string) []byte {
	if salt == nil {
		salt = make([]byte, sha256.Size)
	}
	extract := hmac.New(sha256.New, salt)
	extract.Write(secret)
	expand := hmac.New(sha256.New, extract.Sum(nil))
	expand.Write(append([]byte(info), 1))
	return expand.Sum(nil)
}

func (w *writer) Write(b []byte) (written int, err error) {
	for len(b) > 0 && w.err == nil {
		// A full piece waits: it may be the last.
		if len(w.chunk) == chunkSize {
			w.flush(false)
			continue
		}
		n := min(len(b), chunkSize-len(w.chunk))
		w.chunk = append(w.chunk, b[:n]...)
		b = b[n:]
		written += n
	}
	return written, w.err
}

func (w *writer) flush(last bool) {
	var nonce [chacha20poly1305.NonceSize]byte
	binary.BigEndian.PutUint64(nonce[3:], w.number)
	if last {
		nonce[11] = 1
	}
	w.number++
	w.sealed = w.sealer.Seal(w.sealed[:0], nonce[:], w.chunk, nil)
	w.chunk = w.chunk[:0]
	_, w.err = w.target.Write(w.sealed)
}

var errClosed = errors.New("it is closed")

func (w *writer) Close() error {
	if w.err == nil {
		w.flush(true)
	}
	if w.err != nil {
		return w.err
	}
	w.err = errClosed
	return nil
}
