package windows

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"sync"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/model"
)

const (
	// chunkSize is how much memory is looked at at once; it bounds the scanner's own memory.
	chunkSize = 256 << 10
	// maxRegions bounds what is remembered of an address space, maxRecords the records of one process.
	maxRegions     = 100_000
	maxRecords     = 4096
	maxFindings    = 1024
	maxDataRegions = 256
	pageSize       = 4096
)

// inspection is the second look at one process.
type inspection struct {
	ctx      context.Context
	view     view
	facts    *factsCache
	target   model.Target
	recorder model.Recorder
	build    uint32 // of Windows
	report   model.MemoryReport

	all         []region // committed, ascending
	images      []*mappedImage
	loose       []*looseRegion // executable memory that is no image's code
	space       detect.Space
	environment [2]environment // of the process, and of its 32-bit half
	blocks      int            // environments that were read
	residency   residency
	threads     []thread
	frames      []frame
	places      []place // of threads, by address
	*workspace

	overflow, dataRegions int
	pagedOut, failed      uint64
	limitReached          bool
	storeError            error
}

// workspace is the memory that an inspection works in; the next one takes it over.
type workspace struct {
	classifiers              [2]*codetest.Classifier // of 64-bit and of 32-bit code, the second where it is needed
	buffer, masked, original []byte
}

var workspaces = sync.Pool{New: func() any {
	return &workspace{
		[2]*codetest.Classifier{codetest.NewClassifier(codetest.X8664, chunkSize)}, make([]byte, chunkSize), make([]byte, chunkSize), make([]byte, chunkSize),
	}
}}

// classifierOf serves one architecture.
func (w *workspace) classifierOf(architecture codetest.Architecture) *codetest.Classifier {
	if architecture != codetest.X86 {
		return w.classifiers[0]
	}
	if w.classifiers[1] == nil {
		w.classifiers[1] = codetest.NewClassifier(codetest.X86, chunkSize)
	}
	return w.classifiers[1]
}

// inspect looks for code that no file explains, changed code, and threads outside of any file.
func inspect(ctx context.Context, v view, facts *factsCache, target model.Target, recorder model.Recorder, build uint32) model.MemoryReport {
	i := &inspection{ctx: ctx, view: v, facts: facts, target: target, recorder: recorder, build: build}
	i.workspace = workspaces.Get().(*workspace)
	defer workspaces.Put(i.workspace)
	if err := i.readSpace(); err != nil && !errors.Is(err, errLimit) {
		return model.MemoryReport{NotRead: model.ReasonIOError, Details: clip("its address space: "+err.Error(), model.MaxText)}
	} else if err != nil {
		i.limitReached = true
	}
	working := i.askWorkingSet()
	modules := i.readLoader()
	threads := i.readThreads()
	regions := i.inspectRegions()
	modified := i.inspectImages()
	i.inspectMain()
	i.inspectLinks()
	tables := i.inspectTables()
	i.inspectAssemblies()
	i.reportThreads()
	if modified.State == model.StateDone && tables.State != model.StateDone {
		modified = tables
	}
	if modified.State == model.StateDone && modules.State != model.StateDone {
		modified = modules
	}
	regions = i.finishRegions(regions)
	if threads.State == model.StateDone && target.ImageType == "32" {
		threads = partial(model.CheckThreads, model.ReasonUnsupported, "the 32-bit halves of its threads' stacks are not looked at")
	}
	i.report.Checks = []model.Check{regions, modified, threads, working}
	return i.report
}

// readSpace sorts the address space into images and executable memory that is no image's.
func (i *inspection) readSpace() error {
	err := i.view.regions(func(r region) error {
		if !r.committed() {
			return nil
		}
		if len(i.all) >= maxRegions {
			return errLimit
		}
		i.all = append(i.all, r)
		return nil
	})
	for k := range i.all {
		r := &i.all[k]
		if r.kind == memImage {
			i.addToImage(k)
		} else if r.executable() || r.hides() {
			i.addLoose(r, nil)
		}
	}
	for _, m := range i.images {
		i.settle(m)
	}
	for _, l := range i.loose {
		if l.image == nil {
			i.space = append(i.space, detect.Area{Start: l.base, End: l.end(), Name: l.path, Exec: true})
		}
	}
	sort.Slice(i.space, func(a, b int) bool { return i.space[a].Start < i.space[b].Start })
	sort.Slice(i.loose, func(a, b int) bool { return i.loose[a].base < i.loose[b].base })
	return err
}

func (i *inspection) addToImage(k int) {
	r := &i.all[k]
	if n := len(i.images); n > 0 && i.images[n-1].base == r.allocation {
		m := i.images[n-1]
		m.end, m.last = r.end(), k+1
		m.executable = m.executable || r.executable()
		return
	}
	i.images = append(i.images, &mappedImage{base: r.allocation, end: r.end(), first: k, last: k + 1, executable: r.executable()})
}

// settle learns what file an image is of, and which of its executable memory is not its code.
func (i *inspection) settle(m *mappedImage) {
	name, err := i.view.mappedName(m.base)
	if err == nil {
		m.path = clip(i.view.pathOf(name), model.MaxPath)
		m.facts = i.facts.of(i.view, m.path)
	} else {
		m.facts = &fileFacts{failure: err}
	}
	i.space = append(i.space, detect.Area{Start: m.base, End: m.end, Name: m.path, Exec: true, Module: true, Engines: m.facts.engines})
	if m.facts.headers == nil {
		return
	}
	for k := m.first; k < m.last; k++ {
		r := &i.all[k]
		section := m.facts.headers.SectionAt(uint32(r.base - m.base))
		if r.executable() && (section == nil || !section.Executable()) {
			i.addLoose(r, m)
		}
	}
}

