package pe

import (
	"bytes"
	stdpe "debug/pe"
	"os"
	"path/filepath"
	"testing"

	"genehound/scanner/internal/detect/pe/petest"
)

// wineLibraries are real images: Wine's own, which Debian's compiler for Windows built.
func wineLibraries(t testing.TB) []string {
	t.Helper()
	const folder = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
	var paths []string
	for _, name := range []string{"ntdll.dll", "kernel32.dll", "kernelbase.dll", "advapi32.dll", "ucrtbase.dll", "notepad.exe", "winhttp.dll", "crypt32.dll"} {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("%v: install it with \"apt-get install libwine\"", err)
		}
		paths = append(paths, path)
	}
	return paths
}

// The independent reader is Go's own debug/pe.
func TestAgreesWithDebugPE(t *testing.T) {
	for _, path := range wineLibraries(t) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := stdpe.NewFile(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadFile(NewCached(bytes.NewReader(content)))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		optional := want.OptionalHeader.(*stdpe.OptionalHeader64)
		if got.SizeOfImage != pageUp(optional.SizeOfImage) || got.ImageBase != optional.ImageBase || got.EntryPoint != optional.AddressOfEntryPoint {
			t.Errorf("%s: %+v", path, got.Headers)
		}
		for i, section := range want.Sections {
			// Names in the symbol table, as debuggers read them, are nothing to the loader.
			if s := got.Sections[i]; s.Name[0] != '/' && s.Name != section.Name || s.RVA != section.VirtualAddress || s.RawOffset != section.Offset {
				t.Errorf("%s: %+v, want %+v", path, s, section)
			}
			raw, _ := section.Data()
			mapped := make([]byte, min(len(raw), int(section.VirtualSize)))
			if got.ReadRVA(section.VirtualAddress, mapped); !bytes.Equal(mapped, raw[:len(mapped)]) {
				t.Errorf("%s: %s is mapped otherwise", path, section.Name)
			}
		}
		symbols, _ := want.ImportedSymbols()
		imports := ReadImports(got.Headers, got)
		if len(imports) < len(symbols) || len(symbols) > 0 && imports[0].Function == "" {
			t.Errorf("%s: %d imports, want %d", path, len(imports), len(symbols))
		}
	}
}

func TestExportsOfARealLibrary(t *testing.T) {
	content, err := os.ReadFile(wineLibraries(t)[1])
	if err != nil {
		t.Fatal(err)
	}
	file, err := ReadFile(NewCached(bytes.NewReader(content)))
	if err != nil {
		t.Fatal(err)
	}
	exports, ok := ReadExports(file.Headers, file)
	if !ok {
		t.Fatal("no exports")
	}
	rva, ok := exports.Find(file, "CreateFileW")
	if !ok || rva == 0 {
		t.Fatal("CreateFileW is not found")
	}
	if name, distance, ok := exports.Nearest(file, rva+5); !ok || distance != 5 || name == "" {
		t.Errorf("got %q + %d", name, distance)
	}
	if _, ok := exports.Find(file, "NoSuchFunction"); ok {
		t.Error("a function that is not there is found")
	}
}

