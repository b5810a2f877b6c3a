package pe

import "encoding/binary"

// builder writes a small image: the bytes of tests that must know every one of them.
type builder struct {
	bytes []byte
	base  uint64
}

const (
	testText, testData = 0x1000, 0x2000
	testRawText        = 0x400
	testRawData        = 0x800
	testSize           = 0x4000
)

// newBuilder has a .text at RVA 0x1000 and a .rdata at 0x2000 that a test fills.
func newBuilder() *builder {
	b := &builder{bytes: make([]byte, 0x1800), base: 0x1_8000_0000}
	put := func(at int, value any) { b.put(at, value) }
	copy(b.bytes, "MZ")
	put(60, uint32(0x80))
	copy(b.bytes[0x80:], "PE\x00\x00")
	put(0x84, uint16(MachineAMD64))
	put(0x86, uint16(2))
	put(0x88, uint32(0x5f00_0000))
	put(0x94, uint16(240))
	put(0x96, uint16(dllFlag))
	const optional = 0x98
	put(optional, uint16(0x20b))
	put(optional+16, uint32(0x1010))
	put(optional+24, b.base)
	put(optional+32, uint32(0x1000))
	put(optional+36, uint32(0x200))
	put(optional+56, uint32(testSize))
	put(optional+60, uint32(0x400))
	put(optional+108, uint32(16))
	b.section(optional+240, ".text", testText, testRawText, 0x400, 0x6000_0020)
	b.section(optional+280, ".rdata", testData, testRawData, 0x1000, 0x4000_0040)
	return b
}

func (b *builder) section(at int, name string, rva, raw, size, characteristics uint32) {
	copy(b.bytes[at:], name)
	b.put(at+8, size)
	b.put(at+12, rva)
	b.put(at+16, size)
	b.put(at+20, raw)
	b.put(at+36, characteristics)
}

func (b *builder) directory(index int, rva, size uint32) {
	b.put(0x98+112+8*index, rva)
	b.put(0x98+116+8*index, size)
}

func (b *builder) put(at int, value any) {
	switch v := value.(type) {
	case uint16:
		binary.LittleEndian.PutUint16(b.bytes[at:], v)
	case uint32:
		binary.LittleEndian.PutUint32(b.bytes[at:], v)
	case uint64:
		binary.LittleEndian.PutUint64(b.bytes[at:], v)
	case string:
		copy(b.bytes[at:], v)
	}
}

// data is the file offset of an RVA in .rdata.
func data(rva int) int { return rva - testData + testRawData }
