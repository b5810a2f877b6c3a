package windows

import (
	"bytes"
	"fmt"
	"io"
	"sort"

	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/detect/pieces"
	"genehound/scanner/internal/model"
)

// implant is an image in memory that no loader put there: a whole allocation.
type implant struct {
	base, size uint64
	headers    *pe.Headers // nil where they were erased
	evidence   string
	stored     *model.MemoryDump
	failed     bool
}

func (m *implant) what() string {
	if m.headers != nil {
		return "an image with its header"
	}
	return "an image whose header was erased (" + m.evidence + ")"
}

// minSlots are so many pointers in a row into other modules as no code but an import table has.
const minSlots = 4

// maxImportSearch bounds how much of an allocation is searched for an import table.
const maxImportSearch = 4 << 20

// findImplants looks at the allocations around loose code for images: with headers, or with what remains of them.
func (i *inspection) findImplants() {
	byAllocation := map[uint64]*implant{}
	for _, l := range i.loose {
		if l.code == 0 || l.isJIT || l.image != nil {
			continue
		}
		found, known := byAllocation[l.allocation]
		if !known {
			found = i.implantAt(l.allocation)
			byAllocation[l.allocation] = found
		}
		l.implant = found
	}
}

// implantAt looks for an image at the start of an allocation, nil where there is none.
func (i *inspection) implantAt(base uint64) *implant {
	parts := i.allocation(base)
	if len(parts) == 0 || parts[0].base != base {
		return nil
	}
	size := parts[len(parts)-1].end() - base
	head := i.firstBytes(&parts[0])
	if headers, err := pe.ParseHeaders(head); err == nil && uint64(headers.SizeOfHeaders) <= size {
		return &implant{base: base, size: min(uint64(headers.SizeOfImage), size), headers: headers}
	}
	page := head[:min(len(head), pageSize)]
	if sections := pe.ErasedSections(page, size+pageSize); sections != nil {
		return &implant{base: base, size: size, evidence: count(len(sections), "section header") + " remain"}
	}
	if len(bytes.Trim(page, "\x00")) == 0 && size > pageSize {
		if slots := i.importSlots(parts); slots >= minSlots {
			return &implant{base: base, size: size,
				evidence: fmt.Sprintf("its first page is empty, and %d pointers in a row lead to functions of other modules, as an import table does", slots)}
		}
	}
	return nil
}

// allocation lists the committed regions that belong to one allocation: they follow each other.
func (i *inspection) allocation(base uint64) []region {
	first := sort.Search(len(i.all), func(k int) bool { return i.all[k].base >= base })
	end := first
	for end < len(i.all) && i.all[end].allocation == base {
		end++
	}
	return i.all[first:end]
}

// firstBytes reads where an image's headers would be, without bringing a page in.
func (i *inspection) firstBytes(r *region) []byte {
	const headSize = 16 << 10
	if !r.readable() {
		return nil
	}
	size := min(r.size, headSize)
	head := make([]byte, size)
	for _, e := range i.extents(r.base, r.base+size, wantResident) {
		i.readFully(e.start, head[e.start-r.base:e.end-r.base])
	}
	return head
}

// importSlots is the longest run of pointers in an allocation to exported functions of other modules.
func (i *inspection) importSlots(parts []region) int {
	longest, searched := 0, uint64(0)
	width := 8
	if i.target.ImageType == "32" {
		width = 4
	}
	for k := range parts {
		r := &parts[k]
		if !r.readable() {
			continue
		}
		for _, e := range i.extents(r.base, r.end(), wantResident) {
			run := 0
			for at := e.start; at < e.end && searched < maxImportSearch; at += chunkSize {
				b := i.buffer[:min(e.end-at, chunkSize)]
				i.readFully(at, b)
				searched += uint64(len(b))
				for _, value := range addressesIn(b, width) {
					switch {
					case i.isExport(value):
						run++
						longest = max(longest, run)
					case value != 0 || run == 0: // one zero ends a module's part of the table
						run = 0
					}
				}
			}
		}
	}
	return longest
}

