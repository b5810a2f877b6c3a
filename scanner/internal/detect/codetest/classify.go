// Package codetest decides which bytes of executable memory are code. An executable bit alone does not make
// code (S4): what leaves a machine are only bytes that this package accepts, all others become zeros.
//
// The bytes are decoded linearly; a two-state model (code, data) finds the ranges in which the instructions are
// likelier to come from a compiler than from other content; a range is accepted when it has enough evidence
// for its surroundings: likelihood, variety, branch targets that meet instructions, a thread's program counter.
package codetest

import (
	"runtime"

	"genehound/scanner/internal/detect/x86"
)

// Bits of evidence, in x86.Unit.
const (
	enterCost    = 12 * x86.Unit // data to code anywhere
	enterCheap   = 4 * x86.Unit  // at a 16-byte boundary, a branch target or a function's first instruction
	leaveCost    = 10 * x86.Unit // code to data though control flows on
	leaveCall    = 5 * x86.Unit  // after a call, which may not return
	leaveCheap   = 0             // after a jump or return
	reachedBonus = 8 * x86.Unit  // for each instruction that a thread's control flow meets
	textScore    = -200 * x86.Unit
)

// What a range of code must have to be accepted.
const (
	minInstructions  = 12  //
	minKeys          = 6   // different kinds of instructions
	minTargetsAgree  = 0.6 // share of direct branches within the chunk that meet an instruction
	targetsToDecide  = 4   // fewer say nothing
	pageSize         = 4096
	minCodeInPage    = 192  // bytes
	muchCodeInPage   = 1024 // bytes: beside so much code less evidence will do
	minEntryBits     = 18   // at an entry, where a system call counts as systemCallBits more than in libraries
	systemCallBits   = 12
	minEntry         = 5  // instructions there
	maxEntry         = 16 // bytes before the first instruction there
	minBitsBeside    = 16
	meanBitsBeside   = 1.5
	maxTokenLength   = 255
	lookAhead        = 16
	minPaddingLength = 4
)

// Span is a half-open range of offsets into the classified bytes.
type Span struct{ Start, End int }

// Result tells which bytes are code.
type Result struct {
	// Code are the accepted ranges, ascending, padding between neighbours included.
	Code []Span
	// CodeBytes is their total length, TextBytes what is text, RefusedBytes what looked like code but had
	// too little evidence.
	CodeBytes, TextBytes, RefusedBytes int
	// Bits is the evidence of the accepted ranges; Targets and TargetsAgree count their direct branches.
	Bits, Targets, TargetsAgree int
	// Prologues counts function starts.
	Prologues int
	// Next is the offset at which the next chunk starts, at most the given length.
	Next int
}

// Architecture of the code that is looked for.
type Architecture uint8

const (
	X8664 Architecture = iota
	ARM64
	X86
)

// Native is the architecture of this machine's processes.
func Native() Architecture {
	if runtime.GOARCH == "arm64" {
		return ARM64
	}
	return X8664
}

// Options of one classification.
type Options struct {
	// ProgramCounters are offsets at which a thread executes.
	ProgramCounters []int
	// Entry tells that code would start at offset 0, as in memory that was mapped for it: there a little is enough.
	Entry bool
	// Final is false where more bytes of the same mapping follow: the last instruction may then be cut off.
	Final bool
}

// demands are what depends on the architecture: an arm64 instruction always shows 32 bits, most of x86's show fewer.
type demands struct {
	bits, island int     // evidence in bits, in a page that holds minCodeInPage bytes of code and in any other page
	mean         float64 // bits per instruction; most functions have twice as much (measured)
}

var demandsOf = [...]demands{
	X8664: {bits: 60, island: 120, mean: 2.5},
	ARM64: {bits: 160, island: 320, mean: 5},
	X86:   {bits: 60, island: 120, mean: 2.5},
}

type kind uint8

const (
	kindCode kind = iota
	kindInvalid
	kindPadding
	kindText
)

type token struct {
	offset int32
	score  int16
	key    uint16
	length uint8
	kind   kind
	flow   x86.Flow
	flags  uint8
	target int32 // offset of a direct branch's target, -1: none within the chunk
}

const (
	flagTarget   = 1 << iota // something branches here
	flagPrologue             // typical first instruction of a function
	flagCounter              // a thread executes here
	flagCode                 // the model says code
	flagSystemCall
)

// Classify tests one chunk; offset 0 is at a page boundary.
func Classify(architecture Architecture, b []byte, options Options) Result {
	return NewClassifier(architecture, len(b)).Classify(b, options)
}

// Classifier keeps its working memory from one chunk to the next. It serves one goroutine.
type Classifier struct{ classifier }

// NewClassifier makes room for chunks of size bytes.
func NewClassifier(architecture Architecture, size int) *Classifier {
	return &Classifier{classifier{
		architecture: architecture, tokens: make([]token, 0, size/3+16), at: make([]int32, size),
	}}
}

