// Package petest writes small images for tests that must know every byte of them.
package petest

import "encoding/binary"

// Builder holds an image file: .text at RVA 0x1000 and .rdata at 0x2000, both for a test to fill.
type Builder struct {
	Bytes []byte
	Base  uint64 // preferred
}

// Where the sections are, in memory and in the file, and SizeOfImage.
const (
	Text, Data = 0x1000, 0x2000
	RawText    = 0x400
	RawData    = 0x800
	Size       = 0x4000
)

// New makes a library for x64.
func New() *Builder {
	b := &Builder{Bytes: make([]byte, 0x1800), Base: 0x1_8000_0000}
	put := func(at int, value any) { b.Put(at, value) }
	copy(b.Bytes, "MZ")
	put(60, uint32(0x80))
	copy(b.Bytes[0x80:], "PE\x00\x00")
	put(0x84, uint16(0x8664))
	put(0x86, uint16(2))
	put(0x88, uint32(0x5f00_0000))
	put(0x94, uint16(240))
	put(0x96, uint16(0x2000))
	const optional = 0x98
	put(optional, uint16(0x20b))
	put(optional+16, uint32(0x1010))
	put(optional+24, b.Base)
	put(optional+32, uint32(0x1000))
	put(optional+36, uint32(0x200))
	put(optional+56, uint32(Size))
	put(optional+60, uint32(0x400))
	put(optional+108, uint32(16))
	b.Section(optional+240, ".text", Text, RawText, 0x400, 0x6000_0020)
	b.Section(optional+280, ".rdata", Data, RawData, 0x1000, 0x4000_0040)
	return b
}

// Section writes a section header.
func (b *Builder) Section(at int, name string, rva, raw, size, characteristics uint32) {
	copy(b.Bytes[at:], name)
	b.Put(at+8, size)
	b.Put(at+12, rva)
	b.Put(at+16, size)
	b.Put(at+20, raw)
	b.Put(at+36, characteristics)
}

// Directory sets an entry of the data directories.
func (b *Builder) Directory(index int, rva, size uint32) {
	b.Put(0x98+112+8*index, rva)
	b.Put(0x98+116+8*index, size)
}

// Put writes a number or text at an offset of the file.
func (b *Builder) Put(at int, value any) {
	switch v := value.(type) {
	case uint16:
		binary.LittleEndian.PutUint16(b.Bytes[at:], v)
	case uint32:
		binary.LittleEndian.PutUint32(b.Bytes[at:], v)
	case uint64:
		binary.LittleEndian.PutUint64(b.Bytes[at:], v)
	case string:
		copy(b.Bytes[at:], v)
	}
}

// DataAt is the file offset of an RVA in .rdata.
func DataAt(rva int) int { return rva - Data + RawData }
