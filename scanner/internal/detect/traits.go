package detect

import (
	"encoding/binary"

	"genehound/scanner/internal/detect/arm64"
	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/detect/x86"
)

// References count what ties a region's code to one other area of the address space.
type References struct {
	// Calls are calls and jumps into the area, direct or through an address beside the code, Constants 64-bit operands that point there, Words aligned
	// pointers beside the code that do.
	Calls, Constants, Words int
}

func (r References) total() int { return r.Calls + r.Constants + r.Words }

// Traits gathers from a region's code what ties it to a JIT engine of the process.
type Traits struct {
	architecture codetest.Architecture
	space        Space
	start, end   uint64
	engines      []int // areas of the space that export an engine
	enginesKnown bool

	instructions int
	references   map[int]*References // by index into space
	callsOut     int                 // direct calls and jumps that leave the region
	systemCalls  int
	// rootCalls are calls and jumps through a table at r13, rootOperands other operands relative to it: V8 keeps
	// its root table there.
	rootCalls, rootOperands int
	// threadOperands are operands relative to r15: HotSpot keeps the current thread there.
	threadOperands int
	closures       int // libffi's trampolines
	blocks         sljitWalk
	head           []byte // the region's first bytes, where they were seen
	unwind         int    // records in the memory around that describe functions of this region
}

// NewTraits prepares for the region [start, end) of an address space.
func NewTraits(architecture codetest.Architecture, space Space, start, end uint64) *Traits {
	return &Traits{architecture: architecture, space: space, start: start, end: end, references: map[int]*References{}}
}

// EngineAreas are the places in a space of what exports an engine: few of many, and the same for all regions.
func (s Space) EngineAreas() []int {
	areas := []int{}
	for i := range s {
		if len(s[i].Engines) > 0 {
			areas = append(areas, i)
		}
	}
	return areas
}

// Know spares this region the search for engines in its space.
func (t *Traits) Know(engines []int) { t.engines, t.enginesKnown = engines, true }

func (t *Traits) engineAreas() []int {
	if !t.enginesKnown {
		t.Know(t.space.EngineAreas())
	}
	return t.engines
}

// refer counts a reference to an address and tells whether it leads to a module.
func (t *Traits) refer(address uint64, count func(*References)) {
	i := t.space.index(address)
	if i < 0 || !t.space[i].Module {
		return
	}
	r := t.references[i]
	if r == nil {
		r = &References{}
		t.references[i] = r
	}
	count(r)
}

// Add looks at one chunk at an address, of which code are the accepted ranges. Chunks come in order.
func (t *Traits) Add(address uint64, b []byte, code []codetest.Span) {
	for _, s := range code {
		if t.architecture == codetest.ARM64 {
			t.addARM64(address, b, s)
		} else {
			t.addX86(address, b, s)
		}
	}
	for at := 0; at+8 <= len(b); at += 8 {
		// Small numbers could be addresses of a program that is not position independent: they prove nothing.
		if value := binary.LittleEndian.Uint64(b[at:]); value >= 1<<32 && value < 1<<47 {
			t.refer(value, func(r *References) { r.Words++ })
		}
		// Slots of V8's far jump tables (jump-table-assembler.cc): jmp [rip+2]; nop; address.
		if at+16 <= len(b) && string(b[at:at+8]) == "\xff\x25\x02\x00\x00\x00\x66\x90" {
			t.call(binary.LittleEndian.Uint64(b[at+8:]))
		}
	}
	t.blocks.add(address-t.start, b, t.end-t.start)
	if address == t.start && t.head == nil {
		const headSize = 64
		t.head = append([]byte{}, b[:min(len(b), headSize)]...)
	}
}

// AddNeighbour looks at read-only memory without a file around the region, where compilers put unwind records.
func (t *Traits) AddNeighbour(address uint64, b []byte) {
	t.unwind += unwindRecords(b, address, t.start, t.end)
}

// Wants tells whether AddNeighbour can say anything about this region.
func (t *Traits) Wants() bool {
	for _, i := range t.engineAreas() {
		if t.space[i].has(EngineLLVM) {
			return true
		}
	}
	return false
}

