//go:build linux

package linux

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"sync"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/model"
)

const (
	// chunkSize is how much memory is looked at at once; it bounds the scanner's own memory.
	chunkSize = 256 << 10
	// maxRegions bounds the records of one process; what is above is counted and makes the check partial.
	maxRegions  = 4096
	maxFindings = 1024
	// maxDataRegions bounds the records of memory that holds no code; it was looked at, so the check is still whole.
	maxDataRegions = 256
	// maxAreas bounds what is remembered of an address space to name the targets of hooks.
	maxAreas = 65_536
	// These bound what is looked at around code for unwind records.
	maxReadOnly   = 4096
	maxNeighbours = 64
	neighbourSize = 1 << 20
)

// inspection is the second look at one process.
type inspection struct {
	system   *System
	ctx      context.Context
	target   model.Target
	recorder model.Recorder
	report   model.MemoryReport

	mem, pagemap *os.File
	threads      []thread
	space        detect.Space
	engines      []int // areas of space that export a JIT engine
	images       []loadedImage
	loose        []Mapping       // executable mappings that are not an image's code
	reservations map[uint64]int  // of loose anonymous mappings, by start: which belong together
	readOnly     []Mapping       // anonymous memory that can only be read
	imageData    map[uint64]bool // those of them, by start, that belong to an image
	impliesExec  bool            // READ_IMPLIES_EXEC: what is readable is executable
	vdso         *Mapping
	inodes       map[uint64]bool // of all mapped files
	heads        []Mapping       // beginnings of mapped files
	*workspace

	regionsOverflow int
	dataRegions     int
	swappedBytes    uint64
	failedBytes     uint64
	unreadFiles     int
	unreadReason    model.Reason
	limitReached    bool
	storeError      error
}

// loadedImage is one loading of an ELF image.
type loadedImage struct {
	base, end uint64
	first     Mapping
	exec      []Mapping // mappings of its executable segments with execute permission
	facts     *fileFacts
}

// Inspect looks for code that no file explains, changed code, and threads outside of any file.
func (s *System) Inspect(ctx context.Context, target model.Target, recorder model.Recorder) model.MemoryReport {
	if target.NotRead != "" {
		return model.MemoryReport{NotRead: target.NotRead, Details: target.Details}
	}
	i := &inspection{system: s, ctx: ctx, target: target, recorder: recorder, imageData: map[uint64]bool{}, reservations: map[uint64]int{}, inodes: map[uint64]bool{}}
	i.unreadReason = model.ReasonIOError
	defer i.close()
	if reason, details := i.open(); reason != "" {
		return model.MemoryReport{NotRead: reason, Details: details}
	}
	if err := i.readSpace(); err != nil {
		reason, details := s.refusal(err)
		return model.MemoryReport{NotRead: reason, Details: "its memory map: " + details}
	}
	threads, threadCheck := readThreads(ctx, target.PID)
	i.threads = threads
	regions := i.inspectRegions()
	modified := i.inspectImages()
	i.inspectVDSO()
	imports, preload := i.inspectImports(), i.inspectPreload()
	i.inspectDisguise()
	if threadCheck.State != model.StateNotPossible {
		i.inspectThreads()
	}
	if !sameProcess(&target) {
		return model.MemoryReport{NotRead: model.ReasonExited, Details: "it ended while it was read"}
	}
	i.report.Checks = []model.Check{i.finishRegions(regions), modified, threadCheck, imports, preload}
	return i.report
}

// workspace is the memory that an inspection works in; the next one takes it over.
type workspace struct {
	classifier     *codetest.Classifier
	buffer, masked []byte
}

var workspaces = sync.Pool{New: func() any {
	return &workspace{
		codetest.NewClassifier(codetest.Native(), chunkSize), make([]byte, chunkSize), make([]byte, chunkSize),
	}
}}

func (i *inspection) close() {
	if i.workspace != nil {
		workspaces.Put(i.workspace)
	}
	for _, file := range []*os.File{i.mem, i.pagemap} {
		if file != nil {
			file.Close()
		}
	}
}

