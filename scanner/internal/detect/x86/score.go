package x86

const (
	incrementScore    = 0
	fixedAddressClass = 3 // as an operand relative to the instruction within 64 kB
)

// Features of an instruction beside its Key. Each has its own table of log-likelihood ratios.
const (
	rexClasses    = 17 // none, 0x40 to 0x4f
	prefixClasses = 8
	dispClasses   = 10
	immClasses    = 9
	flowClasses   = 7
)

// Unit is one bit of evidence in the scores below.
const Unit = 4

// InvalidScore is the evidence of a byte at which nothing decodes.
const InvalidScore = -60 * Unit

// Score is how much likelier inst is in compiled code than in other bytes, in 1/Unit bits: positive speaks for
// code. Features count as independent, which overstates both sides alike.
//
// The tables were learnt from 64-bit code. In 32-bit code a prefix that it cannot have says nothing, INC and DEC of a register
// stand where a prefix would, and an operand at a fixed address is what one beside the instruction is there.
func Score(inst *Inst) int {
	if inst.Narrow {
		return narrowScore(inst)
	}
	return int(keyScore[inst.Key]) + int(rexScore[rexClass(inst)]) + int(prefixScore[prefixClass(inst)]) +
		int(dispScore[dispClass(inst)]) + int(immScore[immClass(inst)]) + int(flowScore[flowClass(inst)])
}

func narrowScore(inst *Inst) int {
	key, disp := int(keyScore[inst.Key]), dispClass(inst)
	if inst.Key >= 0x40 && inst.Key < 0x50 {
		key = incrementScore
	}
	if inst.Base < 0 && inst.DispSize == 4 {
		disp = fixedAddressClass
	}
	return key + int(prefixScore[prefixClass(inst)]) + int(dispScore[disp]) + int(immScore[immClass(inst)]) + int(flowScore[flowClass(inst)])
}

func rexClass(inst *Inst) int {
	if inst.Rex == 0 {
		return 0
	}
	return int(inst.Rex&0xf) + 1
}

func prefixClass(inst *Inst) int {
	switch {
	case inst.Legacy == 0:
		return 0
	case inst.Legacy > 1:
		return 7
	case inst.Lock:
		return 1
	case inst.Rep != 0:
		return 2
	case inst.OpSize:
		return 3
	case inst.Segment == 0x64:
		return 4
	case inst.Segment != 0:
		return 5
	default:
		return 6 // address size
	}
}

func magnitude(value int64) int {
	if value < 0 {
		value = -value
	}
	switch {
	case value < 1<<8:
		return 0
	case value < 1<<16:
		return 1
	case value < 1<<26:
		return 2
	default:
		return 3
	}
}

func dispClass(inst *Inst) int {
	switch {
	case !inst.HasModRM || inst.DispSize == 0:
		return 0
	case inst.DispSize == 1:
		return 1
	case inst.RIP:
		return 2 + magnitude(int64(inst.Disp))
	default:
		return 6 + magnitude(int64(inst.Disp))
	}
}

func immClass(inst *Inst) int {
	switch {
	case inst.ImmSize == 0 || inst.HasTarget:
		return 0
	case inst.ImmSize == 1:
		return 1
	case inst.ImmSize <= 3:
		return 2
	case inst.ImmSize == 4:
		return 3 + magnitude(inst.Imm)
	default:
		return 7
	}
}

func flowClass(inst *Inst) int {
	switch {
	case !inst.HasTarget:
		return 0
	case inst.ImmSize == 1:
		if inst.Imm < -64 || inst.Imm > 64 {
			return 2
		}
		return 1
	default:
		return 3 + magnitude(inst.Target)
	}
}
