package pe

import (
	"encoding/binary"
	"sort"
	"strings"
)

const (
	maxExports  = 65_536
	maxImports  = 2_048  // imported modules of one image
	maxThunks   = 65_536 // imported functions of one image
	maxNameSize = 512
)

// Exports are an image's export table.
type Exports struct {
	// TableRVA is where the function table lies; Functions are the RVAs in it.
	TableRVA  uint32
	Functions []uint32
	names     []exportName // by function index
	directory Directory
}

type exportName struct {
	function uint32 // index
	rva      uint32 // of the name
}

// ReadExports reads the export table; ok is false where there is none.
func ReadExports(h *Headers, image Image) (e *Exports, ok bool) {
	directory := h.Directories[DirectoryExport]
	var b [40]byte
	if directory.RVA == 0 || directory.Size < 40 || image.ReadRVA(directory.RVA, b[:]) < len(b) {
		return nil, false
	}
	functions, names := u32(b[:], 20), u32(b[:], 24)
	if functions > maxExports || names > maxExports {
		return nil, false
	}
	e = &Exports{TableRVA: u32(b[:], 28), directory: directory}
	e.Functions = words32(image, e.TableRVA, functions)
	nameRVAs := words32(image, u32(b[:], 32), names)
	ordinals := make([]byte, 2*len(nameRVAs))
	ordinals = ordinals[:image.ReadRVA(u32(b[:], 36), ordinals)]
	for i := range nameRVAs {
		if 2*i+2 > len(ordinals) {
			break
		}
		if index := uint32(u16(ordinals, 2*i)); index < uint32(len(e.Functions)) {
			e.names = append(e.names, exportName{index, nameRVAs[i]})
		}
	}
	return e, true
}

func words32(image Image, rva, count uint32) []uint32 {
	b := make([]byte, 4*count)
	b = b[:image.ReadRVA(rva, b)]
	words := make([]uint32, len(b)/4)
	for i := range words {
		words[i] = u32(b, 4*i)
	}
	return words
}

// Forwarded tells whether a function's RVA names a function of another module instead.
func (e *Exports) Forwarded(rva uint32) bool {
	return rva >= e.directory.RVA && rva-e.directory.RVA < e.directory.Size
}

// Find looks a name up in the sorted list of names and returns the function's RVA.
func (e *Exports) Find(image Image, name string) (rva uint32, ok bool) {
	i := sort.Search(len(e.names), func(i int) bool { return readName(image, e.names[i].rva) >= name })
	if i < len(e.names) && readName(image, e.names[i].rva) == name {
		return e.Functions[e.names[i].function], true
	}
	return 0, false
}

// NameOf is the name of the function with this index in the table, empty where it has none.
func (e *Exports) NameOf(image Image, index int) string {
	for _, n := range e.names {
		if int(n.function) == index {
			return readName(image, n.rva)
		}
	}
	return ""
}

// Nearest names the function that starts at or before an RVA, with the distance to it.
func (e *Exports) Nearest(image Image, rva uint32) (name string, distance uint32, ok bool) {
	best := -1
	for i, start := range e.Functions {
		if start != 0 && start <= rva && !e.Forwarded(start) && (best < 0 || start > e.Functions[best]) {
			best = i
		}
	}
	if best < 0 {
		return "", 0, false
	}
	name = e.NameOf(image, best)
	return name, rva - e.Functions[best], name != ""
}

func readName(image Image, rva uint32) string {
	var b [maxNameSize]byte
	n := image.ReadRVA(rva, b[:])
	text, _, found := strings.Cut(string(b[:n]), "\x00")
	if !found {
		return ""
	}
	return strings.ToValidUTF8(text, "?")
}

// Import is one imported function and the slot (in the import address table) that leads to it.
type Import struct {
	Module   string
	Function string // empty where it is imported by its ordinal
	Slot     uint32 // RVA
	// Unbound is what the file holds in the slot: an RVA or ordinal, no address.
	Unbound uint64
}

// ReadImports lists the imported functions, from an image that was not loaded: only there the slots name them.
func ReadImports(h *Headers, image Image) []Import {
	var list []Import
	directory := h.Directories[DirectoryImport]
	for i := uint32(0); directory.RVA != 0 && i < maxImports && len(list) < maxThunks; i++ {
		var b [20]byte
		if image.ReadRVA(directory.RVA+20*i, b[:]) < len(b) {
			break
		}
		lookup, module, first := u32(b[:], 0), u32(b[:], 12), u32(b[:], 16)
		if module == 0 || first == 0 {
			break
		}
		if lookup == 0 {
			lookup = first
		}
		list = readThunks(h, image, list, readName(image, module), lookup, first)
	}
	return list
}

func readThunks(h *Headers, image Image, list []Import, module string, lookup, first uint32) []Import {
	width := uint32(4)
	if h.Is64 {
		width = 8
	}
	for ; len(list) < maxThunks && first < h.SizeOfImage; lookup, first = lookup+width, first+width {
		value, ok := readWord(image, lookup, width)
		if !ok || value == 0 {
			break
		}
		entry := Import{Module: module, Slot: first, Unbound: value}
		if value>>(8*width-1) == 0 && value < uint64(h.SizeOfImage) {
			entry.Function = readName(image, uint32(value)+2)
		}
		list = append(list, entry)
	}
	return list
}

func readWord(image Image, rva, width uint32) (uint64, bool) {
	var b [8]byte
	if image.ReadRVA(rva, b[:width]) < int(width) {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b[:]), true
}

// Slots lists the ranges that the loader fills with addresses of other modules: import address tables, those of delayed
// imports, and the pointers of the control flow guard.
func Slots(h *Headers, image Image) []Directory {
	width := uint32(4)
	if h.Is64 {
		width = 8
	}
	var ranges []Directory
	add := func(rva, size uint32) {
		if rva != 0 && rva < h.SizeOfImage && size <= h.SizeOfImage-rva {
			ranges = append(ranges, Directory{rva, size})
		}
	}
	add(h.Directories[DirectoryIAT].RVA, h.Directories[DirectoryIAT].Size)
	for _, one := range ReadImports(h, image) {
		add(one.Slot, width)
	}
	delayed := h.Directories[DirectoryDelayImport]
	left := maxThunks // of all tables together
	for i := uint32(0); delayed.RVA != 0 && i < maxImports && left > 0; i++ {
		var b [32]byte
		if image.ReadRVA(delayed.RVA+32*i, b[:]) < len(b) || u32(b[:], 4) == 0 {
			break
		}
		table, names := u32(b[:], 12), u32(b[:], 16)
		for n := uint32(0); left > 0; n++ {
			left--
			if value, ok := readWord(image, names+n*width, width); !ok || value == 0 {
				add(table, n*width)
				break
			}
		}
	}
	// GuardCFCheckFunctionPointer and GuardCFDispatchFunctionPointer hold virtual addresses of such pointers.
	if config := h.Directories[DirectoryLoadConfig]; config.RVA != 0 {
		at := uint32(72)
		if h.Is64 {
			at = 112
		}
		for _, field := range []uint32{at, at + width} {
			if value, ok := readWord(image, config.RVA+field, width); ok && value > h.ImageBase && value-h.ImageBase < uint64(h.SizeOfImage) {
				add(uint32(value-h.ImageBase), width)
			}
		}
	}
	sort.Slice(ranges, func(a, b int) bool { return ranges[a].RVA < ranges[b].RVA })
	return ranges
}
