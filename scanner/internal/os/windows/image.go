package windows

import (
	"fmt"
	"io"
	"sort"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/detect/pieces"
	"genehound/scanner/internal/model"
)

// mappedImage is one mapping of an image: MEM_IMAGE regions of one allocation.
type mappedImage struct {
	base, end   uint64
	first, last int // its regions
	executable  bool
	path        string // of the file that the kernel says is mapped
	facts       *fileFacts
	lists       uint8 // of the loader that have it
	loaderName  string

	differs   bool // its code is not its file's
	withdrawn bool // its file is another one by now: nothing can be compared
	dump      *model.MemoryDump
}

// exports tells whether a function is exported at an RVA.
func (m *mappedImage) exports(rva uint64) bool {
	list := m.facts.exports
	k := sort.Search(len(list), func(k int) bool { return uint64(list[k]) >= rva })
	return k < len(list) && uint64(list[k]) == rva
}

// architecture of the image's code; images for any processor are compiled when they run.
func (m *mappedImage) architecture() codetest.Architecture {
	if m.facts.headers == nil {
		return codetest.X8664
	}
	return architectureOf(m.facts.headers)
}

// changedPage is a page of an image's code that differs from the file.
type changedPage struct {
	rva  uint32
	send bool
}

// memoryImage reads an image at its RVAs from the process.
type memoryImage struct {
	view view
	base uint64
	size uint64
}

func (m memoryImage) ReadRVA(rva uint32, b []byte) int {
	if uint64(rva) >= m.size {
		return 0
	}
	b = b[:min(uint64(len(b)), m.size-uint64(rva))]
	return m.view.read(m.base+uint64(rva), b)
}

// comparison is an image beside its open file.
type comparison struct {
	*mappedImage
	file    *pe.File
	fixups  pe.Fixups
	delta   uint64
	pages   []changedPage
	changed map[uint32]bool
}

// original reads what the loader put at an RVA: the file's bytes, adjusted to where the image lies.
func (c *comparison) original(rva uint32, b []byte) {
	c.file.ReadRVA(rva, b)
	if c.delta != 0 {
		c.fixups.Apply(rva, b, c.delta, c.file)
	}
}

// inspectImages compares every image's code and headers with its file.
func (i *inspection) inspectImages() model.Check {
	unread, reason, details := 0, model.ReasonIOError, ""
	pagedOut, failed := i.pagedOut, i.failed
	for _, m := range i.images {
		if !m.executable {
			continue
		}
		if err := i.pace(); err != nil {
			return stopped(model.CheckModifiedCode, err)
		}
		if m.facts.headers == nil {
			if err := m.facts.failure; i.fileless(m) {
				i.reportGone(m)
			} else {
				unread++
				reason, details = reasonOfFile(err), err.Error()
				i.reportUnread(m)
			}
			continue
		}
		if err := i.compareImage(m); err != nil {
			if i.ctx.Err() != nil {
				return stopped(model.CheckModifiedCode, err)
			}
			unread++
			reason, details = reasonOfFile(err), err.Error()
		}
	}
	switch {
	case unread > 0:
		return partial(model.CheckModifiedCode, reason, count(unread, "image")+" could not be compared with the file; the last: "+details)
	case i.failed > failed:
		return partial(model.CheckModifiedCode, model.ReasonIOError, fmt.Sprintf("%d bytes of code could not be read", i.failed-failed))
	case i.pagedOut > pagedOut:
		return partial(model.CheckModifiedCode, model.ReasonLimit,
			fmt.Sprintf("%d bytes of changed code are paged out; reading would bring them in", i.pagedOut-pagedOut))
	}
	return done(model.CheckModifiedCode)
}

// fileless tells that no image file stands behind an image any more, rather than that it cannot be read.
func (i *inspection) fileless(m *mappedImage) bool {
	return m.path != "" && (gone(m.facts.failure) || m.facts.failure == errNoImage)
}

