package detect

import (
	"bytes"
	"encoding/binary"
	"math/rand"
	"strings"
	"testing"

	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/model"
)

const (
	base   = uint64(0x7f0000000000)
	target = uint64(0x7f1111110000)
)

var space = Space{
	{Start: base, End: base + 0x10000, Name: "/lib/libc.so", Exec: true, Module: true},
	{Start: target, End: target + 0x1000, Exec: true},
}

func page() []byte { return bytes.Repeat([]byte{0x48, 0x89, 0xe5, 0x90}, 1024) }

// judge compares a page at RVA 0x1000 with a copy that has code at offset.
func judge(offset int, code []byte) (Difference, bool) {
	memory, file := page(), page()
	copy(memory[offset:], code)
	m := &Modified{Base: base, End: base + 0x10000, TextBytes: 0x8000, X86: true}
	m.Page(0x1000, base+0x1000, memory, file, space)
	return m.Judge()
}

func relative(opcode byte, at, target uint64) []byte {
	b := []byte{opcode, 0, 0, 0, 0}
	binary.LittleEndian.PutUint32(b[1:], uint32(target-(at+5)))
	return b
}

func absolute(prefix string, target uint64, suffix string) []byte {
	return append(binary.LittleEndian.AppendUint64([]byte(prefix), target), suffix...)
}

func TestHooksAreResolved(t *testing.T) {
	near := base + 0x10000 + 0x1000
	withNear := append(Space{}, space[0], Area{Start: near, End: near + 0x1000, Name: "/opt/edr.so", Exec: true, Module: true}, space[1])
	memory, file := page(), page()
	copy(memory[0x40:], relative(0xe9, base+0x1040, near+0x10))
	m := &Modified{Base: base, End: base + 0x10000, TextBytes: 0x8000, X86: true}
	m.Page(0x1000, base+0x1000, memory, file, withNear)
	if d, _ := m.Judge(); d.Kind != model.FindingHooked || !strings.Contains(d.Details, "/opt/edr.so") || !strings.Contains(d.Details, "0x1040") {
		t.Errorf("jmp rel32: %+v", d)
	}
	for name, code := range map[string][]byte{
		"mov rax; jmp rax":    absolute("\x48\xb8", target+8, "\xff\xe0"),
		"mov r11; jmp r11":    absolute("\x49\xbb", target+8, "\x41\xff\xe3"),
		"jmp [rip]":           absolute("\xff\x25\x00\x00\x00\x00", target+8, ""),
		"mov rax; push; ret":  absolute("\x48\xb8", target+8, "\x50\xc3"),
		"push; mov high; ret": append(append([]byte("\x68\x08\x00\x11\x11\xc7\x44\x24\x04"), 0x11, 0x7f, 0, 0), 0xc3),
	} {
		if d, _ := judge(0x40, code); d.Kind != model.FindingHooked || !strings.Contains(d.Details, "without a file") {
			t.Errorf("%s: %+v", name, d)
		}
	}
	// A jump within the module, and one to nowhere, is a patch.
	for _, to := range []uint64{base + 0x2000, base + 0x3000000} {
		if d, _ := judge(0x40, relative(0xe9, base+0x1040, to)); d.Kind != model.FindingPatched {
			t.Errorf("jump to %x: %+v", to, d)
		}
	}
}

func TestOnlyBareJumpsIntoModulesSayWhereTheyLead(t *testing.T) {
	agent := base + 0x20000
	known := append(Space{}, space[0], Area{Start: agent, End: agent + 0x1000, Name: "/opt/edr.so", Exec: true, Module: true}, space[1])
	jump := func(at, to uint64) []byte { return relative(0xe9, base+0x1000+at, to) }
	for name, c := range map[string]struct {
		changes map[int][]byte
		want    bool
	}{
		"one jump":                  {map[int][]byte{0x40: jump(0x40, agent)}, true},
		"two jumps":                 {map[int][]byte{0x40: jump(0x40, agent), 0x90: jump(0x90, agent+4)}, true},
		"a jump and a patch":        {map[int][]byte{0x40: jump(0x40, agent), 0x90: {0x31, 0xc0, 0xc3}}, false},
		"a jump to no file":         {map[int][]byte{0x40: absolute("\x48\xb8", target+8, "\xff\xe0")}, false},
		"something before the jump": {map[int][]byte{0x40: append([]byte{0x31, 0xc0}, jump(0x42, agent)...)}, false},
		"much behind the jump":      {map[int][]byte{0x40: append(jump(0x40, agent), bytes.Repeat([]byte{0x31}, 20)...)}, false},
	} {
		memory, file := page(), page()
		for at, code := range c.changes {
			copy(memory[at:], code)
		}
		m := &Modified{Base: base, End: base + 0x10000, TextBytes: 0x8000, X86: true}
		m.Page(0x1000, base+0x1000, memory, file, known)
		if d, _ := m.Judge(); (len(d.LeadsTo) == 1 && d.LeadsTo[0] == "/opt/edr.so") != c.want {
			t.Errorf("%s: %v", name, d.LeadsTo)
		}
	}
}

