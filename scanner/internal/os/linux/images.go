//go:build linux

package linux

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/detect/image"
	"genehound/scanner/internal/detect/pieces"
	"genehound/scanner/internal/model"
)

// changedPage is a page of an image's code that the process has its own copy of, and that differs from the file.
type changedPage struct {
	address, rva uint64
	send         bool
}

// inspectImages compares the code of every image with its file where the page table says that it was changed, and
// reports images whose file has no name any more.
func (i *inspection) inspectImages() model.Check {
	state := imageState{}
	for k := range i.images {
		if err := i.inspectImage(&i.images[k], &state); err != nil {
			return stopped(model.CheckModifiedCode, err)
		}
	}
	switch {
	case state.unread > 0:
		return partial(model.CheckModifiedCode, state.reason, count(state.unread, "module")+" could not be compared with the file")
	case state.swapped > 0:
		return partial(model.CheckModifiedCode, model.ReasonLimit,
			fmt.Sprintf("%d bytes of changed code are swapped out; reading would page them in", state.swapped))
	case state.failed > 0:
		return partial(model.CheckModifiedCode, model.ReasonIOError, fmt.Sprintf("%d bytes of changed code could not be read", state.failed))
	case i.unreadFiles > 0:
		return partial(model.CheckModifiedCode, i.unreadReason, count(i.unreadFiles, "mapped file")+" could not be opened")
	}
	return model.Check{Check: model.CheckModifiedCode, State: model.StateDone}
}

type imageState struct {
	unread          int
	reason          model.Reason
	swapped, failed uint64
}

func (i *inspection) inspectImage(m *loadedImage, state *imageState) error {
	if err := i.pace(); err != nil {
		return err
	}
	runs, swapped, err := i.privateRuns(m)
	if err != nil {
		state.unread++
		state.reason = reasonOf(err)
		return nil
	}
	state.swapped += swapped
	nameless := m.first.Deleted
	if len(runs) == 0 && !nameless {
		return nil
	}
	file, err := openMapping(i.target.PID, &m.first)
	if err != nil {
		state.unread++
		state.reason = reasonOf(err)
		return nil
	}
	defer file.Close()
	judge, pages := i.compare(m, file, runs, state)
	difference, differs := judge.Judge()
	if !differs && !nameless {
		return nil
	}
	return i.reportImage(m, file, pages, difference, differs)
}

// privateRuns asks the page table for changed pages of the image's code.
func (i *inspection) privateRuns(m *loadedImage) (runs []span, swapped uint64, err error) {
	for k := range m.exec {
		mapping := &m.exec[k]
		if mapping.Shared {
			continue // its pages are the file's
		}
		err = ReadPagemap(i.pagemap, mapping.Start, mapping.End, i.system.pageSize, i.pace, func(run PageRun) error {
			switch run.State {
			case PageSwapped:
				swapped += run.End - run.Start
			case PageAnonymous:
				if len(runs) >= maxExtents {
					return errFragmented
				}
				runs = append(runs, span{run.Start, run.End})
			}
			return nil
		})
		if err != nil {
			return nil, swapped, err
		}
	}
	return runs, swapped, nil
}

// compare reads the changed pages, and no others, and compares them with the file.
func (i *inspection) compare(m *loadedImage, file *os.File, runs []span, state *imageState) (*detect.Modified, []changedPage) {
	elf := m.facts.elf.file
	judge := &detect.Modified{
		Base: m.base, End: m.end, TextBytes: elf.ExecBytes(), X86: elf.Machine == image.MachineX86_64,
		TextRelocations: m.facts.elf.textrel,
	}
	var pages []changedPage
	pageSize := i.system.pageSize
	memory, original := make([]byte, pageSize), make([]byte, pageSize)
	var fromMemory, fromFile uint64
	for k := range m.exec {
		mapping := &m.exec[k]
		for _, run := range runs {
			if run.start < mapping.Start || run.start >= mapping.End {
				continue
			}
			for address := run.start; address < run.end; address += pageSize {
				offset := address - mapping.Start + mapping.Offset
				rva, ok := elf.RVA(offset, true)
				if !ok || i.pace() != nil {
					continue
				}
				if n, _ := i.mem.ReadAt(memory, int64(address)); n < len(memory) {
					state.failed += pageSize
					continue
				}
				clear(original)
				n, _ := file.ReadAt(original, int64(offset))
				fromMemory += pageSize
				fromFile += uint64(n)
				if string(memory) == string(original) {
					continue
				}
				judge.Page(rva, address, memory, original, i.space)
				pages = append(pages, changedPage{address, rva, detect.MaySend(architectureOf(elf), memory, original)})
			}
		}
	}
	i.recorder.CountRead(fromFile, fromMemory)
	return judge, pages
}

