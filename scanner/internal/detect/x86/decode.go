// Package x86 decodes x86-64 machine code as far as telling code from data needs it: lengths, control flow,
// branch targets, and the features by which compiled code differs from other bytes. It does no I/O.
package x86

// Flow says how an instruction passes control on.
type Flow uint8

const (
	FlowNext         Flow = iota
	FlowJump              // unconditional, direct
	FlowBranch            // conditional, direct
	FlowCall              // direct
	FlowIndirectJump      // through a register or memory
	FlowIndirectCall
	FlowReturn
	FlowStop // ud2, int3, hlt
)

// EndsRun tells whether the following byte is reached only by a jump.
func (f Flow) EndsRun() bool {
	return f == FlowJump || f == FlowIndirectJump || f == FlowReturn || f == FlowStop
}

// Inst is one decoded instruction.
type Inst struct {
	Len    int
	Key    uint16 // what the instruction does, an index below Keys
	Flow   Flow
	Target int64 // of direct flow and of a RIP-relative operand: distance from the instruction's first byte

	HasTarget bool // direct flow
	RIP       bool // has a RIP-relative operand, distance in RIPTarget
	RIPTarget int64

	Narrow  bool // of 32-bit code
	Rex     byte // 0: none
	Vex     byte // 0: none, 2 or 3: VEX, 4: EVEX
	Legacy  byte // number of legacy prefixes
	Segment byte // 0x64, 0x65 or another segment prefix, 0: none
	Lock    bool
	Rep     byte // 0xf2, 0xf3 or 0
	OpSize  bool

	ModRM    byte
	HasModRM bool
	Base     int8 // base register of the memory operand, -1: none
	DispSize uint8
	Disp     int32
	ImmSize  uint8
	Imm      int64
}

// Keys is the number of different Inst.Key: four opcode maps, the VEX maps, and sixteen groups by ModRM.reg.
const Keys = 4*256 + 3*256 + groups*8

const groups = 24

var groupOf = map[int]uint16{
	0x80: 1, 0x81: 2, 0x83: 3, 0x8f: 4, 0xc0: 5, 0xc1: 6, 0xc6: 7, 0xc7: 8, 0xd0: 9, 0xd1: 10, 0xd2: 11, 0xd3: 12,
	0xf6: 13, 0xf7: 14, 0xfe: 15, 0xff: 16,
	0x171: 17, 0x172: 18, 0x173: 19, 0x1ae: 20, 0x1c7: 21, 0x101: 22, 0x100: 22, 0x118: 23, 0x1ba: 0,
}

var groupTable [2][256]int8

func init() {
	for i := range groupTable {
		for j := range groupTable[i] {
			groupTable[i][j] = -1
		}
	}
	for opcode, index := range groupOf {
		groupTable[opcode>>8][opcode&0xff] = int8(index)
	}
}

const maxLength = 15

// Decode reads the instruction at the start of code. It returns false where there is none: invalid, or cut off
// by the end of code. It never reads past len(code).
func Decode(code []byte, inst *Inst) bool {
	return decode(decoder{code: code, inst: inst})
}

// Decode32 is Decode for 32-bit code.
func Decode32(code []byte, inst *Inst) bool {
	return decode(decoder{code: code, inst: inst, narrow: true})
}

func decode(d decoder) bool {
	inst := d.inst
	*inst = Inst{Base: -1, Narrow: d.narrow}
	if len(d.code) > maxLength {
		d.code = d.code[:maxLength]
	}
	if !d.prefixes() || !d.opcode() {
		return false
	}
	if d.attributes&hasModRM != 0 && !d.modRM() {
		return false
	}
	if !d.valid() || !d.immediates() {
		return false
	}
	inst.Len = d.at
	if inst.RIP {
		inst.RIPTarget += int64(d.at)
	}
	d.flow()
	return true
}

type decoder struct {
	code       []byte
	at         int
	inst       *Inst
	attributes uint16
	opcodeMap  int // 0, 1 (0F), 2 (0F38), 3 (0F3A)
	op         byte
	addr32     bool
	narrow     bool // 32-bit code
}

func (d *decoder) next() (byte, bool) {
	if d.at >= len(d.code) {
		return 0, false
	}
	b := d.code[d.at]
	d.at++
	return b, true
}

func (d *decoder) prefixes() bool {
	for d.at < len(d.code) {
		b := d.code[d.at]
		switch b {
		case 0x66:
			d.inst.OpSize = true
		case 0x67:
			d.addr32 = true
		case 0xf0:
			d.inst.Lock = true
		case 0xf2, 0xf3:
			d.inst.Rep = b
		case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65:
			d.inst.Segment = b
		default:
			if b&0xf0 == 0x40 && !d.narrow {
				d.inst.Rex = b
				d.at++
			}
			return d.at < len(d.code)
		}
		d.inst.Legacy++
		d.at++
	}
	return false
}

