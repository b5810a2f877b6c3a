// Package collect is the pass over the machine: it asks the System, keeps ceilings and deadlines, and hands
// everything to the Sink in the order of the protocol.
package collect

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"genehound/scanner/internal/model"
)

// Options bound a scan. Zero values take the defaults. A dry run is a Sink of its own that lists what it is
// given, answers every hash as wanted and reads the Binary's length: so it lists exactly what would leave.
type Options struct {
	CPUPercent     int             // ceiling in percent of one core; 0 takes the default, above 99 is none
	Timeout        time.Duration   // of the whole scan
	ProcessTimeout time.Duration   // of one look at one process, and of one file
	Memory         uint64          // ceiling of the program's own memory in bytes
	MaxBytes       uint64          // artifact bytes collected from memory
	MaxFileBytes   uint64          // files above this are a problem, not hashed
	SpoolDirectory string          // where the bytes of artifacts wait for their answer, in an unnamed file
	ExcludePIDs    map[uint32]bool // listed, not read
	OnlyPIDs       map[uint32]bool // nil: all
	Secrets        []string        // of the scanner itself: blanked in every command line
	Log            func(string)    // internal errors with their place, for the log; nil: dropped
}

// Defaults of Options, with their reasons.
const (
	DefaultCPUPercent     = 25               // nobody notices a quarter of one core
	DefaultTimeout        = 9 * time.Minute  // a scan ends well within ten
	DefaultProcessTimeout = 60 * time.Second // at the CPU ceiling, 15 s of work
	DefaultMaxBytes       = 512 << 20
	DefaultMaxFileBytes   = 4 << 30
	// processShare is the part of MaxBytes that one process may fill.
	processShare = 4
	// flushAt is how much the spool may hold before it is delivered and emptied.
	flushAt = 64 << 20
	// memoryTarget is what the collector of garbage aims at, where the ceiling allows more: a scan needs no more.
	memoryTarget = 22 << 20
)

// Stage names what the pass is doing, for progress.
type Stage string

const (
	StageProcesses Stage = "processes"
	StageModules   Stage = "modules"
	StageFiles     Stage = "files"
	StageMemory    Stage = "memory"
	StageReport    Stage = "report"
)

// Progress tells how far a stage is; Total may grow.
type Progress struct {
	Stage Stage
	Done  int
	Total int
}

// Summary is the result of a pass.
type Summary struct {
	Complete       bool
	Processes      int
	ProcessesRead  int
	Modules        int
	Files          int
	Regions        int
	Findings       int
	Dumps          int
	FindingsByKind map[model.FindingKind]int
	BytesCollected uint64
	NotRead        map[model.Reason]int // processes by why they were not wholly read
	Problems       []model.Problem
	Privileges     model.Privileges
	Metrics        model.RuntimeMetrics
	Reason         model.EndReason
}

// pass is the state of one run.
type pass struct {
	ctx      context.Context
	system   model.System
	sink     model.Sink
	options  Options
	progress func(Progress)
	throttle *throttle
	guard    *guard
	spool    *spool
	started  time.Time
	stuck    atomic.Int32

	fileBytes, memoryBytes atomic.Uint64

	targets    []model.Target
	coverage   []model.ProcessCoverage
	files      fileTable
	hashes     map[model.FileID]fileHash // of the images that were hashed
	pending    batch
	diffs      differences
	injected   []model.InjectedModule
	noCatalogs bool // they cannot be asked, which is said
	problems   []model.Problem
	summary    Summary

	commandLines    uint64 // bytes so far
	cutCommandLines bool

	logMutex sync.Mutex
}

// Run scans the machine. The Summary is valid also with an error, which is always the Sink's or the context's: the
// system's failures are part of what is reported.
func Run(ctx context.Context, system model.System, sink model.Sink, options Options, progress func(Progress)) (Summary, error) {
	options = withDefaults(options)
	if progress == nil {
		progress = func(Progress) {}
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(memoryTarget, int64(options.Memory-beside))))
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	bounded, cancel := context.WithTimeout(ctx, options.Timeout)
	defer cancel()
	p := &pass{
		ctx: bounded, system: system, sink: sink, options: options, progress: progress, started: time.Now(),
		files: newFileTable(),
		diffs: differences{},
		guard: newGuard(options.Memory),
		throttle: newThrottle(options.CPUPercent, func() time.Duration {
			user, kernel := system.CPUTime()
			return user + kernel
		}),
	}
	p.summary.FindingsByKind, p.summary.NotRead = map[model.FindingKind]int{}, map[model.Reason]int{}
	spool, err := newSpool(options.SpoolDirectory, options.MaxBytes)
	if err != nil {
		return p.summary, err
	}
	defer spool.close()
	p.spool = spool
	err = p.run()
	reason := model.EndDone
	switch {
	case ctx.Err() != nil:
		reason = model.EndInterrupted
	case err != nil:
		reason = model.EndFailed
	}
	return p.end(reason, err)
}