func (i *inspection) compareImage(m *mappedImage) error {
	opened, err := i.view.open(m.path)
	if err != nil {
		return err
	}
	defer opened.Close()
	c := &comparison{mappedImage: m, file: m.facts.headers.With(pe.NewCached(opened)), changed: map[uint32]bool{}}
	c.delta = m.base - m.facts.headers.ImageBase
	header := i.compareHeaders(c)
	// The kernel maps all of an image: a file that says it is larger is not the one that was mapped.
	if header == headerOtherBuild || uint64(m.facts.headers.SizeOfImage) > m.end-m.base {
		m.withdrawn = true
		return i.reportReplacedFile(c)
	}
	if c.delta != 0 {
		c.fixups = pe.ReadFixups(m.facts.headers, c.file)
	}
	judge := &detect.Modified{
		Base: m.base, End: m.end, TextBytes: m.facts.headers.ExecutableBytes(), X86: true, Narrow: m.architecture() == codetest.X86,
	}
	for k := m.first; k < m.last; k++ {
		if err := i.compareRegion(c, &i.all[k], judge); err != nil {
			return err
		}
	}
	return i.reportImage(c, judge, header)
}

// compareRegion compares the pages of one region that are executable in memory and in the file.
func (i *inspection) compareRegion(c *comparison, r *region, judge *detect.Modified) error {
	if !r.executable() || !r.readable() || c.facts.cli {
		// The runtime of an assembly compiles its code elsewhere, and changes stubs here.
		return nil
	}
	section := c.facts.headers.SectionAt(uint32(r.base - c.base))
	if section == nil || !section.Executable() {
		return nil
	}
	for _, e := range i.extents(r.base, r.end(), wantOwn) {
		for at := e.start; at < e.end; at += chunkSize {
			if err := i.pace(); err != nil {
				return err
			}
			n := min(e.end-at, chunkSize)
			rva := uint32(at - c.base)
			memory, original := i.buffer[:n], i.original[:n]
			i.readFully(at, memory)
			c.original(rva, original)
			i.recorder.CountRead(n, 0)
			for _, slots := range c.facts.slots {
				excuse(memory, original, rva, slots)
			}
			comparePages(c, judge, at, rva, memory, original, i.space)
		}
	}
	return nil
}

// excuse makes what the loader fills in equal on both sides.
func excuse(memory, original []byte, rva uint32, slots pe.Directory) {
	from := max(int64(slots.RVA)-int64(rva), 0)
	to := min(int64(slots.RVA)+int64(slots.Size)-int64(rva), int64(len(memory)))
	if from < to {
		copy(memory[from:to], original[from:to])
	}
}

func comparePages(c *comparison, judge *detect.Modified, address uint64, rva uint32, memory, original []byte, space detect.Space) {
	for at := 0; at < len(memory); at += pageSize {
		end := min(at+pageSize, len(memory))
		if string(memory[at:end]) == string(original[at:end]) {
			continue
		}
		judge.Page(uint64(rva)+uint64(at), address+uint64(at), memory[at:end], original[at:end], space)
		page := rva + uint32(at)
		c.changed[page] = true
		c.pages = append(c.pages, changedPage{page, detect.MaySend(c.architecture(), memory[at:end], original[at:end])})
	}
}

// reportImage says what the comparison found.
func (i *inspection) reportImage(c *comparison, judge *detect.Modified, header headerState) error {
	difference, differs := judge.Judge()
	unpacked := differs && difference.Kind == model.FindingStomped && i.unpacksItself(c)
	if unpacked {
		difference.Type, difference.Finding = "unpacked", false
		difference.Details += "; its file asks for code that is writable: a packer unpacks itself in place"
	}
	c.differs = differs && difference.Finding
	if !differs && header == headerSame {
		return nil
	}
	if c.differs || unpacked || header == headerChanged {
		if err := i.storeImage(c); err != nil {
			if i.ctx.Err() != nil {
				return err
			}
			i.storeFailed(err)
		}
	}
	if header == headerChanged {
		i.addDifference(c.path, c.base, "nt_header_mismatch", "the headers in memory are not the file's")
		i.addFinding(withDump(model.Finding{
			Kind: model.FindingHeaderModified, BaseAddress: c.base, Size: c.end - c.base, ModulePath: c.path,
			Details: "the image's headers in memory differ from the file's in more than the loader changes",
		}, c.dump))
	}
	if !differs {
		return nil
	}
	withheld := 0
	for k := range c.pages {
		if !c.pages[k].send {
			withheld++
		}
	}
	if withheld > 0 {
		difference.Details += "; " + count(withheld, "changed page") + " did not pass as code and was not collected"
	}
	i.addDifference(c.path, c.base, difference.Type, difference.Details)
	if unpacked {
		i.addImageRegion(c.mappedImage, model.BackingFile, "its code was unpacked in memory by itself")
	}
	if !difference.Finding {
		return nil
	}
	kind := difference.Kind
	if kind == model.FindingStomped && c.base == i.mainBase() {
		kind = model.FindingReplaced
		difference.Details += "; it is the process's main image"
	}
	i.addFinding(withDump(model.Finding{
		Kind: kind, BaseAddress: c.base, Size: c.end - c.base, ModulePath: c.path,
		Changes: difference.Changes, LeadsTo: difference.LeadsTo, Details: difference.Details,
	}, c.dump))
	return nil
}

