package arm64

import (
	"encoding/binary"
	"testing"

	"genehound/scanner/internal/detect/x86"
)

func TestControlFlow(t *testing.T) {
	for _, c := range []struct {
		word   uint32
		flow   x86.Flow
		target int64
	}{
		{0x14000002, x86.FlowJump, 8},
		{0x97ffffff, x86.FlowCall, -4},
		{0x54000040, x86.FlowBranch, 8},       // b.eq
		{0xb4ffffe0, x86.FlowBranch, -4},      // cbz x0
		{0x36000040, x86.FlowBranch, 8},       // tbz w0, #0
		{0xd65f03c0, x86.FlowReturn, 0},       // ret
		{0xd65f0bff, x86.FlowReturn, 0},       // retaa
		{0xd61f0200, x86.FlowIndirectJump, 0}, // br x16
		{0xd63f0000, x86.FlowIndirectCall, 0}, // blr x0
		{0xd4200020, x86.FlowStop, 0},         // brk
		{0x00000000, x86.FlowStop, 0},         // udf
		{0xaa0003e0, x86.FlowNext, 0},         // mov x0, x0
	} {
		var inst Inst
		code := binary.LittleEndian.AppendUint32(nil, c.word)
		if !Decode(code, &inst) || inst.Flow != c.flow || inst.Target != c.target {
			t.Errorf("%08x: %+v", c.word, inst)
		}
		if Decode(code[:3], &inst) {
			t.Errorf("%08x: three bytes decode", c.word)
		}
	}
	for _, w := range []uint32{0xa9be7bfd, 0xd10083ff, 0xd503233f} {
		if !Prologue(w) {
			t.Errorf("%08x starts functions", w)
		}
	}
}
