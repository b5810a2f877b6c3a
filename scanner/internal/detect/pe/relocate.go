package pe

import (
	"encoding/binary"
	"sort"
)

const (
	maxRelocations = 16 << 20 // bytes of one image's table
	relocation32   = 3        // IMAGE_REL_BASED_HIGHLOW
	relocation64   = 10       // IMAGE_REL_BASED_DIR64
)

// Fixups are the RVAs, ascending, of an image's address words that the loader adjusts to where it loads it.
type Fixups struct {
	rvas []uint32
	wide bool // 8 bytes each, not 4
}

// ReadFixups reads the fixups within executable sections; the others are not compared.
func ReadFixups(h *Headers, image Image) Fixups {
	directory := h.Directories[DirectoryRelocation]
	fixups := Fixups{wide: h.Is64}
	if directory.Size < 8 || directory.Size > maxRelocations || directory.RVA >= h.SizeOfImage {
		return fixups
	}
	b := make([]byte, directory.Size)
	b = b[:min(len(b), image.ReadRVA(directory.RVA, b))]
	for len(b) >= 8 {
		page, size := u32(b, 0), int(u32(b, 4))
		if size < 8 || size > len(b) {
			break
		}
		if section := h.SectionAt(page); section != nil && section.Executable() {
			fixups.block(page, b[8:size])
		}
		b = b[size:]
	}
	sort.Slice(fixups.rvas, func(a, b int) bool { return fixups.rvas[a] < fixups.rvas[b] })
	return fixups
}

func (f *Fixups) block(page uint32, entries []byte) {
	wanted := uint16(relocation32)
	if f.wide {
		wanted = relocation64
	}
	for at := 0; at+2 <= len(entries); at += 2 {
		entry := u16(entries, at)
		if entry>>12 == wanted {
			f.rvas = append(f.rvas, page+uint32(entry&0xfff))
		}
	}
}

// Apply adjusts the bytes of an image at an RVA by delta, as the loader does. Words that begin before or end after b are
// adjusted in part, with the help of around, which reads the image itself.
func (f *Fixups) Apply(rva uint32, b []byte, delta uint64, around Image) {
	width := uint32(4)
	if f.wide {
		width = 8
	}
	end := uint64(rva) + uint64(len(b))
	first := sort.Search(len(f.rvas), func(i int) bool { return uint64(f.rvas[i])+uint64(width) > uint64(rva) })
	for _, at := range f.rvas[first:] {
		if uint64(at) >= end {
			return
		}
		var word [8]byte
		around.ReadRVA(at, word[:width])
		if f.wide {
			binary.LittleEndian.PutUint64(word[:], binary.LittleEndian.Uint64(word[:])+delta)
		} else {
			binary.LittleEndian.PutUint32(word[:], binary.LittleEndian.Uint32(word[:])+uint32(delta))
		}
		for i := uint32(0); i < width; i++ {
			if position := int64(at) + int64(i) - int64(rva); position >= 0 && position < int64(len(b)) {
				b[position] = word[i]
			}
		}
	}
}

// Len is the number of fixups.
func (f *Fixups) Len() int { return len(f.rvas) }
