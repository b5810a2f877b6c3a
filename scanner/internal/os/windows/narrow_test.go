package windows

import (
	"context"
	"debug/pe"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"genehound/scanner/internal/model"
)

// narrowLibrary is a real 32-bit library of a compiler.
func narrowLibrary(t *testing.T, name string) (content []byte, file *pe.File) {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/gcc/i686-w64-mingw32/*/" + name)
	if len(found) == 0 {
		t.Skip("Debian's gcc-mingw-w64-i686 is not there: no 32-bit code for Windows")
	}
	content, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if file, err = pe.Open(found[0]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return content, file
}

// newNarrowProcess is a 32-bit process with one library where it wants to be.
func newNarrowProcess(t *testing.T) (p *fakeProcess, base, text uint64) {
	t.Helper()
	content, file := narrowLibrary(t, "libssp-0.dll")
	optional := file.OptionalHeader.(*pe.OptionalHeader32)
	base = uint64(optional.ImageBase)
	p = &fakeProcess{names: map[uint64]string{base: `\Device\Disk\narrow.dll`}, files: map[string][]byte{`C:\narrow.dll`: content}}
	p.add(base, base, memImage, pageReadonly, content[:optional.SizeOfHeaders])
	for _, s := range file.Sections {
		raw, err := s.Data()
		if err != nil || s.VirtualSize == 0 {
			continue
		}
		mapped := make([]byte, s.VirtualSize)
		copy(mapped, raw)
		protect := uint32(pageReadwrite)
		if s.Characteristics&0x2000_0000 != 0 {
			protect, text = pageExecute<<1, base+uint64(s.VirtualAddress)
		}
		p.add(base+uint64(s.VirtualAddress), base, memImage, protect, mapped)
	}
	return p, base, text
}

func inspectNarrow(p *fakeProcess) (model.MemoryReport, *fakeRecorder) {
	recorder := &fakeRecorder{map[string][]byte{}}
	target := model.Target{Process: model.Process{PID: 7, ImageType: "32"}}
	return inspect(context.Background(), p, newFactsCache(), target, recorder, 22_000), recorder
}

func TestA32BitProcessWithNothingToHide(t *testing.T) {
	p, _, _ := newNarrowProcess(t)
	report, _ := inspectNarrow(p)
	if len(report.Findings) != 0 {
		t.Errorf("got %+v", report.Findings)
	}
}

func TestImplanted32BitCodeIsCollectedWhole(t *testing.T) {
	_, file := narrowLibrary(t, "libgcc_s_dw2-1.dll")
	code, err := file.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	p, _, _ := newNarrowProcess(t)
	const private = 0x2_0000
	p.add(private, private, memPrivate, pageExecute<<2, code[:16*pageSize])
	report, recorder := inspectNarrow(p)
	if kinds(report)[model.FindingImplantedCode] != 1 {
		t.Fatalf("got %+v", report.Findings)
	}
	kept := recorder.kept[report.Findings[0].SHA256]
	same := 0
	for k := range kept {
		if kept[k] == code[k] {
			same++
		}
	}
	if share := float64(same) / float64(16*pageSize); share < 0.85 {
		t.Errorf("%.1f %% of the code is in the artifact", 100*share)
	}
	for _, check := range report.Checks {
		if check.Check == model.CheckRegions && check.State != model.StateDone {
			t.Errorf("got %+v", check)
		}
	}
}

// TestAHookIn32BitCode: a jump backwards over the end of the address space, as 32-bit displacements are.
func TestAHookIn32BitCode(t *testing.T) {
	_, file := narrowLibrary(t, "libgcc_s_dw2-1.dll")
	code, err := file.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	for name, patch := range map[string]func(at uint64) []byte{
		"jmp": func(at uint64) []byte {
			distance := uint32(0x2_0010 - (at + 5))
			return []byte{0xe9, byte(distance), byte(distance >> 8), byte(distance >> 16), byte(distance >> 24)}
		},
		"mov eax; jmp eax": func(uint64) []byte { return []byte{0xb8, 0x10, 0, 2, 0, 0xff, 0xe0} },
		"push; ret":        func(uint64) []byte { return []byte{0x68, 0x10, 0, 2, 0, 0xc3} },
	} {
		p, base, text := newNarrowProcess(t)
		p.add(0x2_0000, 0x2_0000, memPrivate, pageExecute<<2, code[:4*pageSize])
		p.write(text+0x100, patch(text+0x100))
		report, _ := inspectNarrow(p)
		var hooked *model.Finding
		for k := range report.Findings {
			if report.Findings[k].BaseAddress == base {
				hooked = &report.Findings[k]
			}
		}
		if hooked == nil || hooked.Kind != model.FindingHooked || !strings.Contains(hooked.Details, "control goes to 0x20010") {
			t.Errorf("%s: got %+v", name, report.Findings)
		}
	}
}

// TestA32BitImportTable: a slot is four bytes.
func TestA32BitImportTable(t *testing.T) {
	p, base, _ := newNarrowProcess(t)
	_, file := narrowLibrary(t, "libssp-0.dll")
	iat := file.OptionalHeader.(*pe.OptionalHeader32).DataDirectory[12]
	p.block = 0x7_0000
	// A loader's list that has the library, in the layout of the 64-bit block.
	block := environmentBytes(base, `C:\narrow.dll`)
	for at := 0; at+8 <= len(block); at += 8 {
		if value := wordAt(block[at:]); value >= blockBase && value < blockBase+pageSize {
			putWord(block[at:], value-blockBase+p.block)
		}
	}
	p.add(p.block, p.block, memPrivate, pageReadwrite, block)
	_, other := narrowLibrary(t, "libgcc_s_dw2-1.dll")
	code, _ := other.Section(".text").Data()
	p.add(0x2_0000, 0x2_0000, memPrivate, pageExecute<<2, code[:4*pageSize])
	for k := uint64(0); k < uint64(iat.Size)/4; k++ {
		p.write(base+uint64(iat.VirtualAddress)+4*k, []byte{0, 0, 0, 0})
	}
	// The second slot, and the last: their number is odd.
	if iat.Size%8 != 4 {
		t.Logf("%d bytes of slots: an odd last one is not tried", iat.Size)
	}
	p.write(base+uint64(iat.VirtualAddress)+4, []byte{0x10, 0, 2, 0})
	p.write(base+uint64(iat.VirtualAddress)+uint64(iat.Size)-4, []byte{0x20, 0, 2, 0})
	report, _ := inspectNarrow(p)
	found := ""
	for _, f := range report.Findings {
		if f.Kind == model.FindingHooked {
			found += f.Details
		}
	}
	if !strings.HasPrefix(found, "2 changed slots in the import table: ") || !strings.Contains(found, "leads to 0x20010") || !strings.Contains(found, "leads to 0x20020") {
		t.Errorf("got %q, %+v", found, report.Findings)
	}
}