func (i *inspection) reportImage(m *loadedImage, file *os.File, pages []changedPage, difference detect.Difference, differs bool) error {
	path := pathOf(&m.first)
	deleted := i.deletedImage(m)
	collect := differs && difference.Finding || m.first.Deleted
	withheld := 0
	for k := range pages {
		if !pages[k].send {
			withheld++
		}
	}
	var dump *model.MemoryDump
	if collect {
		var err error
		if dump, err = i.storeImage(m, file, pages); err != nil {
			if i.ctx.Err() != nil {
				return err
			}
			i.storeFailed(err)
		}
	}
	if differs {
		details := difference.Details
		if withheld > 0 {
			details += "; " + count(withheld, "changed page") + " did not pass as code and was not collected"
		}
		i.report.Differences = append(i.report.Differences, model.FileModuleDifference{
			FilePath: path, Modules: []model.ComparedModule{{
				BaseAddress: m.base, PID: i.target.PID,
				Result: []model.Comparison{{Type: difference.Type, Details: clip(details, model.MaxText)}},
			}},
		})
		if difference.Finding {
			i.addFinding(withDump(model.Finding{
				Kind: difference.Kind, BaseAddress: m.base, Size: m.end - m.base, ModulePath: path,
				Changes: difference.Changes, LeadsTo: difference.LeadsTo, Details: details,
			}, dump))
		}
	}
	if m.first.Deleted {
		i.reportDeleted(m, dump, deleted)
	}
	return nil
}

func withDump(f model.Finding, dump *model.MemoryDump) model.Finding {
	if dump != nil {
		f.SHA256, f.Layout = dump.SHA256, model.LayoutMapped
	}
	return f
}

// storeImage writes the mapped layout: headers and executable pages at their RVAs with the process's changes in,
// zeros everywhere else. The same image gives the same bytes in every process.
func (i *inspection) storeImage(m *loadedImage, file *os.File, pages []changedPage) (*model.MemoryDump, error) {
	elf := m.facts.elf.file
	dump := &model.MemoryDump{
		BaseAddress: m.base, PID: i.target.PID, DumpMethod: "virtual", Size: elf.Size(),
	}
	chunks := elf.MappedChunks(false)
	for _, c := range chunks {
		dump.CollectedRanges = append(dump.CollectedRanges, model.Range{Address: m.base + c.RVA, Size: c.Size})
	}
	changed := map[uint64]uint64{} // rva -> address
	for _, p := range pages {
		if p.send {
			changed[p.rva] = p.address
		}
	}
	sha256, _, err := i.recorder.Store(model.LayoutMapped, func(w io.Writer) error {
		at := uint64(0)
		for _, c := range chunks {
			if err := pieces.WriteZeros(w, c.RVA-at); err != nil {
				return err
			}
			if err := i.writeChunk(w, m, file, c, changed); err != nil {
				return err
			}
			at = c.RVA + c.Size
		}
		return pieces.WriteZeros(w, elf.Size()-at)
	})
	if err != nil {
		return nil, err
	}
	dump.SHA256, dump.DumpID = sha256, sha256
	i.report.Dumps = append(i.report.Dumps, *dump)
	return dump, nil
}

