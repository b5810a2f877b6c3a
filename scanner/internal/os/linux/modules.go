//go:build linux

package linux

import (
	"context"
	"os"

	"genehound/scanner/internal/detect/image"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/regular"
)

// module is one loading of one file: its mappings, in order of address.
type module struct {
	base, end uint64
	mappings  []Mapping
	exec      bool
}

func (m *module) first() *Mapping { return &m.mappings[0] }

// grouper gathers the mappings of a process into loadings of files; it keeps only those with executable pages.
type grouper struct {
	current module
	emit    func(*module) error
}

func (g *grouper) add(m *Mapping) error {
	if m.Inode == 0 {
		// Anonymous memory within an image (bss, changed pages) does not end it.
		return nil
	}
	if n := len(g.current.mappings); n > 0 {
		last := &g.current.mappings[n-1]
		same := last.Inode == m.Inode && last.Device == m.Device && last.Path == m.Path
		// A lower offset starts another loading of the same file. Segments may share a page of the file.
		if !same || m.Offset < last.Offset || m.Offset == 0 {
			if err := g.flush(); err != nil {
				return err
			}
		}
	}
	if len(g.current.mappings) == 0 {
		g.current.base = m.Start
	}
	g.current.mappings = append(g.current.mappings, *m)
	g.current.end = m.End
	g.current.exec = g.current.exec || m.Exec
	return nil
}

func (g *grouper) flush() error {
	var err error
	if g.current.exec {
		err = g.emit(&g.current)
	}
	g.current = module{mappings: g.current.mappings[:0]}
	return err
}

// readMaps parses a process's map.
func readMaps(pid uint32, visit func(*Mapping) error) (malformed int, err error) {
	file, err := os.Open(procPath(pid, "maps"))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return ParseMaps(file, visit)
}

// Modules lists the images that a process maps with executable pages, and the files behind them.
func (s *System) Modules(_ context.Context, target model.Target) model.ModuleReport {
	var report model.ModuleReport
	if target.NotRead != "" {
		return model.ModuleReport{NotRead: target.NotRead, Details: target.Details}
	}
	notRead := func(reason model.Reason, details string) model.ModuleReport {
		return model.ModuleReport{NotRead: reason, Details: details}
	}
	unread := 0
	var unreadReason model.Reason
	mappings := 0
	group := grouper{emit: func(m *module) error {
		info, err := s.file(target.PID, m)
		if err != nil {
			if isDevice(m.first()) {
				return nil
			}
			unread++
			unreadReason = reasonOf(err)
			// The name is still known: the module is listed, its bytes are not judged.
			report.Modules = append(report.Modules, loadedModule(m, ""))
			return nil
		}
		if backing := m.first().Backing(); backing == model.BackingSharedAnonymous || backing == model.BackingSpecial {
			return nil
		}
		if info.image {
			report.Modules = append(report.Modules, loadedModule(m, info.bits))
		}
		// What has no name any more is collected from memory.
		if !m.first().Deleted {
			report.Files = append(report.Files, s.moduleFile(target.PID, m, info))
		}
		return nil
	}}
	malformed, err := readMaps(target.PID, func(m *Mapping) error { mappings++; return group.add(m) })
	if err == nil {
		err = group.flush()
	}
	if err != nil {
		reason, details := s.refusal(err)
		return notRead(reason, "its memory map: "+details)
	}
	if !sameProcess(&target) {
		return notRead(model.ReasonExited, "it ended while it was read")
	}
	if mappings == 0 {
		if isZombie(target.PID) {
			return notRead(model.ReasonExited, "it has ended and waits for its parent")
		}
		if !s.mayTrace {
			return notRead(model.ReasonNoPrivileges, "its memory map is shown empty")
		}
	}
	report.Checks = append(report.Checks, model.Check{Check: model.CheckProcess, State: model.StateDone})
	modules := model.Check{Check: model.CheckModules, State: model.StateDone}
	switch {
	case malformed > 0:
		modules = partial(model.CheckModules, model.ReasonIOError, count(malformed, "line")+" of the memory map could not be understood")
	case unread > 0:
		modules = partial(model.CheckModules, unreadReason, count(unread, "mapped file")+" could not be opened")
	}
	report.Checks = append(report.Checks, modules)
	return report
}

func partial(check model.CheckName, reason model.Reason, details string) model.Check {
	return model.Check{Check: check, State: model.StatePartial, Reason: reason, Details: details}
}

func loadedModule(m *module, bits string) model.LoadedModule {
	path := clip(displayPath(m.first()), model.MaxPath)
	return model.LoadedModule{BaseAddress: m.base, FilePath: &path, ImageType: bits, MappedSize: m.end - m.base}
}

// displayPath is the name as the kernel shows it.
func displayPath(m *Mapping) string {
	if m.Deleted {
		return m.Path + " (deleted)"
	}
	return m.Path
}

// fileFacts are what is known of one mapped file, learnt once in a scan.
type fileFacts struct {
	id                 model.FileID
	accessed, modified uint64
	image              bool
	bits               string
	elf                *elfFacts
}

// elfFacts are what detectors ask of an ELF file.
type elfFacts struct {
	file    *image.File // headers only: its reader is closed
	engines []string
	soname  string
	textrel bool
	// slots are its imports, read when they are first asked for.
	slots                 []image.Slot
	slotsRead, slotsWhole bool
}

type fileKey struct{ device, inode uint64 }

// file learns about the file behind a module. Deleted files are never remembered: their inode may be reused.
func (s *System) file(pid uint32, m *module) (*fileFacts, error) {
	key := fileKey{m.first().Device, m.first().Inode}
	if !m.first().Deleted {
		s.mutex.Lock()
		known := s.files[key]
		s.mutex.Unlock()
		if known != nil {
			return known, nil
		}
	}
	file, err := openMapping(pid, m.first())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	facts, err := learn(file)
	if err != nil {
		return nil, err
	}
	if !m.first().Deleted {
		s.mutex.Lock()
		s.files[key] = facts
		s.mutex.Unlock()
	}
	return facts, nil
}

func learn(file *os.File) (*fileFacts, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	id, stat, ok := fileIDOf(info)
	if !ok {
		return nil, regular.Err
	}
	facts := &fileFacts{id: id, accessed: filetime(stat.Atim.Nano()), modified: filetime(stat.Mtim.Nano())}
	head := make([]byte, image.HeadSize)
	n, _ := file.ReadAt(head, 0)
	head = head[:n]
	facts.image = image.IsImage(head)
	if !facts.image || image.KindOf(head) != image.ELF {
		return facts, nil
	}
	elf, err := image.ReadELF(file)
	if err != nil {
		// It calls itself ELF and cannot be mapped as one: a data file to us, listed by hash.
		facts.image = false
		return facts, nil
	}
	facts.bits = "32"
	if elf.Is64 {
		facts.bits = "64"
	}
	facts.elf = &elfFacts{file: elf}
	if dynamic, ok := elf.Dynamic(); ok {
		facts.elf.textrel = dynamic.TextRelocations
		facts.elf.soname = dynamic.Soname()
		facts.elf.engines = enginesOf(&dynamic)
	}
	elf.Detach()
	return facts, nil
}

func (s *System) moduleFile(pid uint32, m *module, facts *fileFacts) model.ModuleFile {
	first := m.first()
	return model.ModuleFile{
		ID: facts.id, Path: clip(first.Path, model.MaxPath),
		Accessed: &facts.accessed, Modified: &facts.modified, IsImage: facts.image,
		PID: pid, Start: first.Start, End: first.End,
	}
}
