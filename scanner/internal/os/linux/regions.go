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
	"genehound/scanner/internal/model"
)

const (
	// splitGap separates two artifacts of one mapping: pages without code between them.
	splitGap = 64 << 10
	// jitBudget is how much code of JIT engines is collected from one process: enough to be judged.
	jitBudget = 1 << 20
)

// inspectRegions looks at executable memory that is no image's code.
func (i *inspection) inspectRegions() model.Check {
	if len(i.loose) > 0 {
		i.classifier = codetest.NewClassifier(chunkSize)
		i.buffer, i.masked = make([]byte, chunkSize), make([]byte, chunkSize)
	}
	jitLeft := uint64(jitBudget)
	for k := range i.loose {
		if err := i.inspectLoose(&i.loose[k], &jitLeft); err != nil {
			return stopped(model.CheckRegions, err)
		}
	}
	return model.Check{Check: model.CheckRegions, State: model.StateDone}
}

// looseRegion is what one pass over a loose mapping learnt.
type looseRegion struct {
	mapping  *Mapping
	backing  model.Backing
	source   *source
	codeSize uint64 // bytes of pages that hold code
	code     int    // bytes of code
	text     int
	refused  int
	bits     int
	targets  [2]int // agree, all
	threads  []uint32
	header   image.Kind // at the mapping's first byte
	traits   *detect.Traits
}

func (i *inspection) inspectLoose(m *Mapping, jitLeft *uint64) error {
	r := &looseRegion{mapping: m, backing: m.Backing(), threads: i.threadsIn(m.Start, m.End)}
	file, err := i.openBacking(m, r.backing)
	if err != nil {
		i.addRegion(model.Region{
			BaseAddress: m.Start, Size: m.Size(), Protection: m.Protection(), Backing: r.backing, Path: pathOf(m),
			Classification: model.ClassUnread, Evidence: []string{"the file behind it could not be opened: " + describe(err)},
			ThreadIDs: r.threads,
		})
		i.unreadFiles++
		i.unreadReason = reasonOf(err)
		return i.pace()
	}
	if file != nil {
		defer file.Close()
	}
	r.source, err = newSource(m, i.mem, i.pagemap, file, i.wanted(m, r.backing), i.system.pageSize)
	if err != nil && !errors.Is(err, errFragmented) {
		i.addRegion(model.Region{
			BaseAddress: m.Start, Size: m.Size(), Protection: m.Protection(), Backing: r.backing, Path: pathOf(m),
			Classification: model.ClassUnread, Evidence: []string{"its page table could not be read: " + describe(err)},
			ThreadIDs: r.threads,
		})
		i.failedBytes += m.Size()
		return i.pace()
	}
	if errors.Is(err, errFragmented) {
		i.limitReached = true
	}
	r.traits = detect.NewTraits(i.space, m.Start, m.End)
	err = i.classify(r)
	i.recorder.CountRead(r.source.readFile, r.source.readMemory)
	i.swappedBytes += r.source.swapped
	i.failedBytes += r.source.failed
	if err != nil {
		return err
	}
	return i.conclude(r, jitLeft)
}

// wanted says how much of the backing file is looked at. Of an image only what the process changed outside of the
// image's code: the file itself is compared elsewhere.
func (i *inspection) wanted(m *Mapping, backing model.Backing) want {
	switch {
	case i.imageData[m.Start]:
		return wantPrivate
	case backing == model.BackingFile:
		return wantResident
	default:
		return wantWhole
	}
}

// openBacking opens the file whose bytes the region shows, nil where it has none or may be read from memory only.
func (i *inspection) openBacking(m *Mapping, backing model.Backing) (*os.File, error) {
	if m.Inode == 0 || backing == model.BackingSpecial {
		return nil, nil
	}
	file, err := openMapping(i.target.PID, m)
	if err != nil && m.Deleted {
		// What is resident can still be read from memory.
		return nil, nil
	}
	return file, err
}

func pathOf(m *Mapping) string { return clip(displayPath(m), model.MaxPath) }