func (i *inspection) writeChunk(w io.Writer, m *loadedImage, file *os.File, c image.Chunk, changed map[uint64]uint64) error {
	pageSize := i.system.pageSize
	b := make([]byte, pageSize)
	for offset := uint64(0); offset < c.Size; offset += pageSize {
		part := b[:min(pageSize, c.Size-offset)]
		clear(part)
		address, private := changed[c.RVA+offset]
		if n, err := file.ReadAt(part, int64(c.Offset+offset)); n < len(part) && err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if private {
			full := make([]byte, pageSize)
			if n, _ := i.mem.ReadAt(full, int64(address)); n == len(full) && detect.MaySend(architectureOf(m.facts.elf.file), full, padded(part, pageSize)) {
				copy(part, full)
			}
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
		if offset%(64*pageSize) == 0 {
			if err := i.pace(); err != nil {
				return err
			}
		}
	}
	return nil
}

func architectureOf(elf *image.File) codetest.Architecture {
	if elf.Machine == image.MachineARM64 {
		return codetest.ARM64
	}
	return codetest.X8664
}

func padded(b []byte, size uint64) []byte {
	out := make([]byte, size)
	copy(out, b)
	return out
}

// deletion says why a file that is still mapped has no name.
type deletion struct {
	replaced bool
	evidence string
}

// deletedImage looks for what stands at the path of a deleted image now: a package upgrade leaves the new file there.
func (i *inspection) deletedImage(m *loadedImage) deletion {
	if !m.first.Deleted || m.first.Backing() == model.BackingMemfd || !strings.HasPrefix(m.first.Path, "/") {
		return deletion{}
	}
	file, err := openInRoot(i.target.PID, m.first.Path)
	if err != nil {
		return deletion{evidence: "nothing stands at its path now"}
	}
	defer file.Close()
	facts, err := learn(file)
	if err != nil || facts.elf == nil {
		return deletion{evidence: "what stands at its path now is no such image"}
	}
	old := m.facts.elf
	if facts.elf.file.Machine != old.file.Machine || facts.elf.file.Type != old.file.Type ||
		facts.elf.soname != old.soname || facts.elf.file.Interp != old.file.Interp {
		return deletion{evidence: "what stands at its path now is another kind of image"}
	}
	info, err := file.Stat()
	if err != nil {
		return deletion{evidence: "what stands at its path now could not be examined"}
	}
	if info.Mode().Perm()&0o002 != 0 {
		return deletion{evidence: "what stands at its path now can be written by anyone"}
	}
	return deletion{replaced: true, evidence: "a file of the same name and kind stands at its path now: it was replaced on disk, as upgrades do"}
}

func (i *inspection) reportDeleted(m *loadedImage, dump *model.MemoryDump, d deletion) {
	backing := m.first.Backing()
	mapping := &m.exec[0]
	region := model.Region{
		BaseAddress: m.base, Size: m.end - m.base, Protection: mapping.Protection(), Backing: backing, Path: pathOf(&m.first),
		Classification: model.ClassCode, ThreadIDs: i.threadsIn(m.base, m.end),
		Evidence: []string{"an ELF image: its headers say what is code"},
	}
	if d.evidence != "" {
		region.Evidence = append(region.Evidence, d.evidence)
	}
	if dump != nil {
		region.SHA256, region.Layout = dump.SHA256, model.LayoutMapped
		size := m.facts.elf.file.ExecBytes()
		region.CollectedSize = &size
	}
	i.addRegion(region)
	if d.replaced {
		return
	}
	role := "a library"
	if i.isExecutable(m) {
		role = "the process's executable"
	}
	finding := model.Finding{BaseAddress: m.base, Size: m.end - m.base, ModulePath: pathOf(&m.first)}
	if backing == model.BackingMemfd {
		finding.Kind, finding.Details = model.FindingDeletedFile, role+" exists in memory only (memfd)"
		i.addFinding(withDump(finding, dump))
		finding.Kind, finding.Details = model.FindingImplantedImage, role+" was loaded from memory, never from a file"
		i.addFinding(withDump(finding, dump))
		i.report.Injected = append(i.report.Injected, model.InjectedModule{BaseAddress: m.base, PID: i.target.PID})
		return
	}
	finding.Kind, finding.Details = model.FindingDeletedFile, role+" was deleted while it runs; "+d.evidence
	i.addFinding(withDump(finding, dump))
}

func (i *inspection) isExecutable(m *loadedImage) bool {
	info, err := os.Stat(procPath(i.target.PID, "exe"))
	return err == nil && sameFile(info, &m.first)
}

// inspectThreads reports threads that execute where no file explains the code. Code of JIT engines is expected.
func (i *inspection) inspectThreads() {
	for _, t := range i.threads {
		for k := range i.loose {
			m := &i.loose[k]
			if t.pc < m.Start || t.pc >= m.End {
				continue
			}
			region := i.regionAt(m.Start)
			if region != nil && region.Classification == model.ClassJITCode {
				continue
			}
			id := t.id
			finding := model.Finding{
				Kind: model.FindingUnbackedThread, BaseAddress: t.pc, ThreadID: &id,
				Details: fmt.Sprintf("thread %d executes at 0x%x in %s memory (%s) from 0x%x to 0x%x", t.id, t.pc,
					strings.ReplaceAll(string(m.Backing()), "_", " "), m.Protection(), m.Start, m.End),
			}
			if region != nil && region.SHA256 != "" {
				finding.SHA256, finding.Layout = region.SHA256, region.Layout
			}
			i.addFinding(finding)
		}
	}
}

func (i *inspection) regionAt(base uint64) *model.Region {
	for k := range i.report.Regions {
		if i.report.Regions[k].BaseAddress == base {
			return &i.report.Regions[k]
		}
	}
	return nil
}
