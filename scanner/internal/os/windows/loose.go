package windows

import (
	"fmt"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/detect/pieces"
	"genehound/scanner/internal/model"
)

const (
	// jitBudget is how much code of JIT engines is collected from one process: enough to be judged.
	jitBudget = 1 << 20
	// jitShare is what every region of an engine gets nevertheless: no region can use up the others' budget.
	jitShare = 16 << 10
)

// looseRegion is executable memory that is no image's code, and what one pass over it learnt.
type looseRegion struct {
	region
	image   *mappedImage // around it, where an image's headers do not call it code
	backing model.Backing
	path    string

	architecture codetest.Architecture // of its code

	extents  []span
	resident uint64
	codeSize uint64 // bytes of pages that hold code
	code     int    // bytes of code
	bits     int
	targets  [2]int // agree, all
	traits   *detect.Traits
	jit      detect.JIT
	isJIT    bool
	sha256   string
	layout   model.Layout
	implant  *implant // the image whose part it is
}

// inspectRegions looks at executable memory that is no image's code.
func (i *inspection) inspectRegions() model.Check {
	for _, l := range i.loose {
		if err := i.examine(l); err != nil {
			return stopped(model.CheckRegions, err)
		}
	}
	i.judgeNeighbours()
	i.findImplants()
	left := uint64(jitBudget)
	for _, l := range i.loose {
		if err := i.conclude(l, &left); err != nil {
			return stopped(model.CheckRegions, err)
		}
	}
	return done(model.CheckRegions)
}

// examine is the first pass over a region: it looks at everything and keeps nothing. A 32-bit process has code of both kinds
// below 4 GB: it is of that kind as which more of it passes.
func (i *inspection) examine(l *looseRegion) error {
	if i.target.ImageType != "32" || l.end() > 1<<32 {
		return i.examineAs(l, codetest.X8664)
	}
	wide, narrow := *l, *l
	if err := i.examineAs(&wide, codetest.X8664); err != nil {
		return err
	}
	pagedOut, failed := i.pagedOut, i.failed // which count every byte once
	if err := i.examineAs(&narrow, codetest.X86); err != nil {
		return err
	}
	i.pagedOut, i.failed = pagedOut, failed
	*l = narrow
	if wide.code > narrow.code {
		*l = wide
	}
	return nil
}

func (i *inspection) examineAs(l *looseRegion, architecture codetest.Architecture) error {
	l.architecture = architecture
	l.traits = detect.NewTraits(architecture, i.space, l.base, l.end())
	if !l.readable() {
		return i.pace()
	}
	which := wantResident
	if l.image != nil {
		which = wantOwn
	}
	l.extents = i.extents(l.base, l.end(), which)
	for _, e := range extentsOf(l.extents) {
		l.resident += e.End - e.Start
		err := i.reader(l).Chunks(e, e.Start, func(address uint64, b []byte, result *codetest.Result) error {
			l.code += result.CodeBytes
			l.bits += result.Bits
			l.targets[0] += result.TargetsAgree
			l.targets[1] += result.Targets
			l.traits.Add(address, b, result.Code)
			pieces.Pages(result.Code, func(int) { l.codeSize += pageSize })
			return nil
		})
		if err != nil {
			return err
		}
	}
	if l.code > 0 {
		l.jit, l.isJIT = l.traits.Judge()
	}
	return nil
}

// reader reads a region and tests what it reads for code.
func (i *inspection) reader(l *looseRegion) *pieces.Reader {
	return &pieces.Reader{
		PageSize: pageSize, Buffer: i.buffer[:chunkSize], Pace: i.pace, Read: i.readFully,
		Classify: func(start uint64, b []byte, final bool) codetest.Result {
			return i.classifierOf(l.architecture).Classify(b, codetest.Options{
				Final: final, ProgramCounters: i.counters(start, start+uint64(len(b))),
				Entry: start == l.base && l.image == nil && l.backing != model.BackingFile,
			})
		},
	}
}

func extentsOf(spans []span) []pieces.Extent {
	list := make([]pieces.Extent, len(spans))
	for k, s := range spans {
		list[k] = pieces.Extent{Start: s.start, End: s.end}
	}
	return list
}

// judgeNeighbours extends what is known of an engine's code to the rest of the reservation in which it lies.
func (i *inspection) judgeNeighbours() {
	tied := map[uint64]*looseRegion{}
	for _, l := range i.loose {
		if l.isJIT && l.image == nil && (tied[l.allocation] == nil || tied[l.allocation].code < l.code) {
			tied[l.allocation] = l
		}
	}
	for _, l := range i.loose {
		neighbour := tied[l.allocation]
		if l.isJIT || l.code == 0 || neighbour == nil || l.protect != neighbour.protect {
			continue
		}
		l.jit, l.isJIT = l.traits.JudgeNeighbour(neighbour.jit, neighbour.base)
	}
}

