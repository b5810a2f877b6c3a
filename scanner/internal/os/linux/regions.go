//go:build linux

package linux

import (
	"errors"
	"os"
	"strings"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/detect/image"
	"genehound/scanner/internal/detect/pieces"
	"genehound/scanner/internal/model"
)

const (
	// regionBatch bounds how many regions are remembered until they are judged together.
	regionBatch = 1024
	// jitBudget is how much code of JIT engines is collected from one process: enough to be judged.
	jitBudget = 1 << 20
	// jitShare is what every region of an engine gets nevertheless: no region can use up the others' budget.
	jitShare = 16 << 10
)

// inspectRegions looks at executable memory that is no image's code.
func (i *inspection) inspectRegions() model.Check {
	if len(i.loose) > 0 {
		i.workspace = workspaces.Get().(*workspace)
	}
	jitLeft := uint64(jitBudget)
	for start := 0; start < len(i.loose); start += regionBatch {
		if err := i.inspectBatch(i.loose[start:min(start+regionBatch, len(i.loose))], &jitLeft); err != nil {
			return stopped(model.CheckRegions, err)
		}
	}
	return model.Check{Check: model.CheckRegions, State: model.StateDone}
}

// inspectBatch looks at some mappings that stand beside each other, then decides and collects.
func (i *inspection) inspectBatch(mappings []Mapping, jitLeft *uint64) error {
	var found []*looseRegion
	for k := range mappings {
		r, err := i.examine(&mappings[k])
		if err != nil {
			return err
		}
		if r != nil {
			found = append(found, r)
		}
	}
	i.judgeNeighbours(found)
	for _, r := range found {
		if err := i.conclude(r, jitLeft); err != nil {
			return err
		}
	}
	return nil
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
	jit      detect.JIT
	isJIT    bool
	ofFile   bool // a section of an image's file, read into memory
}

// examine looks at one mapping. It returns what holds code; all else is recorded at once.
func (i *inspection) examine(m *Mapping) (*looseRegion, error) {
	r := &looseRegion{mapping: m, backing: m.Backing(), threads: i.threadsIn(m.Start, m.End)}
	file, err := i.openBacking(m, r.backing)
	if err != nil {
		i.unread(r, "the file behind it could not be opened: "+describe(err))
		i.unreadFiles++
		i.unreadReason = reasonOf(err)
		return nil, i.pace()
	}
	defer closeFile(file)
	r.source, err = newSource(m, i.mem, i.pagemap, file, i.wanted(m, r.backing), i.system.pageSize, i.pace)
	if i.ctx.Err() != nil {
		return nil, i.ctx.Err()
	}
	if err != nil && !errors.Is(err, errFragmented) {
		i.unread(r, "its page table could not be read: "+describe(err))
		i.failedBytes += m.Size()
		return nil, i.pace()
	}
	if errors.Is(err, errFragmented) {
		i.limitReached = true
	}
	r.traits = detect.NewTraits(codetest.Native(), i.space, m.Start, m.End)
	if i.engines == nil {
		i.engines = i.space.EngineAreas()
	}
	r.traits.Know(i.engines)
	err = i.classify(r)
	i.recorder.CountRead(r.source.readFile, r.source.readMemory)
	i.swappedBytes += r.source.swapped
	i.failedBytes += r.source.failed
	r.source.file = nil
	if err != nil {
		return nil, err
	}
	if r.code == 0 {
		i.addData(r)
		return nil, nil
	}
	if r.traits.Wants() {
		i.addNeighbours(r)
	}
	r.jit, r.isJIT = r.traits.Judge()
	return r, nil
}

// addNeighbours shows the read-only memory around a region to the judge of engines: unwind records lie within the
// reach of a signed 32-bit offset.
func (i *inspection) addNeighbours(r *looseRegion) {
	looked := 0
	for k := range i.readOnly {
		m := &i.readOnly[k]
		if m.Size() > neighbourSize || distance(m, r.mapping) > 1<<31 {
			continue
		}
		if looked++; looked > maxNeighbours || i.pace() != nil {
			return
		}
		source, err := newSource(m, i.mem, i.pagemap, nil, wantPrivate, i.system.pageSize, i.pace)
		if err != nil {
			continue // no evidence, and none is claimed
		}
		for _, extent := range source.extents {
			b := make([]byte, extent.end-extent.start)
			source.read(extent.start, b)
			r.traits.AddNeighbour(extent.start, b)
		}
		i.recorder.CountRead(0, source.readMemory)
	}
}

// distance between two mappings.
func distance(a, b *Mapping) uint64 {
	if a.Start < b.Start {
		return b.Start - a.Start
	}
	return a.Start - b.Start
}

func closeFile(file *os.File) {
	if file != nil {
		file.Close()
	}
}

func (i *inspection) unread(r *looseRegion, why string) {
	m := r.mapping
	i.addRegion(model.Region{
		BaseAddress: m.Start, Size: m.Size(), Protection: m.Protection(), Backing: r.backing, Path: pathOf(m),
		Classification: model.ClassUnread, Evidence: []string{why}, ThreadIDs: r.threads,
	})
}

// judgeNeighbours extends what is known of an engine's code to the rest of the reservation in which it lies.
func (i *inspection) judgeNeighbours(found []*looseRegion) {
	tied := map[int]*looseRegion{}
	for _, r := range found {
		if id := i.reservations[r.mapping.Start]; r.isJIT && id != 0 && (tied[id] == nil || tied[id].code < r.code) {
			tied[id] = r
		}
	}
	for _, r := range found {
		neighbour := tied[i.reservations[r.mapping.Start]]
		if r.isJIT || neighbour == nil || r.mapping.Protection() != neighbour.mapping.Protection() {
			continue
		}
		r.jit, r.isJIT = r.traits.JudgeNeighbour(neighbour.jit, neighbour.mapping.Start)
	}
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
	for _, extent := range extentsOf(r.source.extents) {
		err := i.reader(r).Chunks(extent, extent.Start, func(address uint64, b []byte, result *codetest.Result) error {
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
			pieces.Pages(result.Code, func(int) { r.codeSize += i.system.pageSize })
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reader reads a region and tests what it reads for code.
func (i *inspection) reader(r *looseRegion) *pieces.Reader {
	return &pieces.Reader{
		PageSize: i.system.pageSize, Buffer: i.buffer[:chunkSize], Pace: i.pace, Read: r.source.read,
		Classify: func(start uint64, b []byte, final bool) codetest.Result {
			return i.classifier.Classify(b, codetest.Options{
				Final: final, ProgramCounters: i.counters(start, start+uint64(len(b))), Entry: start == r.mapping.Start && i.mappedForCode(r),
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

// mappedForCode tells that someone asked for executable memory: it is neither a heap nor a stack nor a file's, nor
// executable only because everything readable is.
func (i *inspection) mappedForCode(r *looseRegion) bool {
	return !i.impliesExec && r.backing != model.BackingFile && !strings.HasPrefix(r.mapping.Path, "[")
}