func withDefaults(o Options) Options {
	if o.CPUPercent <= 0 {
		o.CPUPercent = DefaultCPUPercent
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.ProcessTimeout <= 0 {
		o.ProcessTimeout = DefaultProcessTimeout
	}
	if o.Memory < 4*beside {
		o.Memory = DefaultMemory
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxFileBytes == 0 {
		o.MaxFileBytes = DefaultMaxFileBytes
	}
	return o
}

func (p *pass) note(text string) {
	if p.options.Log == nil {
		return
	}
	p.logMutex.Lock()
	defer p.logMutex.Unlock()
	p.options.Log(text)
}

// run is the scan in the order of the protocol.
func (p *pass) run() error {
	for _, step := range []func() error{
		p.sendHost, p.readPersistence, p.listProcesses, p.readModules, p.hashFiles, p.inspectMemory, p.sendRest,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) sendHost() error {
	if err := p.sink.HostInfo(p.system.HostInfo()); err != nil {
		return err
	}
	return p.sink.Identity(p.system.Identity())
}

// readModules lists what every process maps, and remembers the files behind it.
func (p *pass) readModules() error {
	var modules []model.ProcessModules
	items := 0
	flush := func() error {
		if len(modules) == 0 {
			return nil
		}
		err := p.sink.LoadedModules(modules)
		modules, items = nil, 0
		return err
	}
	for i := range p.targets {
		target := p.targets[i]
		p.progress(Progress{Stage: StageModules, Done: i, Total: len(p.targets)})
		if err := p.throttle.wait(p.ctx); err != nil {
			p.coverage[i].Reason, p.coverage[i].Details = model.ReasonTimeout, "the scan's time was over"
			continue
		}
		report, reason, details, ok := attempt(p, p.options.ProcessTimeout, func(ctx context.Context) model.ModuleReport {
			return p.system.Modules(ctx, target)
		})
		if !ok {
			report = model.ModuleReport{NotRead: reason, Details: details}
		}
		p.problems = append(p.problems, report.Problems...)
		if report.NotRead != "" {
			p.coverage[i].Reason, p.coverage[i].Details = report.NotRead, report.Details
			continue
		}
		p.coverage[i].Checks = append(p.coverage[i].Checks, report.Checks...)
		p.files.add(i, report.Files)
		p.summary.Modules += len(report.Modules)
		if len(report.Modules) > 0 {
			modules = append(modules, model.ProcessModules{PID: target.PID, Modules: report.Modules})
			items += len(report.Modules)
		}
		if len(modules) >= model.MaxBatch || items >= model.MaxBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// inspectMemory looks at every process's executable memory.
func (p *pass) inspectMemory() error {
	for i := range p.targets {
		target := p.targets[i]
		p.progress(Progress{Stage: StageMemory, Done: i, Total: len(p.targets)})
		coverage := &p.coverage[i]
		if coverage.Reason != "" {
			continue
		}
		if p.throttle.wait(p.ctx) != nil {
			coverage.Reason, coverage.Details = model.ReasonTimeout, "the scan's time was over"
			continue
		}
		recorder := &recorder{pass: p, left: p.options.MaxBytes / processShare}
		report, reason, details, ok := attempt(p, p.options.ProcessTimeout, func(ctx context.Context) model.MemoryReport {
			return p.system.Inspect(ctx, target, recorder)
		})
		recorder.closed.Store(true)
		if !ok {
			report = model.MemoryReport{NotRead: reason, Details: details}
		}
		p.problems = append(p.problems, report.Problems...)
		coverage.Checks = append(coverage.Checks, report.Checks...)
		if report.NotRead != "" {
			coverage.Reason, coverage.Details = report.NotRead, report.Details
		}
		p.diffs.add(report.Differences)
		p.injected = append(p.injected, report.Injected...)
		p.nameFiles(report.Findings)
		p.pending.add(&report)
		if p.pending.large() || p.spool.pending() >= flushAt {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendRest delivers what waited for its place in the order.
func (p *pass) sendRest() error {
	p.progress(Progress{Stage: StageReport})
	if list := p.diffs.list(); len(list) > 0 {
		if err := p.sink.ModuleDifferences(list); err != nil {
			return err
		}
	}
	if len(p.injected) > 0 {
		if more := len(p.injected) - model.MaxItems; more > 0 {
			p.problem(model.ReasonLimit, fmt.Sprintf("%d injected modules are not in the list of injected modules", more), "")
			p.injected = p.injected[:model.MaxItems]
		}
		if err := p.sink.InjectedModules(p.injected); err != nil {
			return err
		}
	}
	p.pending.findings = append(p.pending.findings, p.pending.alike.list()...)
	if err := p.flush(); err != nil {
		return err
	}
	return p.sink.Coverage(p.account())
}

func reasonOfContext(err error, otherwise model.Reason) model.Reason {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return model.ReasonTimeout
	}
	return otherwise
}

// end closes the scan, also a failed one.
func (p *pass) end(reason model.EndReason, cause error) (Summary, error) {
	s := &p.summary
	user, kernel := p.system.CPUTime()
	s.Reason, s.Problems, s.Privileges = reason, p.problems, p.system.Privileges()
	s.Metrics = model.RuntimeMetrics{
		ScannerCPUUserTime: uint64(user / 100), ScannerCPUKernelTime: uint64(kernel / 100),
		ScannerPeakWorkingSet: p.system.PeakMemory(), BytesReadFromFiles: p.fileBytes.Load(),
		BytesReadFromMemory: p.memoryBytes.Load(), ArtifactBytesCollected: p.spool.collectedBytes(),
		ProcessesSeen: s.Processes, DurationInMicroseconds: uint64(time.Since(p.started).Microseconds()),
		ThrottledInMicroseconds: uint64(p.throttle.throttled().Microseconds()),
	}
	s.BytesCollected = s.Metrics.ArtifactBytesCollected
	err := p.sink.End(model.End{
		Reason: reason, EndTime: float64(time.Now().UnixMilli()) / 1000, RuntimeMetrics: &s.Metrics,
	})
	if cause == nil && err != nil {
		cause = fmt.Errorf("end of the scan: %w", err)
	}
	if reason != model.EndDone {
		s.Complete = false
	}
	return *s, cause
}