// record starts the region's record.
func (i *inspection) record(l *looseRegion) model.Region {
	resident := l.resident
	r := model.Region{
		BaseAddress: l.base, Size: l.size, Protection: l.protection(), Backing: l.backing, Path: l.path,
		ThreadIDs: i.threadsIn(l.base, l.end()), ResidentSize: &resident,
	}
	if n := len(r.ThreadIDs); n > 0 {
		r.Evidence = append(r.Evidence, count(n, "thread")+" executing in it or returning to it")
	}
	switch {
	case l.image != nil:
		r.Evidence = append(r.Evidence, "it belongs to an image, outside of what the image's file calls code: it was made executable in memory")
	case l.backing == model.BackingFile:
		r.Evidence = append(r.Evidence, "the file behind it is mapped as data, not as an image")
	}
	return r
}

// conclude decides whose code the region holds, and collects it.
func (i *inspection) conclude(l *looseRegion, jitLeft *uint64) error {
	r := i.record(l)
	switch {
	case !l.readable():
		r.Classification = model.ClassUnread
		r.Evidence = append(r.Evidence, "its pages cannot be read without disturbing the process")
		if l.hides() {
			r.Evidence = append(r.Evidence, "it was allocated for code, and made inaccessible since")
		}
		i.addRegion(r)
		return nil
	case l.code == 0:
		// An empty reservation is worth no record unless someone executes there.
		if l.resident == 0 && len(r.ThreadIDs) == 0 {
			return nil
		}
		if i.dataRegions++; i.dataRegions > maxDataRegions && len(r.ThreadIDs) == 0 {
			return nil
		}
		r.Classification = model.ClassExecutableData
		r.Evidence = append(r.Evidence, "no bytes pass the test for code")
		i.addRegion(r)
		return nil
	}
	r.Evidence = append(r.Evidence, fmt.Sprintf(
		"%d of %d bytes pass the test for code (%d bits of evidence, %d of %d direct branches meet an instruction)",
		l.code, l.resident, l.bits, l.targets[0], l.targets[1]))
	if !l.isJIT {
		r.Classification = model.ClassCode
		r.Evidence = append(r.Evidence, l.traits.Doubts()...)
		return i.collect(l, r, nil)
	}
	r.Classification, r.JITEngine = model.ClassJITCode, l.jit.Engine
	r.Evidence = append(r.Evidence, l.jit.Evidence...)
	allowed := max(*jitLeft, jitShare)
	before := allowed
	err := i.collect(l, r, &allowed)
	*jitLeft -= min(*jitLeft, before-allowed)
	return err
}

// collect is the second pass: the code, page by page, everything else zero. limit, where given, is a budget shared by regions.
func (i *inspection) collect(l *looseRegion, r model.Region, limit *uint64) error {
	if l.implant != nil && l.implant.headers != nil {
		return i.collectImplant(l, r)
	}
	list, err := pieces.Collect(i.reader(l), extentsOf(l.extents), i.masked, limit, i.recorder)
	if err != nil && i.ctx.Err() != nil {
		return err
	}
	if err != nil {
		i.storeFailed(err)
		r.Evidence = append(r.Evidence, "not wholly collected: "+err.Error())
	}
	collected := pieces.Sum(list)
	for k := range list {
		i.report.Dumps = append(i.report.Dumps, list[k].Dump(i.target.PID))
	}
	if len(list) > 0 {
		if collected < l.codeSize {
			r.Evidence = append(r.Evidence, fmt.Sprintf("%d of %d bytes of pages with code were collected", collected, l.codeSize))
		}
		r.SHA256, r.Layout, r.CollectedSize = list[0].SHA256, model.LayoutRaw, &collected
		l.sha256, l.layout = r.SHA256, r.Layout
	}
	i.addRegion(r)
	i.implanted(l, &r, list)
	return nil
}

// implanted reports code without a file. Code of a JIT engine is no finding.
func (i *inspection) implanted(l *looseRegion, r *model.Region, list []pieces.Piece) {
	if r.Classification != model.ClassCode {
		return
	}
	kind, what := model.FindingImplantedCode, "code"
	if l.implant != nil {
		kind, what = model.FindingImplantedImage, l.implant.what()
	}
	where := map[model.Backing]string{
		model.BackingAnonymous: "private memory", model.BackingSharedAnonymous: "a mapping without a file",
		model.BackingFile: "a file that is mapped as data",
	}[l.backing]
	if l.image != nil {
		where = "pages of an image that its file does not call code"
	}
	like := model.Finding{
		Kind: kind, ModulePath: l.path, Details: fmt.Sprintf("%s in %s (%s, %d bytes)", what, where, r.Protection, r.Size),
	}
	for _, finding := range pieces.Findings(list, r, like) {
		i.addFinding(finding)
		i.report.Injected = append(i.report.Injected, model.InjectedModule{BaseAddress: finding.BaseAddress, PID: i.target.PID})
	}
}
