package windows

import (
	"encoding/binary"
	"fmt"
	"strings"

	"genehound/scanner/internal/model"
)

// mainBase is where the process believes its own image to be.
func (i *inspection) mainBase() uint64 { return i.environment[0].imageBase }

// inspectMain asks whether the image that the process believes to be its own is the one it was started from.
func (i *inspection) inspectMain() {
	base := i.mainBase()
	if base == 0 || i.reported(model.FindingReplaced) {
		return
	}
	m := i.imageAt(base)
	if m == nil {
		for k := range i.all {
			if r := &i.all[k]; r.base == base {
				i.addFinding(model.Finding{
					Kind: model.FindingReplaced, BaseAddress: base,
					Details: "no image is mapped where the process believes its own to be, but other memory (" + r.protection() + ")",
				})
				return
			}
		}
		return
	}
	name, err := i.view.imagePath()
	if err != nil || m.path == "" {
		return
	}
	path := i.view.pathOf(name)
	if strings.EqualFold(path, m.path) || baseName(path) == baseName(m.path) {
		return
	}
	// Links and short names are other names of one file.
	own := i.facts.of(i.view, path)
	if own.failure != nil || m.facts.failure != nil || own.FileID == m.facts.FileID {
		return
	}
	i.addFinding(withDump(model.Finding{
		Kind: model.FindingReplaced, BaseAddress: base, Size: m.end - base, ModulePath: m.path,
		Details: fmt.Sprintf("the process was started from %s, but believes %s to be its own image", path, m.path),
	}, m.dump))
}

func (i *inspection) reported(kind model.FindingKind) bool {
	for k := range i.report.Findings {
		if i.report.Findings[k].Kind == kind {
			return true
		}
	}
	return false
}

// inspectLinks looks for images that the process's loader does not know, or knows by another file's name.
func (i *inspection) inspectLinks() {
	if i.blocks == 0 || len(i.environment[0].entries) == 0 {
		return // the process has only begun
	}
	for _, m := range i.images {
		if !m.executable || m.base == i.mainBase() {
			continue
		}
		switch {
		case m.lists == 0:
			i.unlisted(m)
		case m.facts.failure == nil && m.loaderName != "" && baseName(m.loaderName) != baseName(m.path) && m.path != "":
			listed := i.facts.of(i.view, m.loaderName)
			if listed.failure != nil || listed.FileID != m.facts.FileID {
				i.addFinding(withDump(model.Finding{
					Kind: model.FindingUnlinked, BaseAddress: m.base, Size: m.end - m.base, ModulePath: m.path,
					Details: fmt.Sprintf("the process's loader lists this image as %s, but %s is mapped", m.loaderName, m.path),
				}, m.dump))
			}
		}
	}
}

// unlisted tells an image that was hidden from one that was mapped as data: resources are read from images that nothing
// loads. Only what a loader has prepared, or what executes, or was changed, was ever to run.
func (i *inspection) unlisted(m *mappedImage) {
	var signs []string
	if n := i.boundSlots(m); n > 0 {
		signs = append(signs, fmt.Sprintf("%d of its imports lead to functions of other modules: a loader prepared it", n))
	}
	if n := len(i.threadsIn(m.base, m.end)); n > 0 {
		signs = append(signs, count(n, "thread")+" executing in it or returning to it")
	}
	if m.differs {
		signs = append(signs, "its code was changed")
	}
	if len(signs) == 0 {
		i.addDifference(m.path, m.base, "not_loaded", "the image is mapped but not loaded, as for its resources")
		return
	}
	i.addFinding(withDump(model.Finding{
		Kind: model.FindingUnlinked, BaseAddress: m.base, Size: m.end - m.base, ModulePath: m.path,
		Details: "none of the loader's lists has this image; " + strings.Join(signs, "; "),
	}, m.dump))
}

// boundSlots counts import slots that lead to exported functions of other modules.
func (i *inspection) boundSlots(m *mappedImage) int {
	bound := 0
	if m.facts.headers == nil {
		return 0
	}
	for _, slots := range m.facts.slots {
		for _, value := range i.slotValues(m, slots.RVA, slots.Size) {
			if target := i.imageAround(value); target != nil && target != m && target.exports(value-target.base) {
				bound++
			}
		}
	}
	return bound
}

// slotValues reads a table of addresses, of the image's own width, from an image in memory; pages that are not there give none.
func (i *inspection) slotValues(m *mappedImage, rva, size uint32) []uint64 {
	const maxTable = 512 << 10
	if uint64(rva)+uint64(size) > m.end-m.base || size > maxTable {
		return nil
	}
	width := m.facts.headers.Width()
	b := make([]byte, size&^uint32(width-1))
	for _, e := range i.residentWithin(m.base+uint64(rva), m.base+uint64(rva)+uint64(len(b))) {
		n := i.view.read(e.start, b[e.start-m.base-uint64(rva):e.end-m.base-uint64(rva)])
		i.recorder.CountRead(0, uint64(n))
	}
	return addressesIn(b, width)
}

// addressesIn reads words of a width, 4 or 8 bytes.
func addressesIn(b []byte, width int) []uint64 {
	values := make([]uint64, len(b)/width)
	for k := range values {
		if width == 4 {
			values[k] = uint64(binary.LittleEndian.Uint32(b[4*k:]))
		} else {
			values[k] = binary.LittleEndian.Uint64(b[8*k:])
		}
	}
	return values
}

// residentWithin is extents for a range that need not be whole pages.
func (i *inspection) residentWithin(start, end uint64) []span {
	pagedOut := i.pagedOut
	spans := i.extents(start&^(pageSize-1), (end+pageSize-1)&^(pageSize-1), wantResident)
	// Tables are looked at for signs; what is paged out of them is no gap.
	i.pagedOut = pagedOut
	var out []span
	for _, s := range spans {
		s.start, s.end = max(s.start, start), min(s.end, end)
		if s.start < s.end {
			out = append(out, s)
		}
	}
	return out
}