// isExport tells whether an address is that of a function which a module exports.
func (i *inspection) isExport(address uint64) bool {
	m := i.imageAround(address)
	return m != nil && m.exports(address-m.base)
}

// collectImplant keeps an implanted image as one artifact in the mapped layout: its headers, and the code in its executable
// pages; everything else is zero.
func (i *inspection) collectImplant(l *looseRegion, r model.Region) error {
	m := l.implant
	if m.stored == nil && !m.failed {
		if err := i.storeImplant(m); err != nil {
			if i.ctx.Err() != nil {
				return err
			}
			m.failed = true
			i.storeFailed(err)
		}
		finding := model.Finding{
			Kind: model.FindingImplantedImage, BaseAddress: m.base, Size: m.size,
			Details: fmt.Sprintf("%s in memory without a file (%s, %d bytes)", m.what(), l.protection(), m.size),
		}
		if main := i.mainBase(); main == m.base {
			finding.Kind = model.FindingReplaced
			finding.Details = "the process's main image is no longer its file's: an image in memory without a file stands where the process believes its own to be"
		}
		i.addFinding(withDump(finding, m.stored))
		i.report.Injected = append(i.report.Injected, model.InjectedModule{BaseAddress: m.base, PID: i.target.PID})
	}
	r.Evidence = append(r.Evidence, fmt.Sprintf("it is part of an image at 0x%x with its header", m.base))
	if m.stored != nil {
		collected := l.codeSize
		r.SHA256, r.Layout, r.CollectedSize = m.stored.SHA256, model.LayoutMapped, &collected
		l.sha256, l.layout = r.SHA256, r.Layout
	}
	i.addRegion(r)
	return nil
}

func withDump(f model.Finding, dump *model.MemoryDump) model.Finding {
	if dump != nil {
		f.SHA256, f.Layout = dump.SHA256, model.LayoutMapped
	}
	return f
}

func (i *inspection) storeImplant(m *implant) error {
	dump := &model.MemoryDump{BaseAddress: m.base, PID: i.target.PID, DumpMethod: "virtual", Size: m.size}
	sha256, _, err := i.recorder.Store(model.LayoutMapped, func(w io.Writer) error {
		dump.CollectedRanges = nil
		headers := make([]byte, min(uint64(m.headers.SizeOfHeaders), m.size))
		i.readFully(m.base, headers)
		if _, err := w.Write(headers); err != nil {
			return err
		}
		at := m.base + uint64(len(headers))
		dump.CollectedRanges = pieces.NoteRange(nil, m.base, at)
		for _, l := range i.loose {
			if l.implant != m {
				continue
			}
			var err error
			if at, err = i.writeCode(w, l, at, m.base+m.size, dump); err != nil {
				return err
			}
		}
		return pieces.WriteZeros(w, m.base+m.size-at)
	})
	if err != nil {
		return err
	}
	dump.SHA256, dump.DumpID = sha256, sha256
	i.report.Dumps = append(i.report.Dumps, *dump)
	m.stored = dump
	return nil
}

// writeCode writes the code of one region from an address on, and zeros before and between it.
func (i *inspection) writeCode(w io.Writer, l *looseRegion, at, end uint64, dump *model.MemoryDump) (uint64, error) {
	for _, e := range extentsOf(l.extents) {
		err := i.reader(l).Chunks(e, e.Start, func(address uint64, b []byte, result *codetest.Result) error {
			masked := i.masked[:len(b)]
			codetest.Mask(masked, b, result.Code)
			if address+uint64(len(masked)) > end {
				masked = masked[:max(address, end)-address]
			}
			if address < at { // the headers' own pages
				skip := min(at-address, uint64(len(masked)))
				address, masked = address+skip, masked[skip:]
			}
			if len(masked) == 0 {
				return nil
			}
			if err := pieces.WriteZeros(w, address-at); err != nil {
				return err
			}
			_, err := w.Write(masked)
			at = address + uint64(len(masked))
			if len(result.Code) > 0 {
				dump.CollectedRanges = pieces.NoteRange(dump.CollectedRanges, address, at)
			}
			return err
		})
		if err != nil {
			return at, err
		}
	}
	return at, nil
}