func parse(t testing.TB, b *petest.Builder) *File {
	t.Helper()
	file, err := ReadFile(bytes.NewReader(b.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFixupsCrossPages(t *testing.T) {
	b := petest.New()
	b.Section(0x98+240, ".text", petest.Text, petest.RawText, 0x400, 0x6000_0020)
	b.Put(petest.RawText+0x10, b.Base+0x1234)
	b.Put(petest.DataAt(0x2100), uint32(petest.Text))
	b.Put(petest.DataAt(0x2104), uint32(16))
	b.Put(petest.DataAt(0x2108), uint16(0xa010)) // DIR64 at 0x1010
	b.Put(petest.DataAt(0x210a), uint16(0xaffc)) // DIR64 at 0x1ffc, four bytes of it on the next page
	b.Directory(DirectoryRelocation, 0x2100, 16)
	file := parse(t, b)
	fixups := ReadFixups(file.Headers, file)
	if fixups.Len() != 2 {
		t.Fatalf("got %d fixups", fixups.Len())
	}
	const delta = 0x7_1111_0000_0000
	whole, parts := make([]byte, 0x2000), make([]byte, 0x2000)
	file.ReadRVA(petest.Text, whole)
	copy(parts, whole)
	fixups.Apply(petest.Text, whole, delta, file)
	for at := 0; at < len(parts); at += 8 {
		fixups.Apply(petest.Text+uint32(at), parts[at:at+8], delta, file)
	}
	if !bytes.Equal(whole, parts) {
		t.Error("pieces are adjusted otherwise than the whole")
	}
	b2 := &petest.Builder{Bytes: whole}
	if got := u32(b2.Bytes, 0x10+4); got != uint32((b.Base+0x1234+delta)>>32) {
		t.Errorf("got %x", got)
	}
	if u32(whole, 0xffc+4) == 0 {
		t.Error("the word across the page is not adjusted")
	}
}

func TestErasedHeadersStillHaveSections(t *testing.T) {
	b := petest.New()
	b.Section(0x98+320, ".data", 0x3000, 0x1800, 0x200, 0xc000_0040)
	page := b.Bytes[:0x400]
	clear(page[:0x98+200]) // MZ, PE and the most of the optional header
	if got := ErasedSections(page, petest.Size); len(got) != 3 || got[0].Name != ".text" {
		t.Errorf("got %+v", got)
	}
	if ErasedSections(make([]byte, PageSize), petest.Size) != nil || ErasedSections(bytes.Repeat([]byte{0x41}, PageSize), petest.Size) != nil {
		t.Error("a page without sections has some")
	}
}

func TestCLIImages(t *testing.T) {
	b := petest.New()
	b.Directory(DirectoryCLI, 0x2200, 72)
	b.Put(petest.DataAt(0x2200), uint32(72))
	b.Put(petest.DataAt(0x2208), uint32(0x2300))
	b.Put(petest.DataAt(0x220c), uint32(64))
	if file := parse(t, b); IsCLI(file.Headers, file) {
		t.Error("no metadata, yet an assembly")
	}
	b.Put(petest.DataAt(0x2300), "BSJB")
	if file := parse(t, b); !IsCLI(file.Headers, file) {
		t.Error("an assembly is not recognised")
	}
}

func TestHeadersThatTheLoaderChangedAreTheSame(t *testing.T) {
	b := petest.New()
	file := parse(t, b)
	other := append([]byte{}, b.Bytes...)
	(&petest.Builder{Bytes: other}).Put(0x98+24, b.Base+0x10_0000)
	if n := file.DifferentHeaders(b.Bytes, other); n != 0 {
		t.Errorf("%d bytes differ", n)
	}
	other[0x98+16]++
	if n := file.DifferentHeaders(b.Bytes, other); n != 1 {
		t.Errorf("%d bytes differ", n)
	}
}

// FuzzImage reads everything from hostile bytes, as a file and as flat memory.
func FuzzImage(f *testing.F) {
	seed := petest.New()
	for index, rva := range map[int]uint32{DirectoryExport: 0x2000, DirectoryImport: 0x2040, DirectoryRelocation: 0x2100, DirectoryCLI: 0x2200, DirectoryLoadConfig: 0x2280, DirectoryDelayImport: 0x2300, DirectoryIAT: 0x2380, DirectoryResource: 0x2400, DirectoryCertificate: 0x1000} {
		seed.Directory(index, rva, 0x100)
	}
	f.Add(seed.Bytes)
	f.Add(petest.New().Bytes[:0x400])
	f.Fuzz(func(t *testing.T, b []byte) {
		ErasedSections(b, uint64(len(b)))
		file, err := ReadFile(NewCached(bytes.NewReader(b)))
		if err != nil {
			return
		}
		for _, image := range []Image{file, Flat(file.Headers, bytes.NewReader(b))} {
			IsCLI(file.Headers, image)
			Slots(file.Headers, image)
			fixups := ReadFixups(file.Headers, image)
			page := make([]byte, PageSize)
			fixups.Apply(0x1000, page, 0x1000, image)
			if exports, ok := ReadExports(file.Headers, image); ok {
				exports.Find(image, "DllMain")
				exports.Nearest(image, 0x1100)
			}
		}
		file.DifferentHeaders(b, b)
	})
}