// open opens the process's memory; a reason is returned where nothing can be read.
func (i *inspection) open() (model.Reason, string) {
	var err error
	if i.mem, err = os.Open(procPath(i.target.PID, "mem")); err != nil {
		reason, details := i.system.refusal(err)
		return reason, "its memory: " + details
	}
	if i.pagemap, err = os.Open(procPath(i.target.PID, "pagemap")); err != nil {
		reason, details := i.system.refusal(err)
		return reason, "its page table: " + details
	}
	if !sameProcess(&i.target) {
		return model.ReasonExited, "it ended while it was read"
	}
	if isZombie(i.target.PID) {
		return model.ReasonExited, "it has ended and waits for its parent"
	}
	const readImpliesExec = 0x0040_0000
	var personality uint64
	if content, _, err := readBounded(procPath(i.target.PID, "personality"), 64); err == nil {
		if _, err := fmt.Sscanf(string(content), "%x", &personality); err == nil {
			i.impliesExec = personality&readImpliesExec != 0
		}
	}
	return "", ""
}

// readSpace reads the map once: images, loose executable mappings, and areas to name targets by.
func (i *inspection) readSpace() error {
	group := grouper{emit: i.addModule}
	reservation, reservedTo := 0, uint64(0)
	_, err := readMaps(i.target.PID, func(m *Mapping) error {
		if m.Inode != 0 {
			i.inodes[m.Inode] = true
			i.addHead(m)
			return group.add(m)
		}
		if m.Path == "[vdso]" {
			copied := *m
			i.vdso = &copied
		}
		// Code areas that an engine reserved at once and uses in part: executable pages with inaccessible ones between.
		if m.Path == "" && (m.Exec || !m.Read && !m.Write) {
			if m.Start != reservedTo {
				reservation++
			}
			i.reservations[m.Start], reservedTo = reservation, m.End
		}
		if m.Path == "" && m.Read && !m.Write && !m.Exec && len(i.readOnly) < maxReadOnly {
			i.readOnly = append(i.readOnly, *m)
		}
		if m.Exec {
			i.addArea(m, false, nil)
			if m.Backing() != model.BackingSpecial {
				i.addLoose(m)
			}
		}
		return nil
	})
	if err == nil {
		err = group.flush()
	}
	sort.Slice(i.space, func(a, b int) bool { return i.space[a].Start < i.space[b].Start })
	sort.Slice(i.loose, func(a, b int) bool { return i.loose[a].Start < i.loose[b].Start })
	return err
}

func (i *inspection) addArea(m *Mapping, module bool, engines []string) {
	if len(i.space) < maxAreas {
		i.space = append(i.space, detect.Area{
			Start: m.Start, End: m.End, Name: displayPath(m), Exec: m.Exec, Module: module, Engines: engines,
		})
	}
}

func (i *inspection) addLoose(m *Mapping) {
	i.loose = append(i.loose, *m)
}

// addModule sorts the executable mappings of one loading of a file: those of an image's executable segments are its
// code, all others are loose memory that an executable bit alone does not make code.
func (i *inspection) addModule(m *module) error {
	if isDevice(m.first()) {
		return nil
	}
	backing := m.first().Backing()
	var facts *fileFacts
	if backing != model.BackingSharedAnonymous && backing != model.BackingSpecial {
		var err error
		if facts, err = i.system.file(i.target.PID, m); err != nil {
			i.unreadFiles++
			i.unreadReason = reasonOf(err)
		}
	}
	if facts == nil || facts.elf == nil {
		for k := range m.mappings {
			if mapping := &m.mappings[k]; mapping.Exec && !(facts != nil && facts.image) {
				i.addArea(mapping, false, nil)
				i.addLoose(mapping)
			}
		}
		return nil
	}
	for k := range m.mappings {
		i.addArea(&m.mappings[k], true, facts.elf.engines)
	}
	image := loadedImage{base: m.base, end: m.end, first: *m.first(), facts: facts}
	based := false
	for k := range m.mappings {
		mapping := &m.mappings[k]
		if !mapping.Exec {
			continue
		}
		if rva, ok := facts.elf.file.RVA(mapping.Offset, true); ok {
			image.exec = append(image.exec, *mapping)
			// Where only a part of the file is mapped, the base is where its headers would be.
			if !based && rva <= mapping.Start {
				image.base, based = mapping.Start-rva, true
			}
		} else {
			i.imageData[mapping.Start] = true
			i.addLoose(mapping)
		}
	}
	if len(image.exec) > 0 {
		i.images = append(i.images, image)
	}
	return nil
}

