package codetest

import (
	"math/bits"

	"genehound/scanner/internal/detect/x86"
)

// candidate is one range that the model calls code, with its evidence.
type candidate struct {
	first, last  int // tokens, inclusive
	start, end   int
	score        int
	instructions int
	bytes        int // of instructions
	keys         [4]uint64
	targets      int
	agree        int
	prologues    int
	flows        int
	calls        int // of the system
	counter      bool
}

func (k *candidate) variety() int {
	n := 0
	for _, word := range k.keys {
		n += bits.OnesCount64(word)
	}
	return n
}

func (k *candidate) bits() int { return k.score / x86.Unit }

// enough tells whether the candidate is code, given the evidence it needs where it stands.
func (k *candidate) enough(needed int, mean float64) bool {
	if k.counter {
		return true
	}
	if k.instructions < minInstructions || k.bits() < needed || k.variety() < minKeys {
		return false
	}
	if float64(k.bits()) < mean*float64(k.instructions) {
		return false
	}
	if k.targets >= targetsToDecide && float64(k.agree) < minTargetsAgree*float64(k.targets) {
		return false
	}
	// Straight code without a call, jump or return in so many instructions, or little else than jumps (tables of
	// small numbers are like that), is data that decodes well.
	return k.flows*64 >= k.instructions && (k.instructions < 32 || k.flows*100 <= 45*k.instructions)
}

// follows tells whether the candidate is code beside much other code: less evidence will do.
func (k *candidate) follows() bool {
	return k.instructions >= 3 && k.bits() >= minBitsBeside && float64(k.bits()) >= meanBitsBeside*float64(k.instructions)
}

// starts tells whether the candidate stands where code was expected to start, and leads somewhere.
func (k *candidate) starts() bool {
	return k.start <= maxEntry && k.instructions >= minEntry && k.bits()+min(k.calls, 2)*systemCallBits >= minEntryBits && k.variety() >= minEntry-1 &&
		(k.flows > 0 || k.calls > 0)
}

// accept judges every candidate, then every page, and lists what may leave.
func (c *classifier) accept() Result {
	r := &c.result
	r.Next = c.next
	candidates, demands := c.candidates(), demandsOf[c.architecture]
	codeInPage := make([]int, len(c.bytes)/pageSize+1)
	for i := range candidates {
		if k := &candidates[i]; k.enough(demands.bits, demands.mean) {
			forEachPage(k.start, k.end, func(page, n int) { codeInPage[page] += n })
		}
	}
	for i := range candidates {
		k := &candidates[i]
		most := 0
		forEachPage(k.start, k.end, func(page, _ int) { most = max(most, codeInPage[page]) })
		accepted := k.enough(demands.island, demands.mean)
		if c.options.Entry {
			accepted = accepted || k.starts()
		}
		if most >= minCodeInPage {
			accepted = accepted || k.enough(demands.bits, demands.mean)
		}
		if most >= muchCodeInPage {
			accepted = accepted || k.follows()
		}
		if !accepted {
			r.RefusedBytes += k.bytes
			continue
		}
		r.Bits += k.bits()
		r.Targets += k.targets
		r.TargetsAgree += k.agree
		r.Prologues += k.prologues
		r.CodeBytes += k.end - k.start
		r.Code = append(r.Code, Span{k.start, k.end})
	}
	return *r
}

func forEachPage(start, end int, visit func(page, bytes int)) {
	for at := start; at < end; {
		next := min(end, (at/pageSize+1)*pageSize)
		visit(at/pageSize, next-at)
		at = next
	}
}

// candidates gathers runs of code tokens; padding at either end does not belong to them.
func (c *classifier) candidates() []candidate {
	list := c.list[:0]
	for i := 0; i < len(c.tokens); {
		if c.tokens[i].flags&flagCode == 0 || c.tokens[i].kind == kindPadding {
			i++
			continue
		}
		k := candidate{first: i, last: i}
		for j := i; j < len(c.tokens) && c.tokens[j].flags&flagCode != 0; j++ {
			if c.tokens[j].kind != kindPadding {
				k.last = j
			}
			// A long gap of filling ends a candidate, so that each side answers for itself.
			if c.tokens[j].kind == kindPadding && c.tokens[j].length >= 128 {
				break
			}
		}
		c.measure(&k)
		list = append(list, k)
		i = k.last + 1
	}
	c.list = list
	return list
}

func (c *classifier) measure(k *candidate) {
	k.start = int(c.tokens[k.first].offset)
	last := &c.tokens[k.last]
	k.end = min(len(c.bytes), int(last.offset)+int(last.length))
	for i := k.first; i <= k.last; i++ {
		t := &c.tokens[i]
		k.score += int(t.score)
		if t.flags&flagCounter != 0 {
			k.counter = true
			k.score += reachedBonus
		}
		if t.kind != kindCode {
			continue
		}
		k.instructions++
		k.bytes += int(t.length)
		k.keys[t.key>>6&3] |= 1 << (t.key & 63)
		if t.flags&flagPrologue != 0 {
			k.prologues++
		}
		if t.flow != x86.FlowNext {
			k.flows++
		}
		if t.flags&flagSystemCall != 0 {
			k.calls++
		}
		if t.target >= 0 && int(t.target) < c.next {
			k.targets++
			if c.at[t.target] >= 0 {
				k.agree++
			}
		}
	}
}

// Mask copies the accepted bytes of b to out, which has its length, and makes all others zero.
func Mask(out, b []byte, code []Span) {
	clear(out)
	for _, s := range code {
		copy(out[s.Start:s.End], b[s.Start:s.End])
	}
}
