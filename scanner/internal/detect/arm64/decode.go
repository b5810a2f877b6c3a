// Package arm64 reads A64 instructions as far as telling code from data needs it: control flow, branch targets, and how
// likely a word is compiled code (Arm Architecture Reference Manual, C4.1).
package arm64

import (
	"encoding/binary"

	"genehound/scanner/internal/detect/x86"
)

// Inst is one instruction of four bytes.
type Inst struct {
	Word      uint32
	Flow      x86.Flow
	HasTarget bool
	Target    int64 // distance from the instruction
	Syscall   bool
}

// Size of every instruction.
const Size = 4

// Decode reads the word at the start of code; false where there are fewer than four bytes.
func Decode(code []byte, inst *Inst) bool {
	if len(code) < Size {
		return false
	}
	w := binary.LittleEndian.Uint32(code)
	*inst = Inst{Word: w}
	direct := func(flow x86.Flow, shift, bits uint) {
		inst.Flow, inst.HasTarget = flow, true
		inst.Target = int64(int32(w<<(32-shift-bits))>>(32-bits)) * Size
	}
	switch {
	case w>>26 == 0x05:
		direct(x86.FlowJump, 0, 26)
	case w>>26 == 0x25:
		direct(x86.FlowCall, 0, 26)
	case w&0xff00_0010 == 0x5400_0000, w&0x7e00_0000 == 0x3400_0000:
		direct(x86.FlowBranch, 5, 19)
	case w&0x7e00_0000 == 0x3600_0000:
		direct(x86.FlowBranch, 5, 14)
	case w&0xfe00_0000 == 0xd600_0000:
		// Unconditional branch to a register; opc is in bits 24 to 21, pointer authentication sets bit 24.
		switch w >> 21 & 7 {
		case 0:
			inst.Flow = x86.FlowIndirectJump
		case 1:
			inst.Flow = x86.FlowIndirectCall
		default:
			inst.Flow = x86.FlowReturn
		}
	case w&0xffe0_001f == 0xd420_0000, w>>16 == 0:
		inst.Flow = x86.FlowStop // brk, udf
	case w&0xffe0_001f == 0xd400_0001:
		inst.Syscall = true
	}
	return true
}

// Nop tells whether the word only fills space.
func Nop(w uint32) bool { return w == 0xd503_201f }

// Prologue recognises how functions start: bti c, paciasp, stp x29,x30,[sp,#-n]!, sub sp,sp,#n.
func Prologue(w uint32) bool {
	return w == 0xd503_245f || w == 0xd503_233f || w&0xffc0_7fff == 0xa980_7bfd || w&0xff80_03ff == 0xd100_03ff
}

// Score is how much likelier the word is in compiled code than in other bytes, in 1/x86.Unit bits. Its three parts
// (opcode; immediate or second source; first source and destination) count as independent.
func Score(w uint32) int {
	return int(highScore[w>>21]) + int(middleScore[w>>10&0x7ff]) + int(lowScore[w&0x3ff])
}
