//go:build linux

package linux

import (
	"fmt"
	"strings"

	"genehound/scanner/internal/detect/image"
	"genehound/scanner/internal/detect/pieces"
	"genehound/scanner/internal/model"
)

// record starts the region's record.
func (i *inspection) record(r *looseRegion) (region model.Region, resident uint64) {
	m := r.mapping
	for _, e := range r.source.extents {
		resident += e.end - e.start
	}
	return model.Region{
		BaseAddress: m.Start, Size: m.Size(), Protection: m.Protection(), Backing: r.backing, Path: pathOf(m),
		ThreadIDs: r.threads, Evidence: i.surroundings(r), ResidentSize: &resident,
	}, resident
}

// addData records what is executable by permission only.
func (i *inspection) addData(r *looseRegion) {
	region, resident := i.record(r)
	// An empty reservation is worth no record unless someone executes there.
	if resident == 0 && len(r.threads) == 0 {
		return
	}
	if i.dataRegions++; i.dataRegions > maxDataRegions && len(r.threads) == 0 {
		return
	}
	region.Classification = model.ClassExecutableData
	region.Evidence = append(region.Evidence, "no bytes pass the test for code")
	i.addRegion(region)
}

// conclude decides whose code the region holds, and collects it.
func (i *inspection) conclude(r *looseRegion, jitLeft *uint64) error {
	file, err := i.openBacking(r.mapping, r.backing)
	if err != nil {
		i.unread(r, "the file behind it could not be opened again: "+describe(err))
		return nil
	}
	defer closeFile(file)
	if file != nil {
		r.source.file = file
	}
	region, resident := i.record(r)
	region.Evidence = append(region.Evidence, fmt.Sprintf(
		"%d of %d bytes pass the test for code (%d bits of evidence, %d of %d direct branches meet an instruction)",
		r.code, resident, r.bits, r.targets[0], r.targets[1]))
	if !r.isJIT {
		region.Classification = model.ClassCode
		region.Evidence = append(region.Evidence, r.traits.Doubts()...)
		if path, same := i.sectionOf(r); same {
			r.ofFile = true
			region.Evidence = append(region.Evidence, "byte for byte a section of "+path+", whose headers are mapped before it")
		}
		return i.collect(r, region, nil)
	}
	region.Classification, region.JITEngine = model.ClassJITCode, r.jit.Engine
	region.Evidence = append(region.Evidence, r.jit.Evidence...)
	allowed := max(*jitLeft, jitShare)
	before := allowed
	err = i.collect(r, region, &allowed)
	*jitLeft -= min(*jitLeft, before-allowed)
	return err
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
	list, err := pieces.Collect(i.reader(r), extentsOf(r.source.extents), i.masked, limit, i.recorder)
	if err != nil && i.ctx.Err() != nil {
		return err
	}
	if err != nil {
		i.storeFailed(err)
		region.Evidence = append(region.Evidence, "not wholly collected: "+describe(err))
	}
	if len(list) == 0 {
		i.addRegion(region)
		i.implanted(r, &region, nil)
		return nil
	}
	collected := pieces.Sum(list)
	if collected < r.codeSize {
		region.Evidence = append(region.Evidence, fmt.Sprintf("%d of %d bytes of pages with code were collected", collected, r.codeSize))
	}
	region.SHA256, region.Layout, region.CollectedSize = list[0].SHA256, model.LayoutRaw, &collected
	i.addRegion(region)
	for k := range list {
		i.report.Dumps = append(i.report.Dumps, list[k].Dump(i.target.PID))
	}
	i.implanted(r, &region, list)
	return nil
}

// implanted reports code without a file. Code of a JIT engine is no finding.
func (i *inspection) implanted(r *looseRegion, region *model.Region, list []pieces.Piece) {
	if region.Classification != model.ClassCode || r.ofFile {
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
	like := model.Finding{Kind: kind, Details: fmt.Sprintf("%s in %s (%s, %d bytes)", what, where, region.Protection, region.Size)}
	if r.backing == model.BackingFile || r.backing == model.BackingDeletedFile || r.backing == model.BackingMemfd {
		like.ModulePath = region.Path
	}
	for _, finding := range pieces.Findings(list, region, like) {
		i.addFinding(finding)
		i.report.Injected = append(i.report.Injected, model.InjectedModule{BaseAddress: finding.BaseAddress, PID: i.target.PID})
	}
}
