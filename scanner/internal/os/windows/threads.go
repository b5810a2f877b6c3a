package windows

import (
	"encoding/binary"
	"fmt"

	"genehound/scanner/internal/detect/x86"
	"genehound/scanner/internal/model"
)

// maxStack is how much of a stack is looked at, from its top.
const maxStack = 64 << 10

// maxFramesPerThread bounds what one stack can claim.
const maxFramesPerThread = 256

// frame is a return address on a thread's stack that leads into executable memory which is no image's code.
type frame struct {
	thread  uint32
	address uint64
}

// readThreads learns where threads start, and where they will return to, without suspending any.
func (i *inspection) readThreads() model.Check {
	threads, check := i.view.threads()
	i.threads = threads
	if len(i.loose) == 0 {
		return check
	}
	for k := range threads {
		if i.pace() != nil {
			return partial(model.CheckThreads, model.ReasonTimeout, "the time for this process was over")
		}
		i.readStack(&threads[k])
	}
	return check
}

// readStack looks for return addresses: words that lead into loose executable memory, right behind a call there. Plain
// pointers lie on stacks, too; only a few of them stand behind a call.
func (i *inspection) readStack(t *thread) {
	if t.stack == 0 || t.stack < t.limit || t.stack >= t.bound {
		return
	}
	stack := make([]byte, min(t.bound-t.stack, maxStack)&^7)
	stack = stack[:i.view.read(t.stack, stack)]
	i.recorder.CountRead(0, uint64(len(stack)))
	found := 0
	for ; len(stack) >= 8 && found < maxFramesPerThread; stack = stack[8:] {
		address := binary.LittleEndian.Uint64(stack)
		if l := i.looseAt(address); l != nil && i.followsCall(address) {
			i.frames = append(i.frames, frame{t.id, address})
			found++
		}
	}
}

// followsCall tells whether the instruction before an address is a call.
func (i *inspection) followsCall(address uint64) bool {
	const longest = 8
	var b [longest]byte
	if i.view.read(address-longest, b[:]) < longest {
		return false
	}
	var inst x86.Inst
	for length := 2; length <= longest; length++ {
		if x86.Decode(b[longest-length:], &inst) && inst.Len == length && (inst.Flow == x86.FlowCall || inst.Flow == x86.FlowIndirectCall) {
			return true
		}
	}
	return false
}

// counters are the offsets in [start, end) at which threads execute or to which they return.
func (i *inspection) counters(start, end uint64) []int {
	var offsets []int
	add := func(address uint64) {
		if address >= start && address < end {
			offsets = append(offsets, int(address-start))
		}
	}
	for k := range i.threads {
		add(i.threads[k].counter)
		add(i.threads[k].start)
	}
	for _, f := range i.frames {
		add(f.address)
	}
	return offsets
}

// threadsIn lists the threads that start, execute or return in a range.
func (i *inspection) threadsIn(start, end uint64) []uint32 {
	var ids []uint32
	within := func(address uint64) bool { return address >= start && address < end }
	for k := range i.threads {
		t := &i.threads[k]
		in := within(t.counter) || within(t.start)
		for _, f := range i.frames {
			in = in || f.thread == t.id && within(f.address)
		}
		if in && len(ids) < model.MaxThreadIDs {
			ids = append(ids, t.id)
		}
	}
	return ids
}

// reportThreads reports threads that start in, execute in or return to memory that no file explains. Code of JIT engines is
// expected there.
func (i *inspection) reportThreads() {
	for k := range i.threads {
		t := &i.threads[k]
		address, how := i.unbacked(t)
		if address == 0 {
			continue
		}
		l := i.looseAt(address)
		id := t.id
		finding := model.Finding{
			Kind: model.FindingUnbackedThread, BaseAddress: address, ThreadID: &id, SHA256: l.sha256, Layout: l.layout,
			Details: fmt.Sprintf("thread %d %s 0x%x in memory without a file (%s) from 0x%x to 0x%x", t.id, how, address, l.protection(), l.base, l.end()),
		}
		if t.sleeps() {
			finding.Details += "; it sleeps"
		}
		i.addFinding(finding)
	}
}

// unbacked finds the strongest sign that a thread runs where it should not; address is 0 where there is none.
func (i *inspection) unbacked(t *thread) (address uint64, how string) {
	foreign := func(address uint64) bool {
		l := i.looseAt(address)
		return l != nil && !l.isJIT && (l.code > 0 || address == t.counter)
	}
	if foreign(t.counter) {
		return t.counter, "executes at"
	}
	if foreign(t.start) {
		return t.start, "was started at"
	}
	for _, f := range i.frames {
		if f.thread == t.id && foreign(f.address) {
			return f.address, "will return to"
		}
	}
	return 0, ""
}