func (t *Traits) addX86(address uint64, b []byte, s codetest.Span) {
	var inst x86.Inst
	for at := s.Start; at < s.End; {
		decoded := false
		if t.architecture == codetest.X86 {
			decoded = x86.Decode32(b[at:s.End], &inst)
		} else {
			decoded = x86.Decode(b[at:s.End], &inst)
		}
		if !decoded {
			at++
			continue
		}
		t.instruction(address+uint64(at), b[at:], &inst)
		if slot := int64(at) + inst.RIPTarget; inst.RIP && inst.Flow != x86.FlowNext && slot >= 0 && slot+8 <= int64(len(b)) {
			// A call or jump through an address that lies beside the code.
			t.call(binary.LittleEndian.Uint64(b[slot:]))
		}
		at += inst.Len
	}
}

func (t *Traits) addARM64(address uint64, b []byte, s codetest.Span) {
	var inst arm64.Inst
	for at := s.Start &^ 3; at < s.End && arm64.Decode(b[at:], &inst); at += arm64.Size {
		t.instructions++
		if inst.Syscall {
			t.systemCalls++
		}
		if inst.HasTarget && (inst.Flow == x86.FlowCall || inst.Flow == x86.FlowJump) {
			t.call(address + uint64(at) + uint64(inst.Target))
		}
	}
}

// call counts a call or jump to an address that leaves the region.
func (t *Traits) call(target uint64) {
	if target < t.start || target >= t.end {
		t.callsOut++
		t.refer(target, func(r *References) { r.Calls++ })
	}
}

// luaJITHead recognises how LuaJIT starts an area of machine code (lj_mcode.c, lj_err.c): the
// link to the next area, this area's size, and an unwind record with a pointer to the engine's handler.
func (t *Traits) luaJITHead() bool {
	if len(t.head) < 64 || binary.LittleEndian.Uint64(t.head[8:]) != t.end-t.start {
		return false
	}
	for at := 16; at+8 <= len(t.head); at++ {
		if area := t.space.At(binary.LittleEndian.Uint64(t.head[at:])); area != nil && area.has(EngineLuaJIT) {
			return true
		}
	}
	return false
}

func (t *Traits) instruction(address uint64, b []byte, inst *x86.Inst) {
	const r13, r15, systemCall = 13, 15, 256 + 0x05
	t.instructions++
	indirect := inst.Flow == x86.FlowIndirectCall || inst.Flow == x86.FlowIndirectJump
	switch {
	case inst.Base == r13 && indirect:
		t.rootCalls++
	case inst.Base == r13:
		t.rootOperands++
	case inst.Base == r15 && !indirect:
		t.threadOperands++
	}
	if inst.HasTarget && inst.ImmSize == 4 {
		t.call(address + uint64(inst.Target))
	}
	if inst.ImmSize == 8 {
		t.refer(uint64(inst.Imm), func(r *References) { r.Constants++ })
	}
	if inst.Key == systemCall {
		t.systemCalls++
	}
	if isClosure(b) {
		t.closures++
	}
}

// isClosure recognises libffi's trampoline (ffi64.c): endbr64; lea r10,[rip-11]; jmp [rip+3].
func isClosure(b []byte) bool {
	const trampoline = "\xf3\x0f\x1e\xfa\x4c\x8d\x15\xf5\xff\xff\xff\xff\x25"
	return len(b) >= len(trampoline) && string(b[:len(trampoline)]) == trampoline
}

// sljitWalk follows the block headers of sljit's executable allocator, which PCRE2's compiler uses: each block has
// its size (0: free) and that of the one before; a block of size 1 ends the chunk (sljitExecAllocator.c).
type sljitWalk struct {
	next, previous uint64
	blocks         int
	broken, closed bool
}

func (w *sljitWalk) add(offset uint64, b []byte, size uint64) {
	const header, freeHeader, endMark = 16, 40, 1
	if offset == 0 && w.blocks == 0 && size%(64<<10) != 0 {
		w.broken = true
	}
	for !w.broken && !w.closed && w.next >= offset && w.next+header <= offset+uint64(len(b)) {
		at := b[w.next-offset:]
		length, before := binary.LittleEndian.Uint64(at), binary.LittleEndian.Uint64(at[8:])
		if before != w.previous {
			w.broken = true
			return
		}
		if length == endMark {
			w.closed = w.next+header == size
			w.broken = !w.closed
			return
		}
		if length == 0 {
			if len(at) < freeHeader {
				w.broken = true
				return
			}
			length = binary.LittleEndian.Uint64(at[32:])
		}
		if length < header || length%8 != 0 || w.next+length > size {
			w.broken = true
			return
		}
		w.blocks++
		w.previous = length
		w.next += length
	}
}

// whole tells that every header from the first to the last was as the allocator writes it.
func (w *sljitWalk) whole() bool { return w.closed && !w.broken && w.blocks > 0 }