// Classify tests one chunk; the result is valid until the next call.
func (c *Classifier) Classify(b []byte, options Options) Result {
	c.bytes, c.options, c.result, c.next = b, options, Result{Code: c.result.Code[:0]}, 0
	c.sweep()
	c.mark()
	c.segment()
	return c.accept()
}

type classifier struct {
	architecture Architecture
	bytes        []byte
	options      Options
	tokens       []token
	at           []int32 // index of the token that starts at an offset, -1: none
	back         []uint8
	runs         []span
	list         []candidate
	next         int
	result       Result
}

// Cut forgets the code before offset start and at or beyond end; the other figures stay those of the whole chunk.
func (r *Result) Cut(start, end int) {
	kept := r.Code[:0]
	r.CodeBytes = 0
	for _, s := range r.Code {
		s.Start, s.End = max(s.Start, start), min(s.End, end)
		if s.Start < s.End {
			kept = append(kept, s)
			r.CodeBytes += s.End - s.Start
		}
	}
	r.Code, r.Next = kept, min(r.Next, end)
}

// Shift counts offsets from a later start.
func (r *Result) Shift(by int) {
	for i := range r.Code {
		r.Code[i].Start -= by
		r.Code[i].End -= by
	}
	r.Next -= by
}

// mark notes where branches of plausible code lead, and where threads are.
func (c *classifier) mark() {
	for i := range c.tokens {
		t := &c.tokens[i]
		if t.kind == kindCode && t.target >= 0 && t.score > 0 {
			if j := c.at[t.target]; j >= 0 {
				c.tokens[j].flags |= flagTarget
			}
		}
	}
	for _, pc := range c.options.ProgramCounters {
		if pc < 0 || pc >= c.next {
			continue
		}
		c.reach(pc)
		// A thread that waits in a system call has just executed that instruction.
		if before := c.beforeCall(pc); before >= 0 {
			c.reach(before)
		}
	}
}

// beforeCall is the offset of the system call instruction right before an offset, -1 where there is none.
func (c *classifier) beforeCall(offset int) int {
	call := "\x0f\x05"
	if c.architecture == ARM64 {
		call = "\x01\x00\x00\xd4"
	}
	if before := offset - len(call); before >= 0 && string(c.bytes[before:offset]) == call {
		return before
	}
	return -1
}

// crossesCounter tells whether a thread executes strictly within the token.
func (c *classifier) crossesCounter(at, length int) bool {
	for _, pc := range c.options.ProgramCounters {
		if pc > at && pc < at+length {
			return true
		}
	}
	return false
}

// maxReach bounds how many instructions are followed from one thread's program counter.
const maxReach = 4096

// reach follows direct control flow from where a thread executes; what it meets is code, whatever it looks like,
// unless it is text.
func (c *classifier) reach(offset int) {
	pending := []int{offset}
	for steps := 0; len(pending) > 0 && steps < maxReach; {
		at := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		for ; at < c.next && c.at[at] >= 0 && steps < maxReach; steps++ {
			t := &c.tokens[c.at[at]]
			if t.kind != kindCode && !(t.kind == kindPadding && c.bytes[at] != 0) || t.flags&flagCounter != 0 {
				break
			}
			t.flags |= flagCounter
			if t.target >= 0 {
				pending = append(pending, int(t.target))
			}
			if t.flow.EndsRun() {
				break
			}
			at += int(t.length)
		}
	}
}

// segment runs the two-state model over the tokens (Viterbi) and sets flagCode along the likeliest path.
func (c *classifier) segment() {
	n := len(c.tokens)
	if n == 0 {
		return
	}
	// Bit 0: the best way into code came from data. Bit 1: the best way into data came from code.
	if cap(c.back) < n {
		c.back = make([]uint8, n)
	}
	back := c.back[:n]
	clear(back)
	code, data := int64(-enterCheap), int64(0)
	for i := range c.tokens {
		t := &c.tokens[i]
		enter, leave := int64(enterCost), int64(leaveCost)
		if t.offset%16 == 0 || t.flags&(flagTarget|flagPrologue|flagCounter) != 0 {
			enter = enterCheap
		}
		if i > 0 {
			switch previous := &c.tokens[i-1]; {
			case previous.kind == kindPadding, previous.flow.EndsRun():
				leave = leaveCheap
			case previous.flow == x86.FlowCall:
				leave = leaveCall
			}
		}
		score := int64(t.score)
		if t.flags&flagCounter != 0 {
			score = max(score, 0) + reachedBonus
		}
		fromData, fromCode := data-enter, code-leave
		newCode, newData := code, data
		if i == 0 {
			newCode = -enterCheap
		} else if fromData > code {
			newCode = fromData
			back[i] |= 1
		}
		if i > 0 && fromCode > data {
			newData = fromCode
			back[i] |= 2
		}
		code, data = newCode+score, newData
	}
	inCode := code > data
	for i := n - 1; i >= 0; i-- {
		if inCode {
			c.tokens[i].flags |= flagCode
			inCode = back[i]&1 == 0
		} else {
			inCode = back[i]&2 != 0
		}
	}
}
