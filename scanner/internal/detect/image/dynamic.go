package image

// Tags of the dynamic section (System V ABI; DT_GNU_HASH from binutils).
const (
	dtPltrelsz = 2
	dtHash     = 4
	dtStrtab   = 5
	dtSymtab   = 6
	dtRela     = 7
	dtRelasz   = 8
	dtStrsz    = 10
	dtSoname   = 14
	dtPltrel   = 20
	dtTextrel  = 22
	dtJmprel   = 23
	dtFlags    = 30
	dtGNUHash  = 0x6ffffef5

	dfTextrel = 4
)

// Dynamic is what the dynamic section says. Addresses are virtual.
type Dynamic struct {
	file                           *File
	hash, gnuHash, strtab, symtab  uint64
	soname, strsz                  uint64
	rela, relasz, jmprel, pltrelsz uint64
	pltrel                         uint64
	TextRelocations, hasSonameFlag bool
}

// Dynamic reads the dynamic section; ok is false where there is none.
func (f *File) Dynamic() (d Dynamic, ok bool) {
	d.file = f
	if f.dynamic.size == 0 {
		return d, false
	}
	b := make([]byte, f.dynamic.size)
	n, _ := f.reader.ReadAt(b, int64(f.dynamic.offset&(1<<62-1)))
	b = b[:n]
	word := 8
	if !f.Is64 {
		word = 4
	}
	for ; len(b) >= 2*word; b = b[2*word:] {
		tag, value := f.word(b), f.word(b[word:])
		switch tag {
		case 0:
			return d, true
		case dtHash:
			d.hash = value
		case dtGNUHash:
			d.gnuHash = value
		case dtStrtab:
			d.strtab = value
		case dtSymtab:
			d.symtab = value
		case dtStrsz:
			d.strsz = value
		case dtRela:
			d.rela = value
		case dtRelasz:
			d.relasz = value
		case dtJmprel:
			d.jmprel = value
		case dtPltrelsz:
			d.pltrelsz = value
		case dtPltrel:
			d.pltrel = value
		case dtSoname:
			d.soname, d.hasSonameFlag = value, true
		case dtTextrel:
			d.TextRelocations = true
		case dtFlags:
			d.TextRelocations = d.TextRelocations || value&dfTextrel != 0
		}
	}
	return d, true
}

func (f *File) word(b []byte) uint64 {
	if f.Is64 {
		return f.order.Uint64(b)
	}
	return uint64(f.order.Uint32(b))
}

// readAddress reads at a virtual address from the file; it returns fewer bytes where the file has no more.
func (f *File) readAddress(address uint64, b []byte) int {
	for _, s := range f.Segments {
		if address >= s.Address && address-s.Address < s.FileSize {
			left := s.FileSize - (address - s.Address)
			if uint64(len(b)) > left {
				b = b[:left]
			}
			n, _ := f.reader.ReadAt(b, int64((s.Offset+address-s.Address)&(1<<62-1)))
			return n
		}
	}
	return 0
}

func (f *File) uint32At(address uint64) (uint32, bool) {
	var b [4]byte
	if f.readAddress(address, b[:]) < 4 {
		return 0, false
	}
	return f.order.Uint32(b[:]), true
}

// Soname is the library's own name, empty where it has none.
func (d *Dynamic) Soname() string {
	if !d.hasSonameFlag {
		return ""
	}
	return d.file.cString(d.strtab + d.soname)
}

func (f *File) cString(address uint64) string {
	var b [256]byte
	n := f.readAddress(address, b[:])
	for i := 0; i < n; i++ {
		if b[i] == 0 {
			return string(b[:i])
		}
	}
	return ""
}

// Exports tells whether the file defines a dynamic symbol of this name, by its GNU hash table: a handful of small
// reads whatever the number of symbols.
func (d *Dynamic) Exports(name string) bool {
	if d.gnuHash == 0 || d.symtab == 0 || d.strtab == 0 {
		return false
	}
	f := d.file
	buckets, ok1 := f.uint32At(d.gnuHash)
	offset, ok2 := f.uint32At(d.gnuHash + 4)
	bloom, ok3 := f.uint32At(d.gnuHash + 8)
	if !ok1 || !ok2 || !ok3 || buckets == 0 {
		return false
	}
	hash := uint32(5381)
	for i := 0; i < len(name); i++ {
		hash = hash*33 + uint32(name[i])
	}
	word := uint64(8)
	if !f.Is64 {
		word = 4
	}
	bucketTable := d.gnuHash + 16 + uint64(bloom)*word
	index, ok := f.uint32At(bucketTable + uint64(hash%buckets)*4)
	if !ok || index < offset {
		return false
	}
	chain := bucketTable + uint64(buckets)*4
	const maxChain = 4096
	for i := 0; i < maxChain; i, index = i+1, index+1 {
		value, ok := f.uint32At(chain + uint64(index-offset)*4)
		if !ok {
			return false
		}
		if value|1 == hash|1 && d.symbolIs(index, name) {
			return true
		}
		if value&1 != 0 {
			return false
		}
	}
	return false
}

func (d *Dynamic) symbolIs(index uint32, name string) bool {
	f := d.file
	size, section := uint64(24), 6
	if !f.Is64 {
		size, section = 16, 14
	}
	b := make([]byte, size)
	if f.readAddress(d.symtab+uint64(index)*size, b) < len(b) {
		return false
	}
	if f.order.Uint16(b[section:]) == 0 {
		return false
	}
	want := make([]byte, len(name)+1)
	if f.readAddress(d.strtab+uint64(f.order.Uint32(b)), want) < len(want) {
		return false
	}
	return string(want[:len(name)]) == name && want[len(name)] == 0
}
