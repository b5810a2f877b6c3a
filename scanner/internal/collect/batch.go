package collect

import (
	"io"
	"sort"

	"genehound/scanner/internal/model"
)

// batch is what waits to be delivered.
type batch struct {
	dumps    []model.MemoryDump
	regions  []model.Region
	findings []model.Finding
	alike    alike
}

func (b *batch) add(report *model.MemoryReport) {
	b.dumps = append(b.dumps, report.Dumps...)
	b.regions = append(b.regions, report.Regions...)
	for i := range report.Findings {
		if !b.alike.take(&report.Findings[i]) {
			b.findings = append(b.findings, report.Findings[i])
		}
	}
}

func (b *batch) large() bool {
	return len(b.dumps) >= model.MaxBatch || len(b.regions) >= model.MaxBatch || len(b.findings) >= model.MaxBatch
}

// flush delivers what waits, and empties the spool.
func (p *pass) flush() error {
	b := &p.pending
	if len(b.dumps) > 0 {
		wanted, err := p.sink.MemoryDumps(b.dumps)
		if err != nil {
			return err
		}
		if err := p.sendArtifacts(wanted); err != nil {
			return err
		}
		p.summary.Dumps += len(b.dumps)
	}
	for _, f := range b.findings {
		p.summary.FindingsByKind[f.Kind]++
	}
	p.summary.Regions += len(b.regions)
	p.summary.Findings += len(b.findings)
	if err := inBatches(b.regions, p.sink.Regions); err != nil {
		return err
	}
	if err := inBatches(b.findings, p.sink.Findings); err != nil {
		return err
	}
	*b = batch{alike: b.alike}
	return p.spool.reset()
}

func inBatches[T any](items []T, send func([]T) error) error {
	for len(items) > 0 {
		n := min(len(items), model.MaxBatch)
		if err := send(items[:n]); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

func (p *pass) sendArtifacts(wanted []string) error {
	for _, sum := range wanted {
		for _, layout := range []model.Layout{model.LayoutMapped, model.LayoutRaw} {
			k := key{layout, sum}
			if !p.spool.has(k) {
				continue
			}
			if err := p.sink.Binary(layout, sum, func() (io.ReadCloser, error) { return p.spool.open(k) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// differences gathers what differs from one file in all processes.
type differences map[string][]model.ComparedModule

func (d differences) add(list []model.FileModuleDifference) {
	for _, difference := range list {
		d[difference.FilePath] = append(d[difference.FilePath], difference.Modules...)
	}
}

func (d differences) list() []model.FileModuleDifference {
	list := make([]model.FileModuleDifference, 0, len(d))
	for path, modules := range d {
		list = append(list, model.FileModuleDifference{FilePath: path, Modules: modules})
	}
	sort.Slice(list, func(a, b int) bool { return list[a].FilePath < list[b].FilePath })
	return list
}

// account writes the scan's coverage.
func (p *pass) account() model.Coverage {
	p.noteConfinement()
	complete := true
	for i := range p.coverage {
		c := &p.coverage[i]
		c.Read = c.Reason == ""
		if c.Reason.Incomplete() {
			complete = false
		}
		for _, check := range c.Checks {
			if check.State != model.StateDone {
				c.Read = false
				// A process that ended meanwhile is no gap; all else is.
				complete = complete && !check.Reason.Incomplete()
			}
		}
		if c.Read {
			p.summary.ProcessesRead++
		} else {
			p.summary.NotRead[notReadReason(c)]++
		}
	}
	for _, problem := range p.problems {
		complete = complete && (problem.Aside || !problem.Code.Incomplete())
	}
	p.summary.Complete = complete
	problems := p.problems
	if problems == nil {
		problems = []model.Problem{}
	}
	return model.Coverage{
		Version: model.MessageVersion, Complete: complete, Privileges: p.system.Privileges(),
		Processes: p.coverage, Problems: problems,
	}
}

// noteConfinement tells a few protected processes from a scanner that is itself confined, by a sandbox for example: then
// it is refused nearly all, and misses what its privileges should show.
func (p *pass) noteConfinement() {
	refused, others := 0, 0
	for i := range p.coverage {
		switch p.coverage[i].Reason {
		case model.ReasonProtected:
			refused++
		case model.ReasonKernelThread, model.ReasonExited:
		default:
			others++
		}
	}
	if refused > others {
		p.problems = append(p.problems, model.Problem{
			Code:    model.ReasonNoPrivileges,
			Message: "most processes could not be opened although no privilege is missing: something confines the scanner",
		})
	}
}

func notReadReason(c *model.ProcessCoverage) model.Reason {
	if c.Reason != "" {
		return c.Reason
	}
	for _, check := range c.Checks {
		if check.State != model.StateDone {
			return check.Reason
		}
	}
	return model.ReasonInternal
}
