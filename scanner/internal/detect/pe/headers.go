// Package pe reads as much of Windows images as the scan needs, from hostile bytes: every count and offset is bounded,
// what is wrong is an error or left out, never a panic. It reads at relative virtual addresses (RVAs) through Image, so
// that a file and the memory of a process are read by the same code. Format: Microsoft's "PE Format".
package pe

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// Directories of the optional header that are looked at.
const (
	DirectoryExport      = 0
	DirectoryImport      = 1
	DirectoryResource    = 2
	DirectoryCertificate = 4
	DirectoryRelocation  = 5
	DirectoryLoadConfig  = 10
	DirectoryIAT         = 12
	DirectoryDelayImport = 13
	DirectoryCLI         = 14
	directories          = 16
)

// Machines of the file header.
const (
	MachineI386  = 0x014c
	MachineAMD64 = 0x8664
	MachineARM64 = 0xaa64
)

// Section characteristics.
const (
	sectionCode    = 0x20
	sectionExecute = 0x2000_0000
	sectionWrite   = 0x8000_0000
)

const (
	// PageSize is that of every Windows on x64.
	PageSize = 4096
	// maxHeaders is how much of an image's start is read for headers.
	maxHeaders  = 64 << 10
	maxSections = 96      // the loader's own bound
	maxImage    = 2 << 30 // SizeOfImage beyond is absurd
	fileRound   = 512     // the loader rounds raw offsets down to it
	dllFlag     = 0x2000  // IMAGE_FILE_DLL
	sectionSize = 40      // of one section header
	imageBase32 = 28      // offsets in the optional header
	imageBase64 = 24
)

// Directory is one entry of the data directories.
type Directory struct{ RVA, Size uint32 }

// Section is one section header.
type Section struct {
	Name               string
	RVA, VirtualSize   uint32
	RawOffset, RawSize uint32
	Characteristics    uint32
}

// Executable tells whether the loader maps the section executable.
func (s *Section) Executable() bool { return s.Characteristics&sectionExecute != 0 }

// Writable tells whether the loader maps the section writable.
func (s *Section) Writable() bool { return s.Characteristics&sectionWrite != 0 }

// Span is how many bytes of addresses the section takes, whole pages.
func (s *Section) Span() uint32 {
	size := s.VirtualSize
	if size == 0 {
		size = s.RawSize
	}
	return pageUp(size)
}

// Headers are what the headers of an image say.
type Headers struct {
	Machine       uint16
	Is64, DLL     bool
	TimeDateStamp uint32
	CheckSum      uint32
	EntryPoint    uint32
	ImageBase     uint64
	SizeOfImage   uint32 // page-aligned
	SizeOfHeaders uint32
	Alignment     uint32 // of sections
	Directories   [directories]Directory
	Sections      []Section

	// Offsets of fields that the loader changes in memory, or that a hash leaves out.
	imageBaseAt, checkSumAt, directoriesAt int
}

var (
	errNotPE     = errors.New("it is no PE image")
	errMalformed = errors.New("its PE headers are malformed")
)

// ParseHeaders reads the headers from the first bytes of an image; at least SizeOfHeaders of them should be given.
func ParseHeaders(b []byte) (*Headers, error) {
	if len(b) < 64 || b[0] != 'M' || b[1] != 'Z' {
		return nil, errNotPE
	}
	nt := int(binary.LittleEndian.Uint32(b[60:]))
	if nt < 4 || nt > maxHeaders || nt+24 > len(b) || string(b[nt:nt+4]) != "PE\x00\x00" {
		return nil, errNotPE
	}
	h := &Headers{Machine: u16(b, nt+4), TimeDateStamp: u32(b, nt+8)}
	sections, optionalSize := int(u16(b, nt+6)), int(u16(b, nt+20))
	h.DLL = u16(b, nt+22)&dllFlag != 0
	optional := nt + 24
	if sections > maxSections || optional+optionalSize > len(b) || optionalSize < 96 {
		return nil, errMalformed
	}
	if err := h.parseOptional(b[:optional+optionalSize], optional); err != nil {
		return nil, err
	}
	return h, h.parseSections(b, optional+optionalSize, sections)
}

func (h *Headers) parseOptional(b []byte, at int) error {
	fixed := 96
	switch u16(b, at) {
	case 0x10b:
		h.ImageBase, h.imageBaseAt = uint64(u32(b, at+imageBase32)), at+imageBase32
	case 0x20b:
		h.Is64, fixed = true, 112
		if at+fixed > len(b) {
			return errMalformed
		}
		h.ImageBase, h.imageBaseAt = binary.LittleEndian.Uint64(b[at+imageBase64:]), at+imageBase64
	default:
		return errMalformed
	}
	h.EntryPoint, h.Alignment = u32(b, at+16), u32(b, at+32)
	size := u32(b, at+56)
	if size == 0 || size > maxImage {
		return errMalformed
	}
	h.SizeOfImage, h.SizeOfHeaders = pageUp(size), min(u32(b, at+60), pageUp(size))
	h.checkSumAt, h.CheckSum = at+64, u32(b, at+64)
	h.directoriesAt = at + fixed
	count := min(int(u32(b, at+fixed-4)), directories, (len(b)-at-fixed)/8)
	for i := 0; i < count; i++ {
		h.Directories[i] = Directory{u32(b, at+fixed+8*i), u32(b, at+fixed+8*i+4)}
	}
	return nil
}

