package collect

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"genehound/scanner/internal/model"
)

// crowdedSystem is a machine of many processes, each with a long command line, modules of its own, and findings.
type crowdedSystem struct {
	*fakeSystem
	peak *uint64
}

func (c *crowdedSystem) look() {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	*c.peak = max(*c.peak, stats.Sys-stats.HeapReleased)
}

func (c *crowdedSystem) Processes(context.Context) ([]model.Target, []model.Problem, error) {
	shared := strings.Repeat("x", 64<<10)
	var targets []model.Target
	for _, pid := range c.pids {
		// The text is one for all here, as the system's layer would hold each only until it is sent.
		targets = append(targets, model.Target{Process: model.Process{PID: pid, CommandLine: &shared}})
	}
	return targets, nil, nil
}

func (c *crowdedSystem) Modules(_ context.Context, target model.Target) model.ModuleReport {
	report := model.ModuleReport{Checks: []model.Check{{Check: model.CheckProcess, State: model.StateDone}}}
	for i := 0; i < 50; i++ {
		path := fmt.Sprintf("/opt/process-%d/%s/lib%d.so", target.PID, strings.Repeat("d", 200), i)
		report.Modules = append(report.Modules, model.LoadedModule{BaseAddress: uint64(i) << 20, FilePath: &path})
	}
	if target.PID%500 == 0 {
		c.look()
	}
	return report
}

func TestMemoryDoesNotGrowWithTheNumberOfProcesses(t *testing.T) {
	var peak uint64
	system := &crowdedSystem{&fakeSystem{}, &peak}
	for pid := uint32(1); pid <= 5000; pid++ {
		system.pids = append(system.pids, pid)
	}
	system.inspect = func(_ context.Context, target model.Target, recorder model.Recorder) model.MemoryReport {
		report := done(target)
		for i := 0; i < 20; i++ {
			report.Regions = append(report.Regions, model.Region{
				PID: target.PID, BaseAddress: uint64(i), Evidence: []string{fmt.Sprintf("%d %s", i, strings.Repeat("e", 300))},
			})
		}
		if _, err := store(recorder, fmt.Sprintf("code of %d", target.PID)); err != nil {
			t.Error(err)
		}
		if target.PID%500 == 0 {
			system.look()
		}
		return report
	}
	const ceiling = DefaultMemory
	runtime.GC()
	summary, err := Run(context.Background(), system, discardingSink{newRecordingSink()}, Options{
		SpoolDirectory: t.TempDir(), CPUPercent: 100,
	}, nil)
	if err != nil || summary.Processes != 5000 || summary.Regions != 100_000 {
		t.Fatalf("%+v %v", summary, err)
	}
	if peak == 0 || peak > ceiling {
		t.Errorf("%d bytes at most", peak)
	}
	if len(summary.Problems) != 1 || summary.Problems[0].Code != model.ReasonLimit {
		t.Errorf("cut command lines are not told: %+v", summary.Problems)
	}
	t.Logf("%d bytes at most", peak)
}

// discardingSink keeps nothing that grows, as the network keeps nothing.
type discardingSink struct{ *recordingSink }

func (discardingSink) Processes([]model.Process) error                  { return nil }
func (discardingSink) LoadedModules([]model.ProcessModules) error       { return nil }
func (discardingSink) Regions([]model.Region) error                     { return nil }
func (discardingSink) MemoryDumps([]model.MemoryDump) ([]string, error) { return nil, nil }
func (discardingSink) Coverage(model.Coverage) error                    { return nil }

func TestWhoTakesTooMuchMemoryIsRefused(t *testing.T) {
	g := newGuard(4 * beside)
	if err := g.check(); err != nil && g.held() < g.ceiling {
		t.Errorf("refused below the ceiling: %v", err)
	}
	held := make([]byte, 64<<20)
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1
	}
	tight := newGuard(4 * beside)
	if err := tight.check(); !errors.Is(err, model.ErrLimit) {
		t.Errorf("got %v with %d bytes held", err, tight.held())
	}
	runtime.KeepAlive(held)
}
