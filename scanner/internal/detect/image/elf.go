// Package image reads as much of image files as the scan needs, from hostile bytes: every count and offset is
// bounded, and what is wrong is an error, never a panic.
package image

import (
	"encoding/binary"
	"errors"
	"io"
)

// Kind of an image by its first bytes.
type Kind uint8

const (
	NoImage Kind = iota
	ELF
	PE
	MachO
)

// KindOf tells from the first four bytes or more; anything else than an image never leaves the machine.
func KindOf(head []byte) Kind {
	if len(head) < 4 {
		return NoImage
	}
	switch {
	case head[0] == 0x7f && head[1] == 'E' && head[2] == 'L' && head[3] == 'F':
		return ELF
	case head[0] == 'M' && head[1] == 'Z':
		return PE
	}
	switch binary.LittleEndian.Uint32(head) {
	case 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe:
		return MachO
	}
	return NoImage
}

// IsImage is stricter than KindOf where more bytes are at hand: two letters do not make a PE file.
func IsImage(head []byte) bool {
	switch KindOf(head) {
	case ELF:
		return len(head) >= 52 && (head[4] == 1 || head[4] == 2) && (head[5] == 1 || head[5] == 2) && head[6] == 1
	case PE:
		if len(head) < 64 {
			return false
		}
		at := binary.LittleEndian.Uint32(head[60:])
		return uint64(at)+4 <= uint64(len(head)) && string(head[at:at+4]) == "PE\x00\x00"
	case MachO:
		return len(head) >= 28
	default:
		return false
	}
}

// HeadSize is how much of a file IsImage should see.
const HeadSize = 4096

// Program header types and flags (System V ABI).
const (
	ptLoad    = 1
	ptDynamic = 2
	ptInterp  = 3
	flagX     = 1
	flagW     = 2
)

// Segment is one PT_LOAD.
type Segment struct {
	Offset, Address, FileSize, MemorySize uint64
	Exec, Write                           bool
}

// File is the part of an ELF file that says how it is laid out.
type File struct {
	Is64       bool
	Machine    uint16
	Type       uint16
	Interp     bool
	HeaderSize uint64 // bytes from the start that hold the ELF header and the program headers
	Segments   []Segment
	dynamic    struct{ offset, size uint64 }
	order      binary.ByteOrder
	reader     io.ReaderAt
}

// Machines of the ELF header.
const (
	MachineX86    = 3
	MachineX86_64 = 62
	MachineARM64  = 183
)

var (
	errNotELF    = errors.New("no ELF image")
	errMalformed = errors.New("malformed ELF image")
)

const (
	maxProgramHeaders = 256
	maxSegments       = 64
	// maxImage bounds SizeOfImage: larger than any real one.
	maxImage = 1 << 30
)

// ReadELF reads the headers of an ELF file.
func ReadELF(r io.ReaderAt) (*File, error) {
	head := make([]byte, 64)
	if n, err := r.ReadAt(head, 0); n < 52 {
		if err == nil || errors.Is(err, io.EOF) {
			err = errNotELF
		}
		return nil, err
	}
	if KindOf(head) != ELF {
		return nil, errNotELF
	}
	f := &File{reader: r, order: binary.LittleEndian, Is64: head[4] == 2}
	if head[4] != 1 && head[4] != 2 || head[5] != 1 && head[5] != 2 {
		return nil, errMalformed
	}
	if head[5] == 2 {
		f.order = binary.BigEndian
	}
	f.Type, f.Machine = f.order.Uint16(head[16:]), f.order.Uint16(head[18:])
	var phoff uint64
	var entry, count int
	if f.Is64 {
		phoff = f.order.Uint64(head[32:])
		entry, count = int(f.order.Uint16(head[54:])), int(f.order.Uint16(head[56:]))
		if entry != 56 {
			return nil, errMalformed
		}
	} else {
		phoff = uint64(f.order.Uint32(head[28:]))
		entry, count = int(f.order.Uint16(head[42:])), int(f.order.Uint16(head[44:]))
		if entry != 32 {
			return nil, errMalformed
		}
	}
	if count == 0 || count > maxProgramHeaders || phoff > 1<<32 {
		return nil, errMalformed
	}
	table := make([]byte, entry*count)
	if n, _ := r.ReadAt(table, int64(phoff)); n < len(table) {
		return nil, errMalformed
	}
	f.HeaderSize = phoff + uint64(len(table))
	for i := 0; i < count; i++ {
		f.programHeader(table[i*entry:])
	}
	if len(f.Segments) == 0 || len(f.Segments) > maxSegments {
		return nil, errMalformed
	}
	if f.Size() == 0 {
		return nil, errMalformed
	}
	return f, nil
}