// addLoose takes an executable region that no image's headers call code; image is that around it, if any.
func (i *inspection) addLoose(r *region, image *mappedImage) {
	l := &looseRegion{region: *r, image: image, backing: model.BackingAnonymous}
	switch {
	case image != nil:
		l.backing, l.path = model.BackingFile, image.path
	case r.kind == memMapped:
		l.backing = model.BackingSharedAnonymous
		if name, err := i.view.mappedName(r.base); err == nil {
			l.backing, l.path = model.BackingFile, clip(i.view.pathOf(name), model.MaxPath)
		}
	}
	i.loose = append(i.loose, l)
}

// askWorkingSet finds out how far the working set can be asked, on the first image.
func (i *inspection) askWorkingSet() model.Check {
	for _, m := range i.images {
		if _, err := i.view.workingSet(m.base, 1); err != nil {
			i.residency = residencyUnknown
			return notPossible(model.CheckWorkingSet, model.ReasonUnsupported,
				"the working set cannot be asked ("+err.Error()+"): all executable pages were read and compared instead")
		}
		break
	}
	i.residency = residencyValid
	if i.build >= sharedOriginalBuild {
		i.residency = residencyOriginal
	}
	return done(model.CheckWorkingSet)
}

// readLoader reads what the process's own loader says.
func (i *inspection) readLoader() model.Check {
	wide, narrow, err := i.view.peb()
	if err != nil {
		return partial(model.CheckModifiedCode, model.ReasonIOError, "its environment block: "+err.Error())
	}
	for n, block := range []struct {
		address uint64
		layout  *blockLayout
	}{{wide, &wideLayout}, {narrow, &narrowLayout}} {
		if block.address == 0 {
			continue
		}
		if i.environment[n], err = readEnvironment(i.view, block.address, block.layout); err != nil {
			return partial(model.CheckModifiedCode, model.ReasonIOError, err.Error())
		}
		i.blocks++
		for _, entry := range i.environment[n].entries {
			if m := i.imageAt(entry.base); m != nil {
				m.lists |= entry.lists
				m.loaderName = entry.name
			}
		}
	}
	return done(model.CheckModifiedCode)
}

func (i *inspection) imageAt(base uint64) *mappedImage {
	k := sort.Search(len(i.images), func(k int) bool { return i.images[k].base >= base })
	if k < len(i.images) && i.images[k].base == base {
		return i.images[k]
	}
	return nil
}

// imageAround is the image that holds an address.
func (i *inspection) imageAround(address uint64) *mappedImage {
	k := sort.Search(len(i.images), func(k int) bool { return i.images[k].end > address })
	if k < len(i.images) && i.images[k].base <= address {
		return i.images[k]
	}
	return nil
}

func (i *inspection) pace() error { return i.recorder.Pace(i.ctx) }

func (i *inspection) addRegion(r model.Region) {
	if len(i.report.Regions) >= maxRecords {
		i.overflow++
		return
	}
	if r.Evidence == nil {
		r.Evidence = []string{}
	}
	r.Evidence = r.Evidence[:min(len(r.Evidence), model.MaxEvidence)]
	for k := range r.Evidence {
		r.Evidence[k] = clip(r.Evidence[k], model.MaxText)
	}
	r.PID = i.target.PID
	i.report.Regions = append(i.report.Regions, r)
}

func (i *inspection) addFinding(f model.Finding) {
	if len(i.report.Findings) >= maxFindings {
		i.overflow++
		return
	}
	f.PID = i.target.PID
	f.Details = clip(f.Details, model.MaxText)
	i.report.Findings = append(i.report.Findings, f)
}

// addDifference notes how an image differs from its file; one whose file the kernel does not name has none.
func (i *inspection) addDifference(path string, base uint64, kind, details string) {
	if path == "" {
		return
	}
	i.report.Differences = append(i.report.Differences, model.FileModuleDifference{
		FilePath: path, Modules: []model.ComparedModule{{
			BaseAddress: base, PID: i.target.PID, Result: []model.Comparison{{Type: kind, Details: clip(details, model.MaxText)}},
		}},
	})
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
		check.Details = count(more, "region") + " without code are not listed"
	}
	switch {
	case check.State != model.StateDone:
	case i.overflow > 0:
		check = partial(model.CheckRegions, model.ReasonLimit, count(i.overflow, "region or finding")+" above the limit of records")
	case i.limitReached:
		check = partial(model.CheckRegions, model.ReasonLimit, "a limit was reached: of collected bytes, or of regions")
	case i.storeError != nil:
		check = partial(model.CheckRegions, model.ReasonIOError, "not everything could be kept: "+i.storeError.Error())
	case i.failed > 0:
		check = partial(model.CheckRegions, model.ReasonIOError, fmt.Sprintf("%d bytes could not be read", i.failed))
	case i.pagedOut > 0:
		check = partial(model.CheckRegions, model.ReasonLimit,
			fmt.Sprintf("%d executable bytes are not resident; reading would bring them in", i.pagedOut))
	}
	return check
}

// stopped tells how a check ends that ran out of time.
func stopped(check model.CheckName, err error) model.Check {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return partial(check, model.ReasonTimeout, "the time for this process was over")
	}
	return partial(check, model.ReasonIOError, err.Error())
}
