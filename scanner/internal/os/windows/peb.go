package windows

import (
	"encoding/binary"
	"errors"
	"unicode/utf16"

	"genehound/scanner/internal/model"
)

// memory reads a process's bytes; a prefix is enough where the rest is not there.
type memory interface {
	read(address uint64, b []byte) int
}

// blockLayout says where the environment block and the loader's records keep their fields, for 64-bit and 32-bit
// processes (winternl.h, and the public symbols of ntdll).
type blockLayout struct {
	pointer                             int
	imageBase, loader, parameters       uint64 // in the block
	lists                               uint64 // first of the loader's three lists
	links                               [3]uint64
	dllBase, entryPoint, size, fullName uint64 // in a list's entry, from its start
	commandLine                         uint64 // in the parameters
}

var (
	wideLayout = blockLayout{
		pointer: 8, imageBase: 0x10, loader: 0x18, parameters: 0x20, lists: 0x10, links: [3]uint64{0, 0x10, 0x20},
		dllBase: 0x30, entryPoint: 0x38, size: 0x40, fullName: 0x48, commandLine: 0x70,
	}
	narrowLayout = blockLayout{
		pointer: 4, imageBase: 0x08, loader: 0x0c, parameters: 0x10, lists: 0x0c, links: [3]uint64{0, 0x08, 0x10},
		dllBase: 0x18, entryPoint: 0x1c, size: 0x20, fullName: 0x24, commandLine: 0x40,
	}
)

// loadedEntry is one module as the process's own loader knows it. Nothing of it can be trusted: it lies in the process.
type loadedEntry struct {
	base, size uint64
	name       string
	lists      uint8 // bits of the lists that have it: load, memory, initialisation order
}

const (
	maxLoaded     = 8192
	maxNameLength = 65_534
)

// environment is what the process's environment block says.
type environment struct {
	imageBase uint64
	entries   []loadedEntry
	broken    bool // a list ends nowhere
}

var errNoBlock = errors.New("its environment block cannot be read")

// readEnvironment follows the loader's three lists from the environment block at an address.
func readEnvironment(m memory, address uint64, layout *blockLayout) (environment, error) {
	var e environment
	base, ok := readPointer(m, address+layout.imageBase, layout)
	if !ok {
		return e, errNoBlock
	}
	e.imageBase = base
	loader, ok := readPointer(m, address+layout.loader, layout)
	if !ok {
		return e, errNoBlock
	}
	if loader == 0 {
		return e, nil // the process has only begun
	}
	byBase := map[uint64]int{}
	for list := range layout.links {
		e.follow(m, loader+layout.lists+uint64(list)*2*uint64(layout.pointer), list, layout, byBase)
	}
	return e, nil
}

func (e *environment) follow(m memory, head uint64, list int, layout *blockLayout, byBase map[uint64]int) {
	seen := map[uint64]bool{head: true}
	at, ok := readPointer(m, head, layout)
	for ; ok && !seen[at]; at, ok = readPointer(m, at, layout) {
		if len(seen) > maxLoaded || at == 0 {
			e.broken = true
			return
		}
		seen[at] = true
		start := at - layout.links[list]
		base, readable := readPointer(m, start+layout.dllBase, layout)
		if !readable {
			e.broken = true
			return
		}
		index, known := byBase[base]
		if !known {
			index = len(e.entries)
			byBase[base] = index
			size, _ := readPointer(m, start+layout.size, layout)
			e.entries = append(e.entries, loadedEntry{base: base, size: size & 0xffff_ffff, name: readString(m, start+layout.fullName, layout)})
		}
		e.entries[index].lists |= 1 << list
	}
	if !ok || at != head {
		e.broken = true
	}
}

func readPointer(m memory, address uint64, layout *blockLayout) (uint64, bool) {
	var b [8]byte
	if m.read(address, b[:layout.pointer]) < layout.pointer {
		return 0, false
	}
	return binary.LittleEndian.Uint64(b[:]), true
}

// readString reads a UNICODE_STRING; one that cannot be read is empty.
func readString(m memory, address uint64, layout *blockLayout) string {
	var b [2]byte
	if m.read(address, b[:]) < len(b) {
		return ""
	}
	length := int(binary.LittleEndian.Uint16(b[:])) &^ 1
	buffer, ok := readPointer(m, address+uint64(layout.pointer), layout)
	if !ok || length == 0 || length > maxNameLength {
		return ""
	}
	bytes := make([]byte, length)
	bytes = bytes[:m.read(buffer, bytes)&^1]
	units := make([]uint16, len(bytes)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(bytes[2*i:])
	}
	return string(utf16.Decode(units))
}

// readCommandLine reads the arguments with which the process was started, or what it has made of them.
func readCommandLine(m memory, address uint64, layout *blockLayout) (string, bool) {
	parameters, ok := readPointer(m, address+layout.parameters, layout)
	if !ok || parameters == 0 {
		return "", false
	}
	line := readString(m, parameters+layout.commandLine, layout)
	return clip(line, model.MaxCommandLine), line != ""
}