func (d *decoder) opcode() bool {
	b, ok := d.next()
	if !ok {
		return false
	}
	switch {
	case b == 0x0f:
		return d.escaped()
	case b == 0xc5 || b == 0xc4 || b == 0x62:
		// Where a memory operand follows, these are LDS, LES and BOUND in 32-bit code, which no compiler emits.
		if d.narrow && (d.at >= len(d.code) || d.code[d.at]&0xc0 != 0xc0) {
			return false
		}
		return d.vex(b)
	}
	// A REX prefix must stand right before the opcode: another prefix after it is not one that compilers emit.
	switch b {
	case 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65:
		return false
	}
	if b&0xf0 == 0x40 {
		d.op, d.inst.Key = b, uint16(b)
		return d.narrow
	}
	d.op, d.attributes, d.inst.Key = b, oneByte[b], uint16(b)
	if d.narrow {
		switch b {
		case 0x60, 0x61: // PUSHA, POPA
			return true
		case 0x63: // ARPL
			return false
		}
	}
	return d.attributes&invalid == 0
}

func (d *decoder) escaped() bool {
	b, ok := d.next()
	if !ok {
		return false
	}
	switch b {
	case 0x38:
		if d.op, ok = d.next(); !ok {
			return false
		}
		d.opcodeMap, d.attributes, d.inst.Key = 2, map38[d.op], 512+uint16(d.op)
	case 0x3a:
		if d.op, ok = d.next(); !ok {
			return false
		}
		d.opcodeMap, d.attributes, d.inst.Key = 3, map3A[d.op], 768+uint16(d.op)
	default:
		d.op, d.opcodeMap, d.attributes, d.inst.Key = b, 1, twoByte[b], 256+uint16(b)
	}
	return d.attributes&invalid == 0
}

// vex reads VEX (SDM 2.3) and EVEX (2.7) prefixes with their opcode.
func (d *decoder) vex(first byte) bool {
	if d.inst.Rex != 0 || d.inst.OpSize || d.inst.Rep != 0 || d.inst.Lock {
		return false
	}
	length := 1
	if first == 0xc4 {
		length = 2
	} else if first == 0x62 {
		length = 3
	}
	if d.at+length+1 > len(d.code) {
		return false
	}
	payload := d.code[d.at : d.at+length]
	opcodeMap := byte(1)
	switch first {
	case 0xc5:
		d.inst.Vex = 2
	case 0xc4:
		d.inst.Vex = 3
		opcodeMap = payload[0] & 0x1f
	default:
		d.inst.Vex = 4
		opcodeMap = payload[0] & 7
		if payload[0]&8 != 0 || payload[1]&4 == 0 {
			return false
		}
	}
	d.at += length
	d.op, _ = d.next()
	if opcodeMap < 1 || opcodeMap > 3 || vexInvalid(opcodeMap, d.op) {
		return false
	}
	d.opcodeMap = int(opcodeMap)
	d.inst.Key = 1024 + uint16(opcodeMap-1)*256 + uint16(d.op)
	switch {
	case opcodeMap == 1 && d.op == 0x77:
		d.attributes = 0
	case opcodeMap == 1:
		d.attributes = hasModRM | twoByte[d.op]&imm8
	case opcodeMap == 2:
		d.attributes = hasModRM
	default:
		d.attributes = hasModRM | imm8
	}
	return true
}

func (d *decoder) modRM() bool {
	b, ok := d.next()
	if !ok {
		return false
	}
	inst := d.inst
	inst.ModRM, inst.HasModRM = b, true
	if inst.Vex == 0 && d.opcodeMap < 2 {
		if g := groupTable[d.opcodeMap][d.op]; g >= 0 {
			inst.Key = 1024 + 768 + uint16(g)*8 + uint16(b>>3&7)
		}
	}
	mod, rm := b>>6, b&7
	if mod == 3 {
		return true
	}
	base := int8(rm)
	if inst.Rex&1 != 0 {
		base += 8
	}
	if rm == 4 {
		sib, ok := d.next()
		if !ok {
			return false
		}
		base = int8(sib & 7)
		if inst.Rex&1 != 0 {
			base += 8
		}
		if sib&7 == 5 && mod == 0 {
			base = -1
			inst.DispSize = 4
		}
	} else if rm == 5 && mod == 0 {
		base = -1
		inst.RIP = !d.narrow
		inst.DispSize = 4
	}
	inst.Base = base
	switch mod {
	case 1:
		inst.DispSize = 1
	case 2:
		inst.DispSize = 4
	}
	value, ok := d.signed(int(inst.DispSize))
	inst.Disp = int32(value)
	inst.RIPTarget = value
	return ok
}

func (d *decoder) signed(size int) (int64, bool) {
	if d.at+size > len(d.code) {
		return 0, false
	}
	bytes := d.code[d.at : d.at+size]
	d.at += size
	switch size {
	case 0:
		return 0, true
	case 1:
		return int64(int8(bytes[0])), true
	case 2:
		return int64(int16(uint16(bytes[0]) | uint16(bytes[1])<<8)), true
	case 4:
		return int64(int32(uint32(bytes[0]) | uint32(bytes[1])<<8 | uint32(bytes[2])<<16 | uint32(bytes[3])<<24)), true
	}
	var value uint64
	for i := size - 1; i >= 0; i-- {
		value = value<<8 | uint64(bytes[i])
	}
	return int64(value), true
}
