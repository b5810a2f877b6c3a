package windows

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sort"

	"genehound/scanner/internal/detect/x86"
	"genehound/scanner/internal/model"
)

// maxStack is how much of a stack is looked at, from its top.
const maxStack = 64 << 10

// maxFramesPerThread bounds what one stack can claim.
const maxFramesPerThread = 256

// frame is a return address on a thread's stack that leads into executable memory which is no image's code.
type frame struct {
	order   int // of the thread, ascending
	thread  uint32
	address uint64
}

// readThreads learns where threads start, and where they will return to, without suspending any.
func (i *inspection) readThreads() model.Check {
	threads, check := i.view.threads()
	i.threads = threads
	defer i.sortPlaces()
	if len(i.loose) == 0 {
		return check
	}
	for k := range threads {
		if i.pace() != nil {
			return partial(model.CheckThreads, model.ReasonTimeout, "the time for this process was over")
		}
		threads[k].order = k
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
			i.frames = append(i.frames, frame{t.order, t.id, address})
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

// place is where a thread starts, executes or will return to.
type place struct {
	address uint64
	thread  uint32
}

// sortPlaces makes the places of threads a list that can be searched.
func (i *inspection) sortPlaces() {
	for k := range i.threads {
		t := &i.threads[k]
		for _, address := range []uint64{t.counter, t.start} {
			if address != 0 {
				i.places = append(i.places, place{address, t.id})
			}
		}
	}
	for _, f := range i.frames {
		i.places = append(i.places, place{f.address, f.thread})
	}
	sort.Slice(i.places, func(a, b int) bool { return i.places[a].address < i.places[b].address })
}

// placesIn are the places in [start, end).
func (i *inspection) placesIn(start, end uint64) []place {
	first := sort.Search(len(i.places), func(k int) bool { return i.places[k].address >= start })
	last := first
	for last < len(i.places) && i.places[last].address < end {
		last++
	}
	return i.places[first:last]
}

// counters are the offsets in [start, end) at which threads execute or to which they return.
func (i *inspection) counters(start, end uint64) []int {
	var offsets []int
	for _, p := range i.placesIn(start, end) {
		offsets = append(offsets, int(p.address-start))
	}
	return offsets
}

// threadsIn lists the threads that start, execute or return in a range.
func (i *inspection) threadsIn(start, end uint64) []uint32 {
	var ids []uint32
	for _, p := range i.placesIn(start, end) {
		if !slices.Contains(ids, p.thread) && len(ids) < model.MaxThreadIDs {
			ids = append(ids, p.thread)
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
	first := sort.Search(len(i.frames), func(k int) bool { return i.frames[k].order >= t.order })
	for _, f := range i.frames[first:] {
		if f.order != t.order {
			break
		}
		if foreign(f.address) {
			return f.address, "will return to"
		}
	}
	return 0, ""
}