// classify is the first pass: it looks at everything and keeps nothing.
func (i *inspection) classify(r *looseRegion) error {
	first := true
	for _, extent := range r.source.extents {
		err := i.chunks(r, extent, extent.start, func(address uint64, b []byte, result *codetest.Result) error {
			if first && address == r.mapping.Start {
				r.header = image.KindOf(b)
				if r.header == image.PE && !image.IsImage(b[:min(len(b), image.HeadSize)]) {
					r.header = image.NoImage
				}
			}
			first = false
			r.code += result.CodeBytes
			r.text += result.TextBytes
			r.refused += result.RefusedBytes
			r.bits += result.Bits
			r.targets[0] += result.TargetsAgree
			r.targets[1] += result.Targets
			r.traits.Add(address, b, result.Code)
			visitPages(result.Code, func(int) { r.codeSize += i.system.pageSize })
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// chunks reads an extent from an address on, piece by piece, and classifies each. Pieces overlap by a page, so that
// text which crosses from one to the next is seen as such on both sides; visit gets every page once.
func (i *inspection) chunks(r *looseRegion, extent span, from uint64, visit func(address uint64, b []byte, result *codetest.Result) error) error {
	pageSize := i.system.pageSize
	for address := max(extent.start, from); address < extent.end; {
		if err := i.pace(); err != nil {
			return err
		}
		lead := min(address-extent.start, pageSize)
		start := address - lead
		size := min(extent.end-start, chunkSize)
		b := i.buffer[:size]
		r.source.read(start, b)
		final := start+size == extent.end
		result := i.classifier.Classify(b, codetest.Options{Final: final, ProgramCounters: i.counters(start, start+size)})
		end := size
		if !final {
			end = alignDown(size-pageSize, pageSize)
		}
		result.Cut(int(lead), int(end))
		result.Shift(int(lead))
		if err := visit(address, b[lead:end], &result); err != nil {
			return err
		}
		address = start + end
	}
	return nil
}

// visitPages calls visit once for each page that holds code.
func visitPages(code []codetest.Span, visit func(page int)) {
	last := -1
	for _, s := range code {
		for page := s.Start / 4096; page <= (s.End-1)/4096; page++ {
			if page > last {
				visit(page)
				last = page
			}
		}
	}
}

// conclude decides what the region is, and collects what is code.
func (i *inspection) conclude(r *looseRegion, jitLeft *uint64) error {
	m := r.mapping
	region := model.Region{
		BaseAddress: m.Start, Size: m.Size(), Protection: m.Protection(), Backing: r.backing, Path: pathOf(m),
		ThreadIDs: r.threads, Evidence: i.surroundings(r),
	}
	resident := uint64(0)
	for _, e := range r.source.extents {
		resident += e.end - e.start
	}
	region.ResidentSize = &resident
	if r.code == 0 {
		// An empty reservation is worth no record unless someone executes there.
		if resident == 0 && len(r.threads) == 0 {
			return nil
		}
		region.Classification = model.ClassExecutableData
		region.Evidence = append(region.Evidence, "no bytes pass the test for code")
		i.addRegion(region)
		return nil
	}
	region.Evidence = append(region.Evidence, fmt.Sprintf(
		"%d of %d bytes pass the test for code (%d bits of evidence, %d of %d direct branches meet an instruction)",
		r.code, resident, r.bits, r.targets[0], r.targets[1]))
	if jit, ok := r.traits.Judge(); ok {
		region.Classification, region.JITEngine = model.ClassJITCode, jit.Engine
		region.Evidence = append(region.Evidence, jit.Evidence...)
		return i.collect(r, region, jitLeft)
	}
	region.Classification = model.ClassCode
	region.Evidence = append(region.Evidence, r.traits.Doubts()...)
	return i.collect(r, region, nil)
}

// surroundings are sentences about where the region stands.
func (i *inspection) surroundings(r *looseRegion) []string {
	var sentences []string
	if i.impliesExec {
		sentences = append(sentences, "the process runs with READ_IMPLIES_EXEC: whatever is readable is executable")
	}
	if n := len(r.threads); n > 0 {
		sentences = append(sentences, count(n, "thread")+" executing in it")
	}
	if i.imageData[r.mapping.Start] {
		sentences = append(sentences, "it belongs to an image, outside of the image's code; only pages that the process changed were looked at")
	} else if r.backing == model.BackingFile {
		sentences = append(sentences, "the file behind it is no image")
	}
	if strings.HasPrefix(r.mapping.Path, "[") {
		sentences = append(sentences, "the kernel calls it "+r.mapping.Path)
	}
	return sentences
}

// collect is the second pass: the code, page by page, everything else zero. limit, where given, is a budget shared
// by regions.
func (i *inspection) collect(r *looseRegion, region model.Region, limit *uint64) error {
	pieces, err := i.store(r, limit)
	if err != nil && i.ctx.Err() != nil {
		return err
	}
	if err != nil {
		i.storeFailed(err)
		region.Evidence = append(region.Evidence, "not wholly collected: "+describe(err))
	}
	if len(pieces) == 0 {
		i.addRegion(region)
		i.implanted(r, region, nil)
		return nil
	}
	var collected uint64
	for _, p := range pieces {
		collected += p.collected
	}
	if collected < r.codeSize {
		region.Evidence = append(region.Evidence, fmt.Sprintf("%d of %d bytes of pages with code were collected", collected, r.codeSize))
	}
	region.SHA256, region.Layout, region.CollectedSize = pieces[0].sha256, model.LayoutRaw, &collected
	i.addRegion(region)
	for k := range pieces {
		i.report.Dumps = append(i.report.Dumps, pieces[k].dump(i.target.PID))
	}
	i.implanted(r, region, pieces)
	return nil
}

// piece is one artifact: pages of one mapping with at most splitGap between them.
type piece struct {
	base, end uint64
	collected uint64 // bytes of pages that hold code
	sha256    string
	ranges    []model.Range
}

func (p *piece) dump(pid uint32) model.MemoryDump {
	return model.MemoryDump{
		BaseAddress: p.base, PID: pid, SHA256: p.sha256, DumpID: p.sha256, DumpMethod: "virtual", IsFileless: true,
		Size: p.end - p.base, CollectedRanges: p.ranges,
	}
}

// store writes the region's code as artifacts.
func (i *inspection) store(r *looseRegion, limit *uint64) ([]piece, error) {
	walker := &pieceWalker{inspection: i, region: r, limit: limit}
	var pieces []piece
	for walker.start() {
		p := piece{}
		sha256, _, err := i.recorder.Store(model.LayoutRaw, func(w io.Writer) error { return walker.write(w, &p) })
		if err != nil {
			return pieces, err
		}
		if p.end > p.base {
			p.sha256 = sha256
			pieces = append(pieces, p)
		}
	}
	return pieces, nil
}

// implanted reports code without a file. Code of a JIT engine is no finding.
func (i *inspection) implanted(r *looseRegion, region model.Region, pieces []piece) {
	if region.Classification != model.ClassCode {
		return
	}
	kind, what := model.FindingImplantedCode, "code"
	if r.header != image.NoImage {
		kind, what = model.FindingImplantedImage, "an image with its header"
	}
	where := map[model.Backing]string{
		model.BackingAnonymous: "anonymous memory", model.BackingSharedAnonymous: "shared anonymous memory",
		model.BackingMemfd: "a file that exists in memory only", model.BackingDeletedFile: "a deleted file",
		model.BackingFile:    "a file that is no image",
		model.BackingSpecial: "a mapping without a file",
	}[r.backing]
	if i.imageData[r.mapping.Start] {
		where = "changed pages of an image outside of its code"
	}
	details := fmt.Sprintf("%s in %s (%s, %d bytes)", what, where, region.Protection, region.Size)
	if len(pieces) == 0 {
		pieces = []piece{{base: region.BaseAddress, end: region.BaseAddress + region.Size}}
	}
	for k := range pieces {
		p := &pieces[k]
		finding := model.Finding{
			Kind: kind, BaseAddress: p.base, Size: p.end - p.base, SHA256: p.sha256, Details: details,
		}
		if p.sha256 != "" {
			finding.Layout = model.LayoutRaw
		}
		if r.backing == model.BackingFile || r.backing == model.BackingDeletedFile || r.backing == model.BackingMemfd {
			finding.ModulePath = region.Path
		}
		i.addFinding(finding)
		i.report.Injected = append(i.report.Injected, model.InjectedModule{BaseAddress: p.base, PID: i.target.PID})
	}
}
