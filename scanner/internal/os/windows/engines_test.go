package windows

import (
	"encoding/binary"
	"strings"
	"testing"

	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/detect/pe/petest"
	"genehound/scanner/internal/model"
)

const (
	engineBase = libraryBase + 0x200_0000
	enginePath = `C:\engine.dll`
	jitBase    = uint64(0x2000_0000)
)

// engineLibrary exports one function, whose name a runtime is known by.
func engineLibrary(export string) *petest.Builder {
	b := library()
	const table, functions, names, ordinals, name = 0x2400, 0x2440, 0x2450, 0x2460, 0x2480
	b.Put(petest.DataAt(table+20), uint32(1))
	b.Put(petest.DataAt(table+24), uint32(1))
	b.Put(petest.DataAt(table+28), uint32(functions))
	b.Put(petest.DataAt(table+32), uint32(names))
	b.Put(petest.DataAt(table+36), uint32(ordinals))
	b.Put(petest.DataAt(functions), uint32(petest.Text+0x40))
	b.Put(petest.DataAt(names), uint32(name))
	copy(b.Bytes[petest.DataAt(name):], export+"\x00")
	b.Directory(pe.DirectoryExport, table, 0x60)
	return b
}

// jitCode is compiled code with calls of an address, one in each 256 bytes: mov rax, address; call rax.
func jitCode(calls int, target uint64) []byte {
	code := compiledCode(pageSize)
	for k := 0; k < calls; k++ {
		at := code[256*k+16:]
		copy(at, "\x48\xb8")
		binary.LittleEndian.PutUint64(at[2:], target)
		copy(at[10:], "\xff\xd0\x90\x90\x90\x90")
	}
	return code
}

// TestEnginesAreRecognisedByEvidence: by what a module exports and what the code refers to, never by a file's name.
func TestEnginesAreRecognisedByEvidence(t *testing.T) {
	for export, engine := range map[string]string{
		"coreclr_initialize": "CLR", "CLRCreateInstance": "CLR", "?GetCurrent@Isolate@v8@@SAPEAV12@XZ": "V8", "luaJIT_setmode": "LuaJIT",
		"JNI_CreateJavaVM": "HotSpot",
	} {
		p := newProcess(t)
		load(p, engineLibrary(export), engineBase, enginePath)
		p.add(jitBase, jitBase, memPrivate, pageExecute<<2, jitCode(8, engineBase+petest.Text+0x40))
		report, recorder := inspectFake(t, p)
		region := regionAt(report, jitBase)
		if len(report.Findings) != 0 || region == nil || region.Classification != model.ClassJITCode || region.JITEngine != engine {
			t.Errorf("%s: got %+v, %+v", export, region, report.Findings)
			continue
		}
		if evidence := strings.Join(region.Evidence, " "); !strings.Contains(evidence, enginePath) || !strings.Contains(evidence, "8 constants") {
			t.Errorf("%s: got %s", export, evidence)
		}
		// Labelled, and collected all the same.
		if len(recorder.kept[region.SHA256]) == 0 {
			t.Errorf("%s: nothing is kept", export)
		}
	}
}

// TestAnEnginesNameIsNoEvidence: neither a file that is called like one, nor an engine that the code has nothing to do with.
func TestAnEnginesNameIsNoEvidence(t *testing.T) {
	for name, calls := range map[string]int{"no_such_engine": 8, "coreclr_initialize": 0, "luaJIT_setmode": 1} {
		p := newProcess(t)
		load(p, engineLibrary(name), engineBase, `C:\coreclr.dll`)
		p.add(jitBase, jitBase, memPrivate, pageExecute<<2, jitCode(calls, engineBase+petest.Text+0x40))
		report, _ := inspectFake(t, p)
		if region := regionAt(report, jitBase); region == nil || region.Classification != model.ClassCode || kinds(report)[model.FindingImplantedCode] != 1 {
			t.Errorf("%s: got %+v, %+v", name, region, report.Findings)
		}
	}
}

func regionAt(report model.MemoryReport, base uint64) *model.Region {
	for k := range report.Regions {
		if report.Regions[k].BaseAddress == base {
			return &report.Regions[k]
		}
	}
	return nil
}
