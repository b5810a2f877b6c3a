//go:build linux

package linux

import (
	"encoding/binary"
	"fmt"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/detect/image"
	"genehound/scanner/internal/model"
)

// maxRememberedSlots bounds what all files' tables together take: 8 bytes each.
const maxRememberedSlots = 500_000

// importKey is one file's table as far as it leads into another file.
type importKey struct{ from, to model.FileID }

// slots are a file's places of imports, read once in a scan.
func (s *System) slots(pid uint32, m *loadedImage) (slots []image.Slot, whole bool) {
	s.mutex.Lock()
	known, remembered, wholly := m.facts.elf.slots, m.facts.elf.slotsRead, m.facts.elf.slotsWhole
	room := s.slotsRemembered < maxRememberedSlots
	s.mutex.Unlock()
	if remembered {
		return known, wholly
	}
	if !room {
		return nil, false
	}
	whole = true // a file without a dynamic section imports nothing
	if !s.withDynamic(pid, m, func(dynamic *image.Dynamic) { slots, whole = dynamic.Slots() }) {
		return nil, false
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if m.facts.elf.slotsRead { // by another inspection meanwhile
		return m.facts.elf.slots, m.facts.elf.slotsWhole
	}
	m.facts.elf.slots, m.facts.elf.slotsRead, m.facts.elf.slotsWhole = slots, true, whole
	s.slotsRemembered += len(slots)
	return slots, whole
}

// withDynamic opens an image's file for as long as its dynamic section, if it has one, is asked; false where the file
// cannot be read.
func (s *System) withDynamic(pid uint32, m *loadedImage, ask func(*image.Dynamic)) bool {
	file, err := openMapping(pid, &m.first)
	if err != nil {
		return false
	}
	defer file.Close()
	elf, err := image.ReadELF(file)
	if err != nil {
		return false
	}
	if dynamic, ok := elf.Dynamic(); ok {
		ask(&dynamic)
	}
	return true
}

// inspectImports looks where the tables of imports of every image lead: each filled place must lead into the image
// itself or into one that exports its symbol. Only pages that the loader has filled, and that are resident, are read.
func (i *inspection) inspectImports() model.Check {
	check := model.Check{Check: model.CheckImports, State: model.StateDone}
	skipped, failed := 0, 0
	for k := range i.images {
		if err := i.pace(); err != nil {
			return stopped(model.CheckImports, err)
		}
		m := &i.images[k]
		if m.facts.elf.file.Machine != nativeMachine() {
			continue
		}
		slots, whole := i.system.slots(i.target.PID, m)
		if !whole {
			skipped++
		}
		diverted := detect.Imports{Space: i.space}
		if !i.checkSlots(m, slots, &diverted) {
			failed++
		}
		i.reportImports(m, &diverted)
	}
	switch {
	case skipped > 0:
		check = partial(model.CheckImports, model.ReasonLimit, "not every import of "+count(skipped, "module")+" was looked at")
	case failed > 0:
		check = partial(model.CheckImports, model.ReasonIOError, "the imports of "+count(failed, "module")+" could not be read")
	}
	return check
}

func nativeMachine() uint16 {
	if is64ARM {
		return image.MachineARM64
	}
	return image.MachineX86_64
}

// suspect is a place that leads into another image, whose exports are still to be asked.
type suspect struct {
	slot   int
	target uint64
}

// noImage stands for the index of an image where a place leads into none.
const noImage = -1

// checkSlots reads the filled places, page run by page run.
func (i *inspection) checkSlots(m *loadedImage, slots []image.Slot, diverted *detect.Imports) (ok bool) {
	if len(slots) == 0 {
		return true
	}
	pageSize := i.system.pageSize
	first := alignDown(m.base+uint64(slots[0].RVA), pageSize)
	last := alignUp(m.base+uint64(slots[len(slots)-1].RVA)+8, pageSize)
	suspects := map[int][]suspect{} // by index of the image that they lead into
	next := 0
	b := make([]byte, 16*pageSize)
	err := ReadPagemap(i.pagemap, first, last, pageSize, i.pace, func(run PageRun) error {
		if run.State != PageAnonymous {
			return nil
		}
		for start := run.Start; start < run.End; start += uint64(len(b)) {
			end := min(run.End, start+uint64(len(b)))
			for next < len(slots) && m.base+uint64(slots[next].RVA) < start {
				next++
			}
			if next == len(slots) || m.base+uint64(slots[next].RVA)+8 > end {
				continue
			}
			part := b[:end-start]
			if n, err := i.mem.ReadAt(part, int64(start)); n < len(part) {
				return err
			}
			i.recorder.CountRead(0, uint64(len(part)))
			for ; next < len(slots) && m.base+uint64(slots[next].RVA)+8 <= end; next++ {
				value := binary.LittleEndian.Uint64(part[m.base+uint64(slots[next].RVA)-start:])
				i.checkSlot(m, slots, next, value, suspects, diverted)
			}
		}
		return nil
	})
	i.divertLoose(m, slots, suspects[noImage], diverted)
	for k := range i.images {
		if list := suspects[k]; len(list) > 0 {
			i.checkExports(m, slots, &i.images[k], list, diverted)
		}
	}
	return err == nil
}

// checkSlot tells what needs no look at files: an empty place, the image's own stubs, data, the kernel's page.
func (i *inspection) checkSlot(m *loadedImage, slots []image.Slot, slot int, value uint64, suspects map[int][]suspect, diverted *detect.Imports) {
	if value == 0 || value >= m.base && value < m.end {
		return
	}
	area := i.space.At(value)
	if area == nil || !area.Exec {
		return // data, such as stdout
	}
	if !area.Module {
		if isSpecial(area.Name) {
			return // vdso: faster ways to the time
		}
		suspects[noImage] = append(suspects[noImage], suspect{slot, value})
		return
	}
	for k := range i.images {
		if other := &i.images[k]; value >= other.base && value < other.end {
			suspects[k] = append(suspects[k], suspect{slot, value})
			return
		}
	}
}

// divertLoose reports places that lead into memory without an image. The file is opened once, for the names that are told.
func (i *inspection) divertLoose(m *loadedImage, slots []image.Slot, list []suspect, diverted *detect.Imports) {
	names := make([]string, min(len(list), detect.MaxNamedImports))
	if len(names) > 0 {
		i.system.withDynamic(i.target.PID, m, func(dynamic *image.Dynamic) {
			for k := range names {
				names[k] = clip(dynamic.SymbolName(slots[list[k].slot].Symbol), model.MaxName)
			}
		})
	}
	for k, one := range list {
		told := detect.Import{RVA: uint64(slots[one.slot].RVA), Target: one.target}
		if k < len(names) {
			told.Symbol = names[k]
		}
		diverted.Divert(told)
	}
}

// checkExports asks the file that places lead into whether it exports their symbols; each place of a file is asked once
// in a scan, however many processes map it.
func (i *inspection) checkExports(m *loadedImage, slots []image.Slot, other *loadedImage, list []suspect, diverted *detect.Imports) {
	key := importKey{m.facts.id, other.facts.id}
	open := i.system.unverified(key, list)
	// A program at a fixed address may itself be where a function's address is defined: its stubs stand for it.
	if len(open) == 0 || other.facts.elf.file.Type == elfExecutable {
		return
	}
	var names []string
	i.system.withDynamic(i.target.PID, m, func(dynamic *image.Dynamic) {
		for _, one := range open {
			names = append(names, dynamic.SymbolName(slots[one.slot].Symbol))
		}
	})
	if len(names) < len(open) {
		return
	}
	i.system.withDynamic(i.target.PID, other, func(dynamic *image.Dynamic) {
		for k, one := range open {
			if !dynamic.HasExports() || names[k] == "" || dynamic.Exports(names[k]) {
				i.system.verify(key, one.slot, len(slots))
				continue
			}
			diverted.Divert(detect.Import{
				RVA: uint64(slots[one.slot].RVA), Symbol: clip(names[k], model.MaxName), Target: one.target,
			})
		}
	})
}

const elfExecutable = 2 // ET_EXEC

// maxVerifiedBytes bounds what is remembered of places that were found right: beyond it they are asked again.
const maxVerifiedBytes = 2 << 20

// unverified are those places of a file that were not yet found right for one other file. An inspection that was left
// behind may ask and answer beside the next one.
func (s *System) unverified(key importKey, list []suspect) []suspect {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	known := s.verified[key]
	var open []suspect
	for _, one := range list {
		if one.slot/8 >= len(known) || known[one.slot/8]>>(one.slot%8)&1 == 0 {
			open = append(open, one)
		}
	}
	return open
}

// verify remembers that a place of so many is right for one other file.
func (s *System) verify(key importKey, slot, slots int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	known := s.verified[key]
	if known == nil {
		size := (slots + 7) / 8
		if s.verifiedBytes += size; s.verifiedBytes > maxVerifiedBytes {
			s.verifiedBytes -= size
			return
		}
		if s.verified == nil {
			s.verified = map[importKey][]byte{}
		}
		known = make([]byte, size)
		s.verified[key] = known
	}
	if slot/8 < len(known) {
		known[slot/8] |= 1 << (slot % 8)
	}
}

func (i *inspection) reportImports(m *loadedImage, diverted *detect.Imports) {
	details, leadsTo, found := diverted.Judge()
	if !found {
		return
	}
	path := pathOf(&m.first)
	i.report.Differences = append(i.report.Differences, model.FileModuleDifference{
		FilePath: path, Modules: []model.ComparedModule{{
			BaseAddress: m.base, PID: i.target.PID,
			Result: []model.Comparison{{Type: "import_hook", Details: clip(details, model.MaxText)}},
		}},
	})
	id := m.facts.id
	i.addFinding(model.Finding{
		Kind: model.FindingHooked, BaseAddress: m.base, Size: m.end - m.base, ModulePath: path, LeadsTo: leadsTo,
		Details: fmt.Sprintf("imports: %s", details), File: &id,
	})
}