// unpacksItself tells that an image's file declares executable code as writable, as packers of programs and of libraries do:
// then the file itself explains why its code changes. Whoever stomps such an image is not told from its packer by this; its code
// is collected as it is in memory, and judged.
func (i *inspection) unpacksItself(c *comparison) bool {
	for k := range c.facts.headers.Sections {
		if s := &c.facts.headers.Sections[k]; s.Executable() && s.Writable() {
			return true
		}
	}
	return false
}

// storeImage keeps an image in the mapped layout: headers and executable pages at their RVAs with the process's changes in,
// zeros everywhere else. What did not change is taken from the file, so that the same image gives the same bytes wherever
// it was loaded.
func (i *inspection) storeImage(c *comparison) error {
	send := map[uint32]bool{}
	for _, p := range c.pages {
		send[p.rva] = p.send
	}
	headers := c.facts.headers
	dump := &model.MemoryDump{BaseAddress: c.base, PID: i.target.PID, DumpMethod: "virtual", Size: uint64(headers.SizeOfImage)}
	sha256, _, err := i.recorder.Store(model.LayoutMapped, func(w io.Writer) error {
		head := make([]byte, headers.SizeOfHeaders)
		c.file.ReadRVA(0, head)
		if _, err := w.Write(head); err != nil {
			return err
		}
		at := headers.SizeOfHeaders
		dump.CollectedRanges = pieces.NoteRange(nil, c.base, c.base+uint64(at))
		for k := range headers.Sections {
			s := &headers.Sections[k]
			if !s.Executable() || s.RVA < at {
				continue
			}
			if err := pieces.WriteZeros(w, uint64(s.RVA-at)); err != nil {
				return err
			}
			if err := i.writeSection(w, c, s, send); err != nil {
				return err
			}
			at = s.RVA + s.Span()
			dump.CollectedRanges = pieces.NoteRange(dump.CollectedRanges, c.base+uint64(s.RVA), c.base+uint64(at))
		}
		return pieces.WriteZeros(w, uint64(headers.SizeOfImage-at))
	})
	if err != nil {
		return err
	}
	dump.SHA256, dump.DumpID = sha256, sha256
	i.report.Dumps = append(i.report.Dumps, *dump)
	c.dump = dump
	return nil
}

func (i *inspection) writeSection(w io.Writer, c *comparison, s *pe.Section, send map[uint32]bool) error {
	page, memory, plain := make([]byte, pageSize), make([]byte, pageSize), make([]byte, pageSize)
	for at := uint32(0); at < s.Span(); at += pageSize {
		rva := s.RVA + at
		c.file.ReadRVA(rva, plain)
		copy(page, plain)
		if send[rva] {
			copyOriginal := page
			c.original(rva, copyOriginal)
			i.readFully(c.base+uint64(rva), memory)
			if detect.MaySend(c.architecture(), memory, copyOriginal) {
				// Where memory is as the loader left it, the file's own bytes stay.
				for k := range page {
					if memory[k] != copyOriginal[k] {
						plain[k] = memory[k]
					}
				}
			}
		}
		if _, err := w.Write(plain); err != nil {
			return err
		}
		if at%(64*pageSize) == 0 {
			if err := i.pace(); err != nil {
				return err
			}
		}
	}
	return nil
}
