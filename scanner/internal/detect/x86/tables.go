package x86

// Attributes of an opcode in 64-bit mode (Intel SDM volume 2, appendix A).
const (
	hasModRM = 1 << iota
	imm8
	imm16
	immZ // 16 bits under operand size 66, else 32
	immV // as immZ, 64 bits under REX.W
	rel8
	rel32
	moffs // 8-byte address, 4 under address size 67
	invalid
	group // what it does depends on ModRM.reg
)

var oneByte, twoByte, map38, map3A [256]uint16

func set(table *[256]uint16, attributes uint16, opcodes ...int) {
	for _, opcode := range opcodes {
		table[opcode] |= attributes
	}
}

func setRange(table *[256]uint16, attributes uint16, from, to int) {
	for opcode := from; opcode <= to; opcode++ {
		table[opcode] |= attributes
	}
}

func init() {
	initOneByte()
	initTwoByte()
	initThreeByte()
}

func initOneByte() {
	t := &oneByte
	for base := 0; base < 0x40; base += 8 {
		setRange(t, hasModRM, base, base+3)
		set(t, imm8, base+4)
		set(t, immZ, base+5)
	}
	set(t, invalid, 0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f)
	set(t, invalid, 0x60, 0x61, 0x82, 0x9a, 0xce, 0xd4, 0xd5, 0xd6, 0xea)
	set(t, hasModRM, 0x63)
	set(t, immZ, 0x68)
	set(t, hasModRM|immZ, 0x69)
	set(t, imm8, 0x6a)
	set(t, hasModRM|imm8, 0x6b)
	setRange(t, rel8, 0x70, 0x7f)
	set(t, hasModRM|imm8|group, 0x80, 0x83)
	set(t, hasModRM|immZ|group, 0x81)
	setRange(t, hasModRM, 0x84, 0x8e)
	set(t, hasModRM|group, 0x8f)
	setRange(t, moffs, 0xa0, 0xa3)
	set(t, imm8, 0xa8)
	set(t, immZ, 0xa9)
	setRange(t, imm8, 0xb0, 0xb7)
	setRange(t, immV, 0xb8, 0xbf)
	set(t, hasModRM|imm8|group, 0xc0, 0xc1, 0xc6)
	set(t, imm16, 0xc2, 0xca)
	set(t, hasModRM|immZ|group, 0xc7)
	set(t, imm16|imm8, 0xc8)
	set(t, imm8, 0xcd)
	setRange(t, hasModRM|group, 0xd0, 0xd3)
	setRange(t, hasModRM, 0xd8, 0xdf)
	setRange(t, rel8, 0xe0, 0xe3)
	setRange(t, imm8, 0xe4, 0xe7)
	set(t, rel32, 0xe8, 0xe9)
	set(t, rel8, 0xeb)
	set(t, hasModRM|group, 0xf6, 0xf7, 0xfe, 0xff)
}

func initTwoByte() {
	t := &twoByte
	set(t, hasModRM, 0x00, 0x01, 0x02, 0x03, 0x0d)
	set(t, invalid, 0x04, 0x0a, 0x0c, 0x0e, 0x0f, 0x36, 0x39, 0x7a, 0x7b, 0xa6, 0xa7)
	setRange(t, invalid, 0x3b, 0x3f)
	setRange(t, invalid, 0x24, 0x27)
	setRange(t, hasModRM, 0x10, 0x23)
	setRange(t, hasModRM, 0x28, 0x2f)
	setRange(t, hasModRM, 0x40, 0x76)
	set(t, imm8, 0x70)
	setRange(t, imm8|group, 0x71, 0x73)
	setRange(t, hasModRM, 0x78, 0x79)
	setRange(t, hasModRM, 0x7c, 0x7f)
	setRange(t, rel32, 0x80, 0x8f)
	setRange(t, hasModRM, 0x90, 0x9f)
	set(t, hasModRM, 0xa3, 0xa5, 0xab, 0xad, 0xae, 0xaf)
	set(t, group, 0xae, 0xc7, 0x01, 0x00, 0x18)
	set(t, hasModRM|imm8, 0xa4, 0xac)
	setRange(t, hasModRM, 0xb0, 0xc7)
	set(t, imm8|group, 0xba)
	set(t, imm8, 0xc2, 0xc4, 0xc5, 0xc6)
	setRange(t, hasModRM, 0xd0, 0xff)
}

func initThreeByte() {
	setRange(&map38, hasModRM|invalid, 0x00, 0xff)
	setRange(&map3A, hasModRM|imm8|invalid, 0x00, 0xff)
	valid := func(table *[256]uint16, ranges ...[2]int) {
		for _, r := range ranges {
			for opcode := r[0]; opcode <= r[1]; opcode++ {
				table[opcode] &^= invalid
			}
		}
	}
	valid(&map38, [2]int{0x00, 0x0b}, [2]int{0x10, 0x10}, [2]int{0x14, 0x15}, [2]int{0x17, 0x17},
		[2]int{0x1c, 0x1e}, [2]int{0x20, 0x25}, [2]int{0x28, 0x2b}, [2]int{0x30, 0x41}, [2]int{0x80, 0x82},
		[2]int{0xc8, 0xcd}, [2]int{0xcf, 0xcf}, [2]int{0xdb, 0xdf}, [2]int{0xf0, 0xf1}, [2]int{0xf5, 0xf6},
		[2]int{0xf8, 0xf9})
	valid(&map3A, [2]int{0x08, 0x0f}, [2]int{0x14, 0x17}, [2]int{0x20, 0x22}, [2]int{0x40, 0x42},
		[2]int{0x44, 0x44}, [2]int{0x60, 0x63}, [2]int{0xcc, 0xcc}, [2]int{0xce, 0xcf}, [2]int{0xdf, 0xdf})
}

// vexInvalid tells which opcodes of the three VEX and EVEX maps nothing is assigned to.
func vexInvalid(opcodeMap, opcode byte) bool {
	switch opcodeMap {
	case 1:
		switch {
		case opcode < 0x10, opcode >= 0x18 && opcode < 0x28, opcode >= 0x30 && opcode < 0x41:
			return true
		case opcode >= 0x80 && opcode < 0x90, opcode >= 0x94 && opcode < 0x98,
			opcode >= 0x9a && opcode < 0xc2 && opcode != 0xae:
			return true
		case opcode == 0xc3, opcode >= 0xc7 && opcode < 0xd0, opcode == 0xff:
			return true
		}
		return false
	case 2:
		return opcode >= 0xe0 && opcode < 0xf2 && opcode != 0xf0 && opcode != 0xf1
	default:
		return opcode > 0x7f && opcode < 0xc2 || opcode >= 0xd0 && opcode != 0xdf && opcode != 0xf0
	}
}
