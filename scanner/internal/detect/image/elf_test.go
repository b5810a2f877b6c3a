package image

import (
	"bytes"
	"debug/elf"
	"os"
	"testing"
)

func programs(t testing.TB) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	self, _ := os.Executable()
	for _, path := range []string{"/bin/true", "/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", self} {
		if content, err := os.ReadFile(path); err == nil {
			found[path] = content
		}
	}
	return found
}

// The independent reader is Go's own debug/elf.
func TestHeadersAgreeWithDebugELF(t *testing.T) {
	for path, content := range programs(t) {
		f, err := ReadELF(bytes.NewReader(content))
		if err != nil {
			t.Fatal(path, err)
		}
		want, err := elf.NewFile(bytes.NewReader(content))
		if err != nil {
			t.Fatal(path, err)
		}
		i := 0
		end := uint64(0)
		for _, p := range want.Progs {
			if p.Type != elf.PT_LOAD {
				continue
			}
			s := f.Segments[i]
			if s.Address != p.Vaddr || s.Offset != p.Off || s.FileSize != p.Filesz || s.MemorySize != p.Memsz ||
				s.Exec != (p.Flags&elf.PF_X != 0) || s.Write != (p.Flags&elf.PF_W != 0) {
				t.Errorf("%s: segment %d is %+v", path, i, s)
			}
			end = max(end, p.Vaddr+p.Memsz)
			i++
		}
		if i != len(f.Segments) || f.Size() != pageUp(end)-f.Base() {
			t.Errorf("%s: %d segments, size %x", path, len(f.Segments), f.Size())
		}
		for _, c := range f.MappedChunks(false) {
			if c.RVA+c.Size > f.Size() || c.Offset+c.Size > uint64(len(content)) {
				t.Errorf("%s: %+v", path, c)
			}
		}
	}
}

func TestExportsAgreeWithDebugELF(t *testing.T) {
	for path, content := range programs(t) {
		f, _ := ReadELF(bytes.NewReader(content))
		dynamic, ok := f.Dynamic()
		file, _ := elf.NewFile(bytes.NewReader(content))
		symbols, _ := file.DynamicSymbols()
		// Go's own linker writes the older table alone, which nothing here needs.
		if !ok || len(symbols) == 0 || dynamic.gnuHash == 0 {
			continue
		}
		if dynamic.Exports("no_such_symbol_anywhere") {
			t.Errorf("%s exports what it does not", path)
		}
		checked := 0
		for _, s := range symbols {
			if s.Section == elf.SHN_UNDEF || s.Name == "" || checked > 500 {
				continue
			}
			checked++
			if !dynamic.Exports(s.Name) {
				t.Errorf("%s: %s is not found", path, s.Name)
			}
		}
		if names, err := file.DynString(elf.DT_SONAME); err == nil && len(names) == 1 && dynamic.Soname() != names[0] {
			t.Errorf("%s: soname %q", path, dynamic.Soname())
		}
	}
}

func TestOnlyImagesAreImages(t *testing.T) {
	pe := make([]byte, 512)
	copy(pe, "MZ")
	pe[60] = 0x80
	copy(pe[0x80:], "PE\x00\x00")
	for name, c := range map[string]struct {
		head  []byte
		image bool
	}{
		"PE":            {pe, true},
		"two letters":   {append([]byte("MZ is how this text starts; "), bytes.Repeat([]byte("text "), 200)...), false},
		"script":        {[]byte("#!/bin/sh\n"), false},
		"empty":         {nil, false},
		"short ELF":     {[]byte("\x7fELF"), false},
		"PE out of it":  {append([]byte("MZ"), bytes.Repeat([]byte{0xff}, 100)...), false},
		"class unknown": {append([]byte("\x7fELF\x07\x01\x01"), make([]byte, 100)...), false},
	} {
		if IsImage(c.head) != c.image {
			t.Errorf("%s: %v", name, !c.image)
		}
	}
}

// The independent reader is Go's own debug/elf: the same places, with the same symbols.
func TestSlotsAgreeWithDebugELF(t *testing.T) {
	for path, content := range programs(t) {
		f, err := ReadELF(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		dynamic, ok := f.Dynamic()
		if !ok || f.Machine != MachineX86_64 {
			continue
		}
		got := map[uint64]string{}
		slots, whole := dynamic.Slots()
		for _, slot := range slots {
			got[f.Base()+uint64(slot.RVA)] = dynamic.SymbolName(slot.Symbol)
		}
		want := map[uint64]string{}
		file, err := elf.NewFile(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		symbols, err := file.DynamicSymbols()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{".rela", ".rela.dyn", ".rela.plt"} {
			section := file.Section(name)
			if section == nil {
				continue
			}
			b, err := section.Data()
			if err != nil {
				t.Fatal(err)
			}
			for ; len(b) >= 24; b = b[24:] {
				info := file.ByteOrder.Uint64(b[8:])
				kind, index := elf.R_X86_64(info&0xffffffff), info>>32
				if kind == elf.R_X86_64_GLOB_DAT || kind == elf.R_X86_64_JMP_SLOT {
					want[file.ByteOrder.Uint64(b)] = symbols[index-1].Name
				}
			}
		}
		if !whole || len(got) != len(want) {
			t.Errorf("%s: %d places, %d by debug/elf", path, len(got), len(want))
		}
		for at, name := range want {
			if got[at] != name {
				t.Errorf("%s: at %x %q, %q by debug/elf", path, at, got[at], name)
			}
		}
	}
}

func FuzzReadELF(f *testing.F) {
	for _, content := range programs(f) {
		f.Add(content[:min(len(content), 8192)])
	}
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, content []byte) {
		IsImage(content)
		file, err := ReadELF(bytes.NewReader(content))
		if err != nil {
			return
		}
		if file.Size() == 0 || file.Size() > maxImage {
			t.Fatalf("size %x", file.Size())
		}
		next := uint64(0)
		for _, c := range file.MappedChunks(true) {
			if c.RVA < next || c.Size == 0 || c.RVA+c.Size > file.Size() {
				t.Fatalf("%+v", c)
			}
			next = c.RVA + c.Size
		}
		file.RVA(4096, true)
		if dynamic, ok := file.Dynamic(); ok {
			dynamic.Exports("JNI_CreateJavaVM")
			dynamic.Soname()
			slots, _ := dynamic.Slots()
			for i, slot := range slots {
				if uint64(slot.RVA)+8 > file.Size() || i > 0 && slot.RVA <= slots[i-1].RVA {
					t.Fatalf("slot %+v of %x", slot, file.Size())
				}
			}
			if len(slots) > 0 {
				dynamic.SymbolName(slots[0].Symbol)
			}
		}
	})
}
