package detect

import (
	"encoding/binary"
	"fmt"
	"slices"

	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/detect/x86"
	"genehound/scanner/internal/model"
)

// Modified compares the executable pages of one module with its file and says what the difference is.
type Modified struct {
	Base, End uint64 // of the module
	TextBytes uint64 // executable bytes of the file
	// X86 tells whether changed bytes are decoded.
	X86 bool
	// Narrow: as 32-bit code.
	Narrow bool
	// TextRelocations tells that the loader itself changes this module's code.
	TextRelocations bool

	changes     []model.Change
	overflow    bool
	changed     uint64 // bytes
	breakpoints int    // changes of one byte to int3
	hooks       []string
	toUnbacked  bool // a hook leads to memory without a file
	toModules   int  // changes that do nothing but lead into a module
	leadsTo     []string
}

const (
	// maxHookBytes is the longest change that is no more than a jump; the longest way to jump takes 14.
	maxHookBytes = 16
	// mergeGap joins changes that belong to one: a new instruction may keep bytes of the old one.
	mergeGap = 8
	maxHooks = 16
	// stompedShare of a module's executable bytes changed means another program in its place.
	stompedShare = 0.5
	int3         = 0xcc
)

// Page takes one page that the process changed, at an address that is rva bytes from the image's base. memory and
// file have the same length.
func (m *Modified) Page(rva, address uint64, memory, file []byte, space Space) {
	for at := 0; at < len(memory); {
		if memory[at] == file[at] {
			at++
			continue
		}
		start, end := at, at+1
		for at = end; at < len(memory) && at < end+mergeGap; at++ {
			if memory[at] != file[at] {
				end = at + 1
			}
		}
		at = end
		m.change(rva+uint64(start), address, memory, file, start, end, space)
	}
}

func (m *Modified) change(rva, address uint64, memory, file []byte, start, end int, space Space) {
	for i := start; i < end; i++ {
		if memory[i] != file[i] {
			m.changed++
		}
	}
	if end-start == 1 && memory[start] == int3 {
		m.breakpoints++
	}
	if n := len(m.changes); n > 0 {
		if last := &m.changes[n-1]; uint64(last.RVA)+uint64(last.Size)+mergeGap >= rva {
			last.Size = uint32(rva + uint64(end-start) - uint64(last.RVA))
			m.toModules = -model.MaxChanges // what it has become was not looked at as a whole
			return
		}
	}
	if len(m.changes) >= model.MaxChanges || rva > 1<<32-1 {
		m.overflow = true
		return
	}
	m.changes = append(m.changes, model.Change{RVA: uint32(rva), Size: uint32(end - start)})
	if m.X86 && len(m.hooks) < maxHooks {
		if target, direct, ok := hookTarget(address, memory, start, end, m, space); ok {
			area := space.At(target)
			m.toUnbacked = m.toUnbacked || !area.Module
			m.hooks = append(m.hooks, fmt.Sprintf("at RVA 0x%x control goes to 0x%x, %s", rva, target, area))
			if area.Module && direct && end-start <= maxHookBytes {
				m.toModules++
				if !slices.Contains(m.leadsTo, area.Name) {
					m.leadsTo = append(m.leadsTo, area.Name)
				}
			}
		}
	}
}

// hookTarget finds where the changed instruction leads, if that is executable memory outside of the module. The
// first changed byte may be the instruction's first, or follow an opcode that stayed the same; direct tells that nothing
// comes before it.
func hookTarget(address uint64, memory []byte, start, end int, m *Modified, space Space) (to uint64, direct, ok bool) {
	outside := func(target uint64) bool {
		area := space.At(target)
		return area != nil && area.Exec && !(area.Module && target >= m.Base && target < m.End)
	}
	for back := 0; back <= 2 && back <= start; back++ {
		at := start - back
		if target, ok := leadsTo(address+uint64(at), memory[at:], m.Narrow); ok && outside(target) {
			return target, true, true
		}
	}
	// A longer patch may compute first and jump later.
	for at := start; at < min(end, start+64); at++ {
		if target, ok := leadsTo(address+uint64(at), memory[at:], m.Narrow); ok && outside(target) {
			return target, false, true
		}
	}
	return 0, false, false
}

