package x86

// valid refuses encodings that no assembler emits though the length is defined.
func (d *decoder) valid() bool {
	inst := d.inst
	if d.opcodeMap != 0 || inst.Vex != 0 {
		return true
	}
	reg, memory := inst.ModRM>>3&7, inst.ModRM>>6 != 3
	switch d.op {
	case 0x8d:
		return memory
	case 0x8f:
		return reg == 0
	case 0xc6, 0xc7:
		return reg == 0 || inst.ModRM == 0xf8
	case 0xfe:
		return reg < 2
	case 0xff:
		return reg < 7 && (memory || reg != 3 && reg != 5)
	}
	return true
}

func (d *decoder) immediates() bool {
	inst, attributes := d.inst, d.attributes
	size := 0
	wide := inst.Rex&8 != 0
	switch {
	case attributes&immZ != 0:
		size = 4
		if inst.OpSize && !wide {
			size = 2
		}
	case attributes&immV != 0:
		size = 4
		if wide {
			size = 8
		} else if inst.OpSize {
			size = 2
		}
	case attributes&moffs != 0:
		size = 8
		if d.addr32 || d.narrow {
			size = 4
		}
	case attributes&imm16 != 0:
		size = 2
		if attributes&imm8 != 0 {
			size = 3
		}
	case attributes&(imm8|rel8) != 0:
		size = 1
	case attributes&rel32 != 0:
		size = 4
	}
	if d.opcodeMap == 0 && inst.Vex == 0 && (d.op == 0xf6 || d.op == 0xf7) && inst.ModRM>>3&7 < 2 {
		size = 1
		if d.op == 0xf7 {
			size = 4
			if inst.OpSize && !wide {
				size = 2
			}
		}
	}
	value, ok := d.signed(size)
	inst.ImmSize, inst.Imm = uint8(size), value
	return ok
}

func (d *decoder) flow() {
	inst := d.inst
	if inst.Vex != 0 {
		return
	}
	direct := func(flow Flow) {
		inst.Flow, inst.HasTarget = flow, true
		inst.Target = inst.Imm + int64(inst.Len)
	}
	op := d.op
	switch {
	case d.opcodeMap == 1:
		switch {
		case op >= 0x80 && op <= 0x8f:
			direct(FlowBranch)
		case op == 0x0b:
			inst.Flow = FlowStop
		}
	case d.opcodeMap != 0:
	case op >= 0x70 && op <= 0x7f, op >= 0xe0 && op <= 0xe3:
		direct(FlowBranch)
	case op == 0xe8:
		direct(FlowCall)
	case op == 0xe9, op == 0xeb:
		direct(FlowJump)
	case op == 0xc3, op == 0xc2, op == 0xcb, op == 0xca, op == 0xcf:
		inst.Flow = FlowReturn
	case op == 0xcc, op == 0xf4:
		inst.Flow = FlowStop
	case op == 0xff && (inst.ModRM>>3&7 == 2 || inst.ModRM>>3&7 == 3):
		inst.Flow = FlowIndirectCall
	case op == 0xff && (inst.ModRM>>3&7 == 4 || inst.ModRM>>3&7 == 5):
		inst.Flow = FlowIndirectJump
	}
}