func TestKindsOfChange(t *testing.T) {
	if _, ok := judge(0, nil); ok {
		t.Error("no change is one")
	}
	if d, ok := judge(7, []byte{0xcc}); !ok || d.Finding || d.Type != "breakpoint" {
		t.Errorf("%+v", d)
	}
	d, _ := judge(0x100, []byte{0x31, 0xc0, 0xc3})
	if d.Kind != model.FindingPatched || len(d.Changes) != 1 || d.Changes[0] != (model.Change{RVA: 0x1100, Size: 3}) {
		t.Errorf("%+v", d)
	}
	m := &Modified{Base: base, End: base + 0x10000, TextBytes: 8192, X86: true}
	other := make([]byte, 4096)
	rand.New(rand.NewSource(1)).Read(other)
	m.Page(0x1000, base+0x1000, other, page(), space)
	m.Page(0x2000, base+0x2000, other, page(), space)
	if d, _ := m.Judge(); d.Kind != model.FindingStomped || len(d.Changes) != 1 {
		t.Errorf("%s %d", d.Kind, len(d.Changes))
	}
}

func TestManyChangesAreBounded(t *testing.T) {
	m := &Modified{Base: base, End: base + 1<<30, TextBytes: 1 << 30, X86: true}
	for p := 0; p < 200; p++ {
		memory, file := page(), page()
		for at := 0; at < 4096; at += 32 {
			memory[at] ^= 0x55
		}
		m.Page(uint64(p)*4096, base+uint64(p)*4096, memory, file, space)
	}
	d, _ := m.Judge()
	if len(d.Changes) != model.MaxChanges || !strings.Contains(d.Details, "more than") || len(d.Details) > model.MaxText {
		t.Errorf("%d changes, %s", len(d.Changes), d.Details)
	}
}

func TestTextInAChangedPageStays(t *testing.T) {
	memory, file := page(), page()
	copy(memory[0x80:], "CANARY-1234567890-do-not-send")
	if MaySend(codetest.X8664, memory, file) {
		t.Error("text may leave")
	}
	memory = page()
	copy(memory[0x80:], []byte{0x31, 0xc0, 0xc3})
	if !MaySend(codetest.X8664, memory, file) {
		t.Error("a patch of three bytes may not leave")
	}
	secret := make([]byte, 300)
	rand.New(rand.NewSource(2)).Read(secret)
	memory = page()
	copy(memory[0x80:], secret)
	if MaySend(codetest.X8664, memory, file) {
		t.Error("300 bytes of noise may leave")
	}
}

func FuzzModified(f *testing.F) {
	f.Add(page()[:64], []byte("\xff\x25\x00\x00\x00\x00"), uint16(3))
	f.Fuzz(func(t *testing.T, memory, code []byte, at uint16) {
		file := bytes.Clone(memory)
		if int(at) < len(memory) {
			copy(memory[at:], code)
		}
		m := &Modified{Base: base, End: base + 0x10000, TextBytes: uint64(len(memory)), X86: true}
		m.Page(0x1000, base+0x1000, memory, file, space)
		d, ok := m.Judge()
		if ok == bytes.Equal(memory, file) {
			t.Fatal("a difference is not seen, or seen where none is")
		}
		for _, c := range d.Changes {
			if c.Size == 0 || uint64(c.RVA) < 0x1000 || uint64(c.RVA)+uint64(c.Size) > 0x1000+uint64(len(memory)) {
				t.Fatalf("%+v", c)
			}
		}
	})
}
