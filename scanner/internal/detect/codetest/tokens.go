package codetest

import (
	"encoding/binary"

	"genehound/scanner/internal/detect/arm64"
	"genehound/scanner/internal/detect/x86"
)

// sweep decodes the chunk from its start to its end into tokens.
func (c *classifier) sweep() {
	b := c.bytes
	c.runs = textRuns(c.runs[:0], b)
	runs := c.runs
	for _, run := range runs {
		c.result.TextBytes += run.end - run.start
	}
	c.tokens = c.tokens[:0]
	if cap(c.at) < len(b) {
		c.at = make([]int32, len(b))
	}
	c.at = c.at[:len(b)]
	for i := range c.at {
		c.at[i] = -1
	}
	limit := len(b)
	if !c.options.Final {
		limit -= lookAhead
	}
	at, run := 0, 0
	for at < limit {
		for run < len(runs) && runs[run].end <= at {
			run++
		}
		var t token
		if run < len(runs) && runs[run].start <= at {
			t = token{length: uint8(min(maxTokenLength, runs[run].end-at)), kind: kindText, score: textScore, target: -1}
		} else {
			t = c.tokenAt(at)
			if t.kind == kindCode && run < len(runs) && runs[run].start < at+int(t.length) {
				// The instruction reaches into text: it is not one, and no byte of the text may pass as its operand.
				t = token{length: uint8(min(maxTokenLength, runs[run].end-at)), kind: kindText, score: textScore, target: -1}
			}
		}
		if c.crossesCounter(at, int(t.length)) {
			// Decoding lost its way: a thread executes within this instruction, so this is not one.
			t = token{length: 1, kind: kindInvalid, score: x86.InvalidScore, target: -1}
		}
		t.offset = int32(at)
		c.at[at] = int32(len(c.tokens))
		c.tokens = append(c.tokens, t)
		at += int(t.length)
	}
	c.next = min(at, len(b))
}

func (c *classifier) tokenAt(at int) token {
	if n := c.paddingAt(at); n > 0 {
		return token{length: uint8(n), kind: kindPadding, target: -1}
	}
	if c.architecture == ARM64 {
		return c.arm64At(at)
	}
	b := c.bytes
	var inst x86.Inst
	decode := x86.Decode
	if c.architecture == X86 {
		decode = x86.Decode32
	}
	if !decode(b[at:], &inst) {
		return token{length: 1, kind: kindInvalid, score: x86.InvalidScore, target: -1}
	}
	t := token{
		length: uint8(inst.Len), kind: kindCode, score: int16(x86.Score(&inst)), key: inst.Key, flow: inst.Flow, target: -1,
	}
	if inst.HasTarget {
		t.target = c.offset(int64(at) + inst.Target)
	}
	if isPrologue(b[at:]) {
		t.flags |= flagPrologue
	}
	if inst.Key == 0x105 || inst.Key == 0xcd && inst.Imm == -0x80 { // syscall, int 0x80
		t.flags |= flagSystemCall
	}
	return t
}

// offset is a branch's target as an offset into the chunk, -1 where it lies outside.
func (c *classifier) offset(target int64) int32 {
	if target < 0 || target >= int64(len(c.bytes)) {
		return -1
	}
	return int32(target)
}

// arm64At reads the word at an offset; instructions stand at multiples of four.
func (c *classifier) arm64At(at int) token {
	invalid := token{length: uint8(arm64.Size - at%arm64.Size), kind: kindInvalid, score: x86.InvalidScore, target: -1}
	var inst arm64.Inst
	if at%arm64.Size != 0 || !arm64.Decode(c.bytes[at:], &inst) {
		invalid.length = uint8(min(int(invalid.length), len(c.bytes)-at))
		return invalid
	}
	t := token{
		length: arm64.Size, kind: kindCode, score: int16(arm64.Score(inst.Word)), key: uint16(inst.Word >> 24), flow: inst.Flow, target: -1,
	}
	if inst.HasTarget {
		t.target = c.offset(int64(at) + inst.Target)
	}
	if inst.Syscall {
		t.flags |= flagSystemCall
	}
	if arm64.Prologue(inst.Word) {
		t.flags |= flagPrologue
	}
	return t
}

// paddingAt measures a run of what fills gaps: zeros, and int3, hlt and nop. It speaks neither for nor against.
func (c *classifier) paddingAt(at int) int {
	b := c.bytes
	if c.architecture == ARM64 {
		return c.arm64Padding(at)
	}
	fill := b[at]
	if fill != 0 && fill != 0xcc && fill != 0xf4 && fill != 0x90 {
		return 0
	}
	n := 1
	for at+n < len(b) && n < maxTokenLength && b[at+n] == fill {
		n++
	}
	if fill == 0 && n < minPaddingLength || fill == 0xf4 && n < 2 {
		return 0
	}
	return n
}

func (c *classifier) arm64Padding(at int) int {
	n := 0
	for at%arm64.Size == 0 && at+n+arm64.Size <= len(c.bytes) && n+arm64.Size <= maxTokenLength {
		if w := binary.LittleEndian.Uint32(c.bytes[at+n:]); w != 0 && !arm64.Nop(w) {
			break
		}
		n += arm64.Size
	}
	return n
}

// isPrologue recognises how functions start: endbr64, push rbp; mov rbp,rsp, sub rsp,n, pushes of saved registers.
func isPrologue(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	switch {
	case b[0] == 0xf3 && b[1] == 0x0f && b[2] == 0x1e && b[3] == 0xfa:
		return true
	case b[0] == 0x55 && b[1] == 0x48 && (b[2] == 0x89 && b[3] == 0xe5 || b[2] == 0x8b && b[3] == 0xec):
		return true
	case b[0] == 0x41 && b[1] >= 0x54 && b[1] <= 0x57 && (b[2] == 0x41 || b[2] == 0x55 || b[2] == 0x53 || b[2] == 0x49):
		return true
	case b[0] == 0x55 && (b[1] == 0x89 && b[2] == 0xe5 || b[1] == 0x8b && b[2] == 0xec):
		return true
	case b[0] == 0x48 && (b[1] == 0x83 || b[1] == 0x81) && b[2] == 0xec:
		return true
	}
	return false
}
