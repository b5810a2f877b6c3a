package windows

import (
	"fmt"
	"io"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/detect/pieces"
	"genehound/scanner/internal/model"
)

const (
	// maxAssemblies bounds what one process's memory is asked for.
	maxAssemblies = 256
	// maxAssembly is the largest image that is kept.
	maxAssembly = 64 << 20
)

// inspectAssemblies looks for .NET assemblies that were loaded from memory: images are code, also where nothing is executable,
// for the runtime compiles them. Only processes that hold the runtime are looked at: elsewhere such bytes are a file's
// content in somebody's buffer.
func (i *inspection) inspectAssemblies() {
	if !i.managed() {
		return
	}
	for k := range i.all {
		r := &i.all[k]
		if r.kind == memImage || !r.readable() || r.executable() || len(i.report.Findings) >= maxAssemblies || i.pace() != nil {
			continue
		}
		if r.kind == memMapped {
			if _, err := i.view.mappedName(r.base); err == nil {
				continue // a file's own mapping: the runtime maps assemblies so, and files are hashed
			}
		}
		i.assemblyAt(r)
	}
}

func (i *inspection) managed() bool {
	for k := range i.space {
		for _, engine := range i.space[k].Engines {
			if engine == detect.EngineCLR {
				return true
			}
		}
	}
	return false
}

func (i *inspection) assemblyAt(r *region) {
	var magic [2]byte
	if len(i.residentWithin(r.base, r.base+2)) == 0 || i.view.read(r.base, magic[:]) < 2 || magic[0] != 'M' || magic[1] != 'Z' {
		return
	}
	headers, err := pe.ParseHeaders(i.firstBytes(r))
	if err != nil || headers.SizeOfImage > maxAssembly {
		return
	}
	parts := i.allocation(r.allocation)
	limit := parts[len(parts)-1].end() - r.base
	var image pe.Image = memoryImage{i.view, r.base, limit}
	layout, flat := "laid out as a loader does", false
	if !pe.IsCLI(headers, image) {
		image, layout, flat = pe.Flat(headers, flatMemory{i.view, r.base, limit}), "laid out as its file is", true
		if !pe.IsCLI(headers, image) {
			return
		}
	}
	dump, err := i.storeAssembly(r.base, headers, image, flat)
	if err != nil {
		i.storeFailed(err)
	}
	finding := withDump(model.Finding{
		Kind: model.FindingImplantedImage, BaseAddress: r.base, Size: uint64(headers.SizeOfImage),
		Details: fmt.Sprintf("a .NET assembly in memory without a file (%s, %s): it was loaded from bytes", r.protection(), layout),
	}, dump)
	i.addFinding(finding)
	i.report.Injected = append(i.report.Injected, model.InjectedModule{BaseAddress: r.base, PID: i.target.PID})
	backing := model.BackingAnonymous
	if r.kind == memMapped {
		backing = model.BackingSharedAnonymous
	}
	i.addRegion(model.Region{
		BaseAddress: r.base, Size: limit, Protection: r.protection(), Backing: backing, Classification: model.ClassCode,
		SHA256: finding.SHA256, Layout: finding.Layout, Evidence: []string{"a .NET assembly: its CLI header leads to metadata", layout},
	})
}

// storeAssembly keeps the headers and the sections that the image calls executable: an assembly's code and metadata. flat
// tells that they lie in memory as in a file.
func (i *inspection) storeAssembly(base uint64, headers *pe.Headers, image pe.Image, flat bool) (*model.MemoryDump, error) {
	dump := &model.MemoryDump{BaseAddress: base, PID: i.target.PID, DumpMethod: "virtual", Size: uint64(headers.SizeOfImage)}
	sha256, _, err := i.recorder.Store(model.LayoutMapped, func(w io.Writer) error {
		head := make([]byte, headers.SizeOfHeaders)
		image.ReadRVA(0, head)
		if _, err := w.Write(head); err != nil {
			return err
		}
		at := headers.SizeOfHeaders
		dump.CollectedRanges = pieces.NoteRange(nil, base, base+uint64(at))
		b := make([]byte, pageSize)
		for k := range headers.Sections {
			s := &headers.Sections[k]
			if !s.Executable() || s.RVA < at {
				continue
			}
			if err := pieces.WriteZeros(w, uint64(s.RVA-at)); err != nil {
				return err
			}
			for done := uint32(0); done < s.Span(); done += pageSize {
				clear(b)
				i.recorder.CountRead(0, uint64(image.ReadRVA(s.RVA+done, b)))
				if _, err := w.Write(b); err != nil {
					return err
				}
			}
			at = s.RVA + s.Span()
			from, size := uint64(s.RVA), uint64(s.Span())
			if flat {
				from, size = uint64(s.RawOffset), uint64(s.RawSize)
			}
			dump.CollectedRanges = pieces.NoteRange(dump.CollectedRanges, base+from, base+from+size)
		}
		return pieces.WriteZeros(w, uint64(headers.SizeOfImage-at))
	})
	if err != nil {
		return nil, err
	}
	dump.SHA256, dump.DumpID = sha256, sha256
	i.report.Dumps = append(i.report.Dumps, *dump)
	return dump, nil
}

// flatMemory reads a process's memory as a file that begins at base.
type flatMemory struct {
	view  view
	base  uint64
	limit uint64
}

func (m flatMemory) ReadAt(b []byte, offset int64) (int, error) {
	if offset < 0 || uint64(offset) >= m.limit {
		return 0, io.EOF
	}
	part := b[:min(uint64(len(b)), m.limit-uint64(offset))]
	n := m.view.read(m.base+uint64(offset), part)
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
