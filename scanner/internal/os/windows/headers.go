package windows

import (
	"io"

	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/detect/pieces"
	"genehound/scanner/internal/model"
)

// headerState says how an image's headers in memory stand to its file's.
type headerState uint8

const (
	headerSame       headerState = iota
	headerChanged                // by the process, or in the process
	headerOtherBuild             // the file is another one by now
)

// compareHeaders tells a changed header from a file that was replaced. The kernel keeps a mapped file from being written, but
// not from being renamed away: then the memory's headers are whole, and of another build.
func (i *inspection) compareHeaders(c *comparison) headerState {
	size := c.facts.headers.SizeOfHeaders
	memory, file := make([]byte, size), make([]byte, size)
	spans := i.extents(c.base, c.base+pageSize, wantResident)
	if len(spans) == 0 {
		return headerSame // never touched: still the file's
	}
	if i.view.read(c.base, memory) < int(size) {
		return headerSame
	}
	c.file.ReadRVA(0, file)
	if c.facts.headers.DifferentHeaders(memory, file) == 0 {
		return headerSame
	}
	own := i.residency == residencyOriginal && len(i.extents(c.base, c.base+pageSize, wantOwn)) > 0
	headers, err := pe.ParseHeaders(memory)
	if err == nil && !headers.SameBuild(c.facts.headers) && !own && headers.Machine == c.facts.headers.Machine {
		return headerOtherBuild
	}
	if c.facts.cli {
		return headerSame // the loader rewrites the headers of assemblies for any processor
	}
	return headerChanged
}

// reportReplacedFile collects an image whose file was replaced while it runs, as updates do: nothing is claimed of it, its
// code is judged.
func (i *inspection) reportReplacedFile(c *comparison) error {
	i.addDifference(c.path, c.base, "file_changed", "the file on disk is another build than the image in memory: it was replaced while the image was mapped")
	if err := i.storeFromMemory(c.mappedImage); err != nil {
		if i.ctx.Err() != nil {
			return err
		}
		i.storeFailed(err)
	}
	i.addImageRegion(c.mappedImage, model.BackingDeletedFile, "the file at its path is another build by now, as after an update")
	return nil
}

// reportGone reports an image whose file has no name any more, and collects it from memory.
func (i *inspection) reportGone(m *mappedImage) {
	if err := i.storeFromMemory(m); err != nil {
		i.storeFailed(err)
	}
	why := "no file stands at its path"
	if m.facts.failure == errNoImage {
		why = "what stands at its path is no image"
	}
	i.addImageRegion(m, model.BackingDeletedFile, why)
	role := "a module's"
	if m.base == i.mainBase() {
		role = "the process's own"
	}
	i.addFinding(withDump(model.Finding{
		Kind: model.FindingDeletedFile, BaseAddress: m.base, Size: m.end - m.base, ModulePath: m.path,
		Details: role + " file is gone while it runs: " + why,
	}, m.dump))
}

// reportUnread collects an image whose file was not read, for want of rights or because it lies on another machine: nothing is
// claimed of it, its code is judged.
func (i *inspection) reportUnread(m *mappedImage) {
	if err := i.storeFromMemory(m); err != nil {
		i.storeFailed(err)
	}
	why := "its file was not read (" + m.facts.failure.Error() + "): its code was collected from memory"
	i.addDifference(m.path, m.base, "file_unread", why)
	i.addImageRegion(m, model.BackingFile, why)
}

func (i *inspection) addImageRegion(m *mappedImage, backing model.Backing, evidence string) {
	r := model.Region{
		BaseAddress: m.base, Size: m.end - m.base, Protection: "r-xp", Backing: backing, Path: m.path,
		Classification: model.ClassCode, ThreadIDs: i.threadsIn(m.base, m.end),
		Evidence: []string{"an image: its headers say what is code", evidence},
	}
	if m.dump != nil {
		r.SHA256, r.Layout = m.dump.SHA256, model.LayoutMapped
		var size uint64
		for k := m.first; k < m.last; k++ {
			if i.all[k].executable() {
				size += i.all[k].size
			}
		}
		r.CollectedSize = &size
	}
	i.addRegion(r)
}

func architectureOf(headers *pe.Headers) codetest.Architecture {
	if headers.Machine == pe.MachineI386 {
		return codetest.X86
	}
	return codetest.X8664
}

// storeFromMemory keeps an image without its file's help: its first page, and the executable pages that pass the test for
// code, for without the file nothing else says that they are.
func (i *inspection) storeFromMemory(m *mappedImage) error {
	head := make([]byte, pageSize)
	i.view.read(m.base, head)
	headers, err := pe.ParseHeaders(head)
	if err != nil {
		headers = &pe.Headers{SizeOfHeaders: 0, SizeOfImage: uint32(min(m.end-m.base, 1<<31))}
	}
	size := min(uint64(headers.SizeOfImage), m.end-m.base)
	dump := &model.MemoryDump{BaseAddress: m.base, PID: i.target.PID, DumpMethod: "virtual", Size: size}
	sha256, _, err := i.recorder.Store(model.LayoutMapped, func(w io.Writer) error {
		at := m.base + min(uint64(headers.SizeOfHeaders), pageSize)
		if _, err := w.Write(head[:at-m.base]); err != nil {
			return err
		}
		dump.CollectedRanges = pieces.NoteRange(nil, m.base, at)
		for k := m.first; k < m.last; k++ {
			r := &i.all[k]
			if !r.executable() || !r.readable() {
				continue
			}
			l := &looseRegion{region: *r, image: m, architecture: architectureOf(headers), extents: i.extents(r.base, r.end(), wantResident)}
			var err error
			if at, err = i.writeCode(w, l, at, m.base+size, dump); err != nil {
				return err
			}
		}
		return pieces.WriteZeros(w, m.base+size-at)
	})
	if err != nil {
		return err
	}
	dump.SHA256, dump.DumpID = sha256, sha256
	i.report.Dumps = append(i.report.Dumps, *dump)
	m.dump = dump
	return nil
}
