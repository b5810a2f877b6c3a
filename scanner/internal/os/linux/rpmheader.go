//go:build linux

package linux

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strconv"

	"genehound/scanner/internal/model"
)

var (
	errHeader      = errors.New("a package's header is not as rpm writes it")
	errHeaderLimit = errors.New("a package's header is larger than what is read")
)

// Tags and types of rpm's headers (rpm, docs/manual/tags.md and docs/manual/hregions.md).
const (
	tagName          = 1000
	tagVersion       = 1001
	tagRelease       = 1002
	tagEpoch         = 1003
	tagArch          = 1022
	tagFileDigests   = 1035
	tagDirIndexes    = 1116
	tagBaseNames     = 1117
	tagDirNames      = 1118
	tagDigestKind    = 5011
	typeInt32        = 4
	typeString       = 6
	typeStringArray  = 8
	maxHeaderEntries = 4096
	// maxDirectoryBytes is what the names of one package's directories take at most; a kernel's development files take 300 kB.
	maxDirectoryBytes = 4 << 20
	maxOwnedFiles     = 1 << 20
)

// rpmTags are those that are read, and their types.
var rpmTags = map[uint32]uint32{
	tagName: typeString, tagVersion: typeString, tagRelease: typeString, tagEpoch: typeInt32, tagArch: typeString,
	tagFileDigests: typeStringArray, tagDirIndexes: typeInt32, tagBaseNames: typeStringArray, tagDirNames: typeStringArray,
	tagDigestKind: typeInt32,
}

// rpmEntry says where a tag's values begin, and how many there are.
type rpmEntry struct {
	offset int64
	count  int
}

// rpmHeader is one package's header, read where it stands: two lengths, an index of 16 bytes for each tag, values.
type rpmHeader struct {
	blob    *io.SectionReader
	entries map[uint32]rpmEntry
}

func readRPMHeader(blob *io.SectionReader) (*rpmHeader, error) {
	var lengths [8]byte
	if _, err := blob.ReadAt(lengths[:], 0); err != nil {
		return nil, errHeader
	}
	count, size := binary.BigEndian.Uint32(lengths[:]), binary.BigEndian.Uint32(lengths[4:])
	if count > maxHeaderEntries {
		return nil, errHeaderLimit
	}
	values := 8 + 16*int64(count)
	if values+int64(size) > blob.Size() {
		return nil, errHeader
	}
	index := make([]byte, 16*count)
	if _, err := blob.ReadAt(index, 8); err != nil {
		return nil, err
	}
	h := &rpmHeader{blob: blob, entries: map[uint32]rpmEntry{}}
	for ; len(index) >= 16; index = index[16:] {
		tag, kind := binary.BigEndian.Uint32(index), binary.BigEndian.Uint32(index[4:])
		want, known := rpmTags[tag]
		if !known {
			continue
		}
		offset, count := binary.BigEndian.Uint32(index[8:]), binary.BigEndian.Uint32(index[12:])
		if kind != want || offset > size {
			return nil, errHeader
		}
		if count > maxOwnedFiles {
			return nil, errHeaderLimit
		}
		h.entries[tag] = rpmEntry{offset: values + int64(offset), count: int(count)}
	}
	return h, nil
}

func (h *rpmHeader) count(tag uint32) int { return h.entries[tag].count }

// reader stands at a tag's first value; it is empty where there is none.
func (h *rpmHeader) reader(tag uint32) io.Reader {
	entry, has := h.entries[tag]
	if !has {
		return io.NewSectionReader(h.blob, 0, 0)
	}
	return io.NewSectionReader(h.blob, entry.offset, h.blob.Size()-entry.offset)
}

// maxRPMString is longer than a path may be.
const maxRPMString = 8192

// appendString reads up to the zero byte that ends a text.
func appendString(to []byte, from *bufio.Reader) ([]byte, error) {
	for start := len(to); ; {
		one, err := from.ReadByte()
		if err != nil {
			return to, err
		}
		if one == 0 {
			return to, nil
		}
		if len(to)-start == maxRPMString {
			return to, errHeaderLimit
		}
		to = append(to, one)
	}
}

// strings are all values of a tag, of at most that many bytes together.
func (h *rpmHeader) strings(tag uint32, most int) ([]string, error) {
	var all []string
	lines := bufio.NewReader(h.reader(tag))
	var one []byte
	for i := 0; i < h.count(tag); i++ {
		var err error
		if one, err = appendString(one[:0], lines); err != nil {
			return nil, err
		}
		// 16 bytes are a string's own.
		if most -= len(one) + 16; most < 0 {
			return nil, errHeaderLimit
		}
		all = append(all, string(one))
	}
	return all, nil
}

func (h *rpmHeader) text(tag uint32) (string, error) {
	if h.count(tag) == 0 {
		return "", nil
	}
	text, err := appendString(nil, bufio.NewReader(h.reader(tag)))
	return string(text), err
}

func (h *rpmHeader) number(tag uint32) (value uint32, has bool, err error) {
	if h.count(tag) == 0 {
		return 0, false, nil
	}
	var bytes [4]byte
	_, err = io.ReadFull(h.reader(tag), bytes[:])
	return binary.BigEndian.Uint32(bytes[:]), err == nil, err
}

// owner names the package as rpm does: name.architecture, epoch:version-release, the epoch only where there is one.
func (h *rpmHeader) owner() (model.Package, error) {
	var texts [4]string
	for i, tag := range []uint32{tagName, tagArch, tagVersion, tagRelease} {
		text, err := h.text(tag)
		if err != nil {
			return model.Package{}, err
		}
		texts[i] = text
	}
	name, version := texts[0], texts[2]+"-"+texts[3]
	if name == "" {
		return model.Package{}, errHeader
	}
	if texts[1] != "" {
		name += "." + texts[1]
	}
	epoch, has, err := h.number(tagEpoch)
	if err != nil {
		return model.Package{}, err
	}
	if has {
		version = strconv.FormatUint(uint64(epoch), 10) + ":" + version
	}
	return model.Package{Manager: "rpm", Name: clip(name, model.MaxName), Version: clip(version, model.MaxName)}, nil
}

// digestKind is the algorithm of the files' digests, by the numbers of RFC 9580, section 9.5; none means MD5.
func (h *rpmHeader) digestKind() (string, error) {
	number, has, err := h.number(tagDigestKind)
	switch {
	case err != nil:
		return "", err
	case !has || number == 1:
		return "md5", nil
	case number == 2:
		return "sha1", nil
	case number == 8:
		return "sha256", nil
	default:
		return "", nil
	}
}