// leadsTo recognises the ways to pass control to a fixed address: direct jump or call, jump through the following
// eight bytes, an address loaded and jumped to, an address pushed and returned to.
func leadsTo(address uint64, b []byte, narrow bool) (uint64, bool) {
	var inst x86.Inst
	pointer := uint8(8)
	if narrow {
		pointer = 4
		if !x86.Decode32(b, &inst) {
			return 0, false
		}
	} else if !x86.Decode(b, &inst) {
		return 0, false
	}
	switch {
	case inst.HasTarget && (inst.Flow == x86.FlowJump || inst.Flow == x86.FlowCall) && inst.ImmSize == 4:
		target := address + uint64(inst.Target)
		if narrow {
			target &= 1<<32 - 1
		}
		return target, true
	case inst.RIP && (inst.Flow == x86.FlowIndirectJump || inst.Flow == x86.FlowIndirectCall):
		if at := inst.RIPTarget; at > 0 && at+8 <= int64(len(b)) {
			return binary.LittleEndian.Uint64(b[at:]), true
		}
	case inst.ImmSize == pointer && inst.Key >= 0xb8 && inst.Key <= 0xbf:
		rest := b[inst.Len:]
		for i := 0; i+1 < len(rest) && i < 8; i++ {
			register := byte(inst.Key & 7)
			if rest[i] == 0xff && (rest[i+1] == 0xe0|register || rest[i+1] == 0xd0|register) ||
				rest[i] == 0x50|register && rest[i+1] == 0xc3 {
				if narrow {
					return uint64(uint32(inst.Imm)), true
				}
				return uint64(inst.Imm), true
			}
		}
	case inst.Key == 0x68 && inst.ImmSize == 4:
		rest := b[inst.Len:]
		target := uint64(uint32(inst.Imm))
		// push low half; mov dword [rsp+4], high half; ret
		if len(rest) >= 9 && rest[0] == 0xc7 && rest[1] == 0x44 && rest[2] == 0x24 && rest[3] == 4 {
			target |= uint64(binary.LittleEndian.Uint32(rest[4:])) << 32
			rest = rest[8:]
		}
		if len(rest) > 0 && rest[0] == 0xc3 {
			return target, true
		}
	}
	return 0, false
}

// Difference is the verdict on a module: how it differs, and the finding if it is one.
type Difference struct {
	Type    string // of the comparison: breakpoint, patched, hooked, stomped
	Kind    model.FindingKind
	Finding bool
	Details string
	Changes []model.Change
	// LeadsTo names the modules into which the changes lead, where they all do and do nothing else.
	LeadsTo []string
}

// Judge sums up; ok is false where no byte differs.
func (m *Modified) Judge() (d Difference, ok bool) {
	if m.changed == 0 {
		return d, false
	}
	d.Changes = m.changes
	summary := fmt.Sprintf("%d bytes in %d places differ from the file", m.changed, len(m.changes))
	if m.overflow {
		summary = fmt.Sprintf("%d bytes in more than %d places differ from the file", m.changed, model.MaxChanges)
	}
	switch {
	case uint64(m.breakpoints) == m.changed:
		d.Type = "breakpoint"
		d.Details = fmt.Sprintf("%d single bytes are int3: a debugger's breakpoints or the kernel's uprobes", m.breakpoints)
	case m.TextBytes > 0 && float64(m.changed) >= stompedShare*float64(m.TextBytes):
		d.Type, d.Kind, d.Finding, d.Details = "stomped", model.FindingStomped, true, summary+": most of its code is another's"
	case len(m.hooks) > 0:
		d.Type, d.Kind, d.Finding, d.Details = "hooked", model.FindingHooked, true, summary
		for _, hook := range m.hooks {
			if len(d.Details)+len(hook) > model.MaxText-16 {
				break
			}
			d.Details += "; " + hook
		}
		if m.toModules == len(m.changes) && !m.overflow {
			d.LeadsTo = m.leadsTo
		}
	default:
		d.Type, d.Kind, d.Finding, d.Details = "patched", model.FindingPatched, true, summary
	}
	if m.TextRelocations && !m.toUnbacked && d.Kind != model.FindingStomped {
		d.Finding = false
		d.Details += "; the module has text relocations: the loader changes its code"
	}
	return d, true
}

// MaySend tells whether a page that a process changed may leave: its changed bytes must be code, or so few and so
// little like text that they are an instruction's.
func MaySend(architecture codetest.Architecture, memory, file []byte) bool {
	const (
		maxPatch = 64
		maxTotal = 256
	)
	total := 0
	result := codetest.Classify(architecture, memory, codetest.Options{Final: true})
	covered := 0
	for at := 0; at < len(memory); {
		if memory[at] == file[at] {
			at++
			continue
		}
		start := at
		for at < len(memory) && memory[at] != file[at] {
			at++
		}
		for covered < len(result.Code) && result.Code[covered].End <= start {
			covered++
		}
		if covered < len(result.Code) && result.Code[covered].Start <= start && at <= result.Code[covered].End {
			continue
		}
		total += at - start
		if at-start > maxPatch || total > maxTotal || codetest.HasText(memory[max(0, start-8):min(len(memory), at+8)]) {
			return false
		}
	}
	return true
}