func (f *File) programHeader(b []byte) {
	var kind, flags uint32
	var offset, address, fileSize, memorySize uint64
	kind = f.order.Uint32(b)
	if f.Is64 {
		flags = f.order.Uint32(b[4:])
		offset, address = f.order.Uint64(b[8:]), f.order.Uint64(b[16:])
		fileSize, memorySize = f.order.Uint64(b[32:]), f.order.Uint64(b[40:])
	} else {
		flags = f.order.Uint32(b[24:])
		offset, address = uint64(f.order.Uint32(b[4:])), uint64(f.order.Uint32(b[8:]))
		fileSize, memorySize = uint64(f.order.Uint32(b[16:])), uint64(f.order.Uint32(b[20:]))
	}
	switch kind {
	case ptLoad:
		if memorySize == 0 || fileSize > memorySize || offset+fileSize < offset || address+memorySize < address {
			return
		}
		f.Segments = append(f.Segments, Segment{
			Offset: offset, Address: address, FileSize: fileSize, MemorySize: memorySize,
			Exec: flags&flagX != 0, Write: flags&flagW != 0,
		})
	case ptDynamic:
		f.dynamic.offset, f.dynamic.size = offset, min(fileSize, 1<<16)
	case ptInterp:
		f.Interp = true
	}
}

const pageSize = 4096

func pageDown(v uint64) uint64 { return v &^ (pageSize - 1) }
func pageUp(v uint64) uint64   { return (v + pageSize - 1) &^ (pageSize - 1) }

// Base is the page-aligned address of the lowest segment, the zero of RVAs.
func (f *File) Base() uint64 {
	base := ^uint64(0)
	for _, s := range f.Segments {
		base = min(base, pageDown(s.Address))
	}
	return base
}

// Size is SizeOfImage: from Base to the page-aligned end of the highest segment, 0 where that is absurd.
func (f *File) Size() uint64 {
	base, end := f.Base(), uint64(0)
	for _, s := range f.Segments {
		end = max(end, s.Address+s.MemorySize)
	}
	if end <= base || end-base > maxImage {
		return 0
	}
	return pageUp(end) - base
}

// RVA of a file offset in the segment that holds its page, as the loader maps it: whole pages.
func (f *File) RVA(offset uint64, exec bool) (uint64, bool) {
	for _, s := range f.Segments {
		if s.Exec != exec || s.FileSize == 0 {
			continue
		}
		start, end := pageDown(s.Offset), pageUp(s.Offset+s.FileSize)
		if offset >= start && offset < end {
			return pageDown(s.Address) - f.Base() + (offset - start), true
		}
	}
	return 0, false
}

// ExecBytes is how much of the file is mapped executable.
func (f *File) ExecBytes() uint64 {
	var n uint64
	for _, s := range f.Segments {
		if s.Exec {
			n += s.FileSize
		}
	}
	return n
}

// Chunk is a run of the mapped layout: bytes of the file at an RVA, whole pages.
type Chunk struct {
	RVA, Offset, Size uint64
	Header            bool
}

// MappedChunks lists, ascending and not overlapping, what of the file belongs to the mapped layout: the headers'
// first page (cut to the headers where headersOnly) and the pages of executable segments. All else is zero.
func (f *File) MappedChunks(headersOnly bool) []Chunk {
	var chunks []Chunk
	base := f.Base()
	for _, s := range f.Segments {
		if s.FileSize == 0 {
			continue
		}
		start, end := pageDown(s.Offset), s.Offset+s.FileSize
		rva := pageDown(s.Address) - base
		switch {
		case s.Exec:
			chunks = append(chunks, Chunk{RVA: rva, Offset: start, Size: end - start})
		case start == 0:
			size := min(end, pageSize)
			if headersOnly {
				size = min(size, f.HeaderSize)
			}
			chunks = append(chunks, Chunk{RVA: rva, Offset: 0, Size: size, Header: true})
		}
	}
	sortChunks(chunks)
	// Overlapping segments are possible in hostile files: the first one stays.
	kept := chunks[:0]
	next := uint64(0)
	for _, c := range chunks {
		if c.RVA < next || c.RVA+c.Size > f.Size() {
			continue
		}
		kept = append(kept, c)
		next = c.RVA + c.Size
	}
	return kept
}

func sortChunks(chunks []Chunk) {
	for i := 1; i < len(chunks); i++ {
		for j := i; j > 0 && chunks[j].RVA < chunks[j-1].RVA; j-- {
			chunks[j], chunks[j-1] = chunks[j-1], chunks[j]
		}
	}
}

// Detach lets go of the reader; what the headers say stays.
func (f *File) Detach() { f.reader = closedReader{} }

type closedReader struct{}

func (closedReader) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }
