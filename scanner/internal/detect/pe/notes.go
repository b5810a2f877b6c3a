package pe

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"math/big"
	"strings"
	"unicode/utf16"
)

const (
	maxCertificates = 1 << 20 // bytes of a certificate table
	maxVersion      = 64 << 10
	maxEntries      = 4096 // of one resource directory
	maxNote         = 512  // bytes of one text
	checkSumSize    = 4
	versionResource = 16
	anyResource     = -1
	english         = 0x0409
)

// Notes are what an image file says of itself. Nothing of it is proof: anyone writes what he likes, and a signature's chain
// is not followed here.
type Notes struct {
	Version, Product, Company, OriginalName string
	// Signer is the subject of the certificate that the signature names, Matches that what was signed is this file's digest.
	Signer  string
	Matches bool
}

// ReadNotes reads the version resource and the signature of an image file with this Authenticode digest (hex, or empty).
func ReadNotes(r io.ReaderAt, digest string) Notes {
	var notes Notes
	cached := NewCached(r)
	file, err := ReadFile(cached)
	if err != nil {
		return notes
	}
	if b := file.versionInfo(); b != nil {
		notes.strings(b, 0)
	}
	notes.signature(file.certificates(cached), digest)
	return notes
}

// versionInfo finds the version resource: type, name and language are three levels of directories (PE Format, .rsrc).
func (f *File) versionInfo() []byte {
	root := f.Directories[DirectoryResource]
	if root.RVA == 0 {
		return nil
	}
	at, ok := f.resource(root.RVA, 0, versionResource)
	if ok && at&0x8000_0000 != 0 {
		at, ok = f.resource(root.RVA, at&0x7fff_ffff, anyResource)
	}
	if ok && at&0x8000_0000 != 0 {
		languages := at & 0x7fff_ffff
		if at, ok = f.resource(root.RVA, languages, english); !ok {
			at, ok = f.resource(root.RVA, languages, anyResource)
		}
	}
	var entry [8]byte
	if !ok || at&0x8000_0000 != 0 || f.ReadRVA(root.RVA+at, entry[:]) < len(entry) {
		return nil
	}
	b := make([]byte, min(u32(entry[:], 4), maxVersion))
	return b[:f.ReadRVA(u32(entry[:], 0), b)]
}

// resource looks an id up in one directory; anyResource takes the first.
func (f *File) resource(root, offset uint32, id int64) (uint32, bool) {
	var head [16]byte
	if f.ReadRVA(root+offset, head[:]) < len(head) {
		return 0, false
	}
	count := min(int(u16(head[:], 12))+int(u16(head[:], 14)), maxEntries)
	for i := 0; i < count; i++ {
		var entry [8]byte
		if f.ReadRVA(root+offset+16+8*uint32(i), entry[:]) < len(entry) {
			return 0, false
		}
		if id == anyResource || int64(u32(entry[:], 0)) == id {
			return u32(entry[:], 4), true
		}
	}
	return 0, false
}

// strings goes through one level of VERSIONINFO's blocks: length, length and type of the value, key, value, children.
func (n *Notes) strings(b []byte, depth int) {
	for len(b) >= 6 && depth < 4 {
		length, valueLength := int(u16(b, 0)), int(u16(b, 2))
		if length < 6 || length > len(b) {
			return
		}
		key, at := wideText(b[6:length])
		at = (at + 6 + 3) &^ 3
		switch {
		case key == "VS_VERSION_INFO":
			n.strings(b[min((at+valueLength+3)&^3, length):length], depth+1)
		case depth == 1 && key == "StringFileInfo", depth == 2:
			n.strings(b[min(at, length):length], depth+1)
		case depth == 3 && at <= length:
			value, _ := wideText(b[at:length])
			n.set(key, strings.TrimSpace(value))
		}
		b = b[min((length+3)&^3, len(b)):]
	}
}

func (n *Notes) set(key, value string) {
	if len(value) > maxNote {
		value = strings.ToValidUTF8(value[:maxNote], "")
	}
	switch key {
	case "FileVersion":
		n.Version = value
	case "ProductName":
		n.Product = value
	case "CompanyName":
		n.Company = value
	case "OriginalFilename":
		n.OriginalName = value
	}
}

// wideText reads UTF-16 up to its end mark; next is where what follows begins.
func wideText(b []byte) (text string, next int) {
	var units []uint16
	for next+2 <= len(b) {
		unit := binary.LittleEndian.Uint16(b[next:])
		next += 2
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	return strings.ToValidUTF8(string(utf16.Decode(units)), "?"), next
}

// certificates reads the table behind the image; its directory holds an offset in the file, not an RVA.
func (f *File) certificates(r io.ReaderAt) []byte {
	directory := f.Directories[DirectoryCertificate]
	if directory.RVA == 0 || directory.Size < 8 || directory.Size > maxCertificates {
		return nil
	}
	b := make([]byte, directory.Size)
	n, _ := r.ReadAt(b, int64(directory.RVA))
	return b[:n]
}

// signature reads the first entry of a certificate table: PKCS #7 signed data (RFC 2315) over the file's digest.
func (n *Notes) signature(table []byte, digest string) {
	const signedData = 2
	if len(table) < 8 || u16(table, 6) != signedData {
		return
	}
	size := u32(table, 0)
	if size < 8 || uint64(size) > uint64(len(table)) {
		return
	}
	signer, content := signedBy(table[8:size])
	if sum, err := hex.DecodeString(digest); err == nil && len(sum) > 0 && content != nil {
		n.Matches = bytes.Contains(content, sum)
	}
	n.Signer = signer
}

// CatalogSigner is the subject of the certificate that a catalog's signature names, empty where the catalog does not list the
// Authenticode digest (hex). No chain is followed.
func CatalogSigner(catalog []byte, digest string) string {
	signer, content := signedBy(catalog)
	sum, err := hex.DecodeString(digest)
	if err != nil || len(sum) == 0 || !bytes.Contains(content, sum) {
		return ""
	}
	return signer
}

// signedBy reads signed data (RFC 2315): the common name of the certificate that its first signer names, and what is signed, nil
// where the message is malformed.
func signedBy(message []byte) (name string, content []byte) {
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	var data struct {
		Version      int
		Algorithms   asn1.RawValue
		Content      asn1.RawValue
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		Lists        asn1.RawValue `asn1:"optional,tag:1"`
		Signers      asn1.RawValue
	}
	if _, err := asn1.Unmarshal(message, &outer); err != nil {
		return "", nil
	}
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &data); err != nil {
		return "", nil
	}
	var signer struct {
		Version int
		Issuer  struct {
			Name   asn1.RawValue
			Serial *big.Int
		}
	}
	if _, err := asn1.Unmarshal(data.Signers.Bytes, &signer); err != nil || signer.Issuer.Serial == nil {
		return "", nil
	}
	for rest := data.Certificates.Bytes; len(rest) > 0; {
		var one asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &one); err != nil {
			break
		}
		certificate, err := x509.ParseCertificate(one.FullBytes)
		if err == nil && certificate.SerialNumber.Cmp(signer.Issuer.Serial) == 0 && bytes.Equal(certificate.RawIssuer, signer.Issuer.Name.FullBytes) {
			name = certificate.Subject.CommonName
			if len(name) > maxNote {
				name = strings.ToValidUTF8(name[:maxNote], "")
			}
			break
		}
	}
	return name, data.Content.Bytes
}

// Digest is the Authenticode digest of a file, computed as its bytes come: without the checksum, the entry of the certificate
// table and that table itself, which signing changes.
type Digest struct {
	hash    hash.Hash
	at      int64
	skip    [][2]int64 // ascending
	begun   bool
	invalid bool
	signed  bool
}

// Write takes the next bytes. The first ones must hold the headers.
func (d *Digest) Write(b []byte) (int, error) {
	if !d.begun {
		d.begin(b)
	}
	if d.invalid {
		return len(b), nil
	}
	start, end := d.at, d.at+int64(len(b))
	for _, skip := range d.skip {
		if from := min(max(skip[0], start), end); from > start {
			d.hash.Write(b[start-d.at : from-d.at])
			start = from
		}
		start = min(max(start, skip[1]), end)
		if skip[0] >= end {
			break
		}
	}
	d.hash.Write(b[start-d.at:])
	d.at = end
	return len(b), nil
}

func (d *Digest) begin(b []byte) {
	d.begun = true
	h, err := ParseHeaders(b)
	if err != nil {
		d.invalid = true
		return
	}
	d.hash = sha256.New()
	entry := int64(h.directoriesAt + 8*DirectoryCertificate)
	d.skip = [][2]int64{{int64(h.checkSumAt), int64(h.checkSumAt) + checkSumSize}, {entry, entry + 8}}
	if table := h.Directories[DirectoryCertificate]; table.RVA != 0 && int64(table.RVA) >= entry+8 {
		d.skip = append(d.skip, [2]int64{int64(table.RVA), int64(table.RVA) + int64(table.Size)})
		d.signed = true
	}
}

// Sum is the digest in hex, empty where the bytes are no image's.
func (d *Digest) Sum() string {
	if d.invalid || !d.begun {
		return ""
	}
	if !d.signed && d.at%8 != 0 {
		// Signing would first fill the file up to a multiple of eight.
		d.hash.Write(make([]byte, 8-d.at%8))
	}
	return hex.EncodeToString(d.hash.Sum(nil))
}