func (i *inspection) pace() error { return i.recorder.Pace(i.ctx) }

// counters are the offsets of threads in [start, end), relative to start.
func (i *inspection) counters(start, end uint64) []int {
	var offsets []int
	for _, t := range i.threads {
		if t.pc >= start && t.pc < end {
			offsets = append(offsets, int(t.pc-start))
		}
	}
	return offsets
}

func (i *inspection) threadsIn(start, end uint64) []uint32 {
	var ids []uint32
	for _, t := range i.threads {
		if t.pc >= start && t.pc < end && len(ids) < model.MaxThreadIDs {
			ids = append(ids, t.id)
		}
	}
	return ids
}

func (i *inspection) addRegion(r model.Region) {
	if len(i.report.Regions) >= maxRegions {
		i.regionsOverflow++
		return
	}
	if r.Evidence == nil {
		r.Evidence = []string{}
	}
	if len(r.Evidence) > model.MaxEvidence {
		r.Evidence = r.Evidence[:model.MaxEvidence]
	}
	for k := range r.Evidence {
		r.Evidence[k] = clip(r.Evidence[k], model.MaxText)
	}
	r.PID = i.target.PID
	i.report.Regions = append(i.report.Regions, r)
}

func (i *inspection) addFinding(f model.Finding) {
	if len(i.report.Findings) >= maxFindings {
		i.regionsOverflow++
		return
	}
	f.PID = i.target.PID
	f.Details = clip(f.Details, model.MaxText)
	i.report.Findings = append(i.report.Findings, f)
}

// storeFailed notes that something was found and could not be kept; the rest goes on.
func (i *inspection) storeFailed(err error) {
	if errors.Is(err, model.ErrLimit) {
		i.limitReached = true
	} else {
		i.storeError = err
	}
}

// finishRegions sums up what the regions' check could not see.
func (i *inspection) finishRegions(check model.Check) model.Check {
	if more := i.dataRegions - maxDataRegions; more > 0 {
		check.Details = count(more, "mapping") + " without code are not listed"
	}
	switch {
	case check.State != model.StateDone:
	case i.regionsOverflow > 0:
		check = partial(model.CheckRegions, model.ReasonLimit, count(i.regionsOverflow, "region or finding")+" above the limit of records")
	case i.limitReached:
		check = partial(model.CheckRegions, model.ReasonLimit, "the limit of collected bytes was reached")
	case i.storeError != nil:
		check = partial(model.CheckRegions, model.ReasonIOError, "not everything could be kept: "+describe(i.storeError))
	case i.unreadFiles > 0:
		check = partial(model.CheckRegions, i.unreadReason, count(i.unreadFiles, "mapped file")+" could not be opened")
	case i.failedBytes > 0:
		check = partial(model.CheckRegions, model.ReasonIOError, fmt.Sprintf("%d bytes could not be read", i.failedBytes))
	case i.swappedBytes > 0:
		check = partial(model.CheckRegions, model.ReasonLimit,
			fmt.Sprintf("%d executable bytes are swapped out; reading would page them in", i.swappedBytes))
	}
	return check
}

// stop tells how a check ends that ran out of time.
func stopped(check model.CheckName, err error) model.Check {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return partial(check, model.ReasonTimeout, "the time for this process was over")
	}
	if errors.Is(err, model.ErrLimit) {
		return partial(check, model.ReasonLimit, err.Error())
	}
	return partial(check, reasonOf(err), describe(err))
}