func (h *Headers) parseSections(b []byte, at, count int) error {
	previous := uint32(0)
	for i := 0; i < count; i++ {
		if at+sectionSize > len(b) {
			return errMalformed
		}
		s := parseSection(b[at:])
		at += sectionSize
		if s.RVA < previous || uint64(s.RVA)+uint64(s.Span()) > uint64(h.SizeOfImage) {
			return errMalformed
		}
		previous = s.RVA
		h.Sections = append(h.Sections, s)
	}
	return nil
}

func parseSection(b []byte) Section {
	return Section{
		Name:        strings.TrimRight(strings.ToValidUTF8(string(b[:8]), "?"), "\x00"),
		VirtualSize: u32(b, 8), RVA: u32(b, 12), RawSize: u32(b, 16), RawOffset: u32(b, 20), Characteristics: u32(b, 36),
	}
}

// Width is how many bytes an address has in the image.
func (h *Headers) Width() int {
	if h.Is64 {
		return 8
	}
	return 4
}

// SameBuild tells whether two headers are of one build of a program: what a linker writes anew each time is equal.
func (h *Headers) SameBuild(other *Headers) bool {
	return h.Machine == other.Machine && h.TimeDateStamp == other.TimeDateStamp && h.CheckSum == other.CheckSum &&
		h.SizeOfImage == other.SizeOfImage && h.EntryPoint == other.EntryPoint
}

// SectionAt finds the section that holds an RVA, nil for the headers and gaps.
func (h *Headers) SectionAt(rva uint32) *Section {
	for i := range h.Sections {
		if s := &h.Sections[i]; rva >= s.RVA && rva-s.RVA < s.Span() {
			return s
		}
	}
	return nil
}

// ExecutableBytes is how many bytes of the image are mapped executable.
func (h *Headers) ExecutableBytes() uint64 {
	var sum uint64
	for i := range h.Sections {
		if h.Sections[i].Executable() {
			sum += uint64(h.Sections[i].Span())
		}
	}
	return sum
}

// DifferentHeaders counts the bytes in which two copies of the headers differ, other than the image base, which the
// loader sets. b and other start at the image's first byte.
func (h *Headers) DifferentHeaders(b, other []byte) int {
	size := min(len(b), len(other), int(h.SizeOfHeaders))
	width := 4
	if h.Is64 {
		width = 8
	}
	different := 0
	for i := 0; i < size; i++ {
		if b[i] != other[i] && (i < h.imageBaseAt || i >= h.imageBaseAt+width) {
			different++
		}
	}
	return different
}

// Image reads bytes at RVAs and tells how many there were; what is not there stays zero.
type Image interface {
	ReadRVA(rva uint32, b []byte) int
}

// File is an image file read as the loader maps it, before relocation.
type File struct {
	*Headers
	reader io.ReaderAt
}

// ReadFile reads the headers of an image file.
func ReadFile(r io.ReaderAt) (*File, error) {
	head := make([]byte, PageSize)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	headers, err := ParseHeaders(head[:n])
	if n == len(head) && (headers == nil || err != nil || headers.SizeOfHeaders > PageSize) && len(head) >= 2 && head[0] == 'M' {
		head = make([]byte, maxHeaders)
		n, _ = r.ReadAt(head, 0)
		headers, err = ParseHeaders(head[:n])
	}
	if err != nil {
		return nil, err
	}
	return &File{headers, r}, nil
}

// With reads the same image through another reader, for headers that outlive their file.
func (h *Headers) With(r io.ReaderAt) *File { return &File{h, r} }

// ReadRVA reads what the loader maps at an RVA.
func (f *File) ReadRVA(rva uint32, b []byte) int {
	clear(b)
	total := 0
	for done := 0; done < len(b); {
		offset, run := f.place(uint64(rva) + uint64(done))
		part := b[done:min(len(b), done+int(run))]
		if offset >= 0 {
			n, _ := f.reader.ReadAt(part, offset)
			clear(part[n:])
			total += n
		}
		done += len(part)
	}
	return total
}

// place tells where in the file the byte at an RVA is, -1 where the loader puts zeros, and for how many bytes that holds.
func (f *File) place(rva uint64) (offset int64, run uint64) {
	const whole = 1 << 20
	if f.Alignment < PageSize {
		// Low alignment: the file is mapped as it is.
		return int64(rva), whole
	}
	if rva < uint64(f.SizeOfHeaders) {
		return int64(rva), uint64(f.SizeOfHeaders) - rva
	}
	next := uint64(1) << 40
	for i := range f.Sections {
		s := &f.Sections[i]
		start := uint64(s.RVA)
		if rva < start {
			next = min(next, start)
			continue
		}
		within := rva - start
		if within >= uint64(s.Span()) {
			continue
		}
		// The loader maps whole sectors of the file, but no more than the section's pages.
		size := min((uint64(s.RawSize)+fileRound-1)/fileRound*fileRound, uint64(s.Span()))
		if within < size {
			return int64(s.RawOffset/fileRound*fileRound) + int64(within), size - within
		}
		return -1, uint64(s.Span()) - within
	}
	return -1, min(next-rva, whole)
}

func pageUp(v uint32) uint32 {
	if v > 1<<32-PageSize {
		return 1<<32 - PageSize
	}
	return (v + PageSize - 1) &^ (PageSize - 1)
}

func u16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }
func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
