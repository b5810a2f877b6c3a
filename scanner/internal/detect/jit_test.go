package detect

import (
	"encoding/binary"
	"strings"
	"testing"

	"genehound/scanner/internal/detect/codetest"
)

const (
	engineBase = uint64(0x400000)
	region     = uint64(0x7f2000000000)
)

var withEngine = Space{
	{Start: engineBase, End: engineBase + 0x100000, Name: "/usr/bin/node", Module: true, Engines: []string{EngineV8}},
	{Start: engineBase + 0x100000, End: engineBase + 0x900000, Name: "/usr/bin/node", Exec: true, Module: true, Engines: []string{EngineV8}},
	{Start: base, End: base + 0x10000, Name: "/lib/libc.so", Exec: true, Module: true},
	{Start: region, End: region + 0x10000, Exec: true},
}

// traits looks at one piece of code in the region, all of it accepted.
func traits(space Space, code []byte) *Traits {
	t := NewTraits(codetest.X8664, space, region, region+0x10000)
	t.Add(region, code, []codetest.Span{{Start: 0, End: len(code)}})
	return t
}

func repeat(n int, code ...byte) []byte {
	return []byte(strings.Repeat(string(code), n))
}

func loads(n int, address uint64) []byte {
	return repeat(n, append(binary.LittleEndian.AppendUint64([]byte{0x48, 0xb8}, address), 0xff, 0xd0)...) // mov rax, imm64; call rax
}

func TestAnEngineInTheProcessIsNotEnough(t *testing.T) {
	plain := repeat(400, 0x48, 0x89, 0xe5, 0x01, 0xc8, 0xc3)
	jit := traits(withEngine, plain)
	if got, ok := jit.Judge(); ok {
		t.Errorf("%+v", got)
	}
	if doubts := strings.Join(jit.Doubts(), "; "); !strings.Contains(doubts, "V8 engine is in the process") {
		t.Error(doubts)
	}
	// Nor are a few references for very much code.
	if got, ok := traits(withEngine, append(loads(4, engineBase+0x200000), repeat(20_000, 0x01, 0xc8)...)).Judge(); ok {
		t.Errorf("%+v", got)
	}
	// Nor is the shape alone, with calls all over the process.
	if got, ok := traits(space, repeat(40, 0x41, 0xff, 0x95, 0, 1, 0, 0)).Judge(); ok {
		t.Errorf("%+v", got)
	}
}

func TestReferencesTieCodeToAnEngine(t *testing.T) {
	got, ok := traits(withEngine, append(loads(6, engineBase+0x200000), repeat(100, 0x01, 0xc8)...)).Judge()
	if !ok || got.Engine != EngineV8 || !strings.Contains(strings.Join(got.Evidence, " "), "6 constants") {
		t.Errorf("%+v", got)
	}
	root := repeat(40, 0x41, 0xff, 0x95, 0, 1, 0, 0) // call [r13+0x100]
	if got, ok := traits(withEngine, root).Judge(); !ok || !strings.Contains(strings.Join(got.Evidence, " "), "40 calls go through a table at r13") {
		t.Errorf("%+v", got)
	}
}

func TestNeighboursOfAnEnginesCode(t *testing.T) {
	tied := JIT{Engine: EngineV8}
	if _, ok := traits(withEngine, repeat(100, 0x48, 0x01, 0xc8)).JudgeNeighbour(tied, region); !ok {
		t.Error("code that only computes is refused")
	}
	if _, ok := traits(withEngine, append(repeat(100, 0x48, 0x01, 0xc8), 0x0f, 0x05)).JudgeNeighbour(tied, region); ok {
		t.Error("code with a system call passes")
	}
	if _, ok := traits(withEngine, append(repeat(100, 0x48, 0x01, 0xc8), loads(1, base+0x100)...)).JudgeNeighbour(tied, region); ok {
		t.Error("code that refers to the C library passes")
	}
}

func TestAllocatorOfPCRE2(t *testing.T) {
	chunk := make([]byte, 64<<10)
	put := func(at int, values ...uint64) {
		for i, v := range values {
			binary.LittleEndian.PutUint64(chunk[at+8*i:], v)
		}
	}
	put(0, 0, 0, 0, 0, 0x8000)  // a free block
	put(0x8000, 0x7ff0, 0x8000) // one in use
	put(0xfff0, 1, 0x7ff0)      // the end
	withPCRE := Space{{Start: engineBase, End: engineBase + 4096, Name: "/lib/pcre", Module: true, Engines: []string{EnginePCRE2}}}
	judge := func() bool {
		t := NewTraits(codetest.X8664, withPCRE, region, region+64<<10)
		t.Add(region, chunk[:0x4000], nil)
		t.Add(region+0x4000, chunk[0x4000:], nil)
		_, ok := t.Judge()
		return ok
	}
	if !judge() {
		t.Error("its own layout is not recognised")
	}
	put(0x8000, 0x7ff0, 0x7000)
	if judge() {
		t.Error("a broken chain passes")
	}
}

func TestUnwindRecordsTellCompiledCode(t *testing.T) {
	withLLVM := Space{{Start: engineBase, End: engineBase + 4096, Name: "/lib/llvm", Module: true, Engines: []string{EngineLLVM}}}
	frame := make([]byte, 256)
	const at, neighbour = 0x40, region - 4096
	binary.LittleEndian.PutUint32(frame[at:], 20)
	copy(frame[at+8:], "\x01zR\x00")
	fde := at + 24
	binary.LittleEndian.PutUint32(frame[fde:], 20)
	binary.LittleEndian.PutUint32(frame[fde+4:], uint32(fde+4-at))
	binary.LittleEndian.PutUint32(frame[fde+8:], uint32(region+0x30-(neighbour+uint64(fde)+8)))
	judge := func(frame []byte) bool {
		traits := traits(withLLVM, repeat(100, 0x48, 0x01, 0xc8))
		traits.AddNeighbour(neighbour, frame)
		_, ok := traits.Judge()
		return ok
	}
	if !judge(frame) {
		t.Error("a record of its own is not recognised")
	}
	binary.LittleEndian.PutUint32(frame[fde+8:], 0x7000_0000)
	if judge(frame) {
		t.Error("a record of other code passes")
	}
	if judge(nil) {
		t.Error("code beside nothing passes")
	}
}

func FuzzUnwindRecords(f *testing.F) {
	f.Add([]byte("\x14\x00\x00\x00\x00\x00\x00\x00\x01zR\x00aaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := unwindRecords(b, region-4096, region, region+4096); n < 0 || n > len(b) {
			t.Fatal(n)
		}
	})
}
