package collect

import (
	"context"
	"strings"
	"testing"

	"genehound/scanner/internal/model"
)

func TestTheSameChangeInManyProcessesIsOneFinding(t *testing.T) {
	system := &fakeSystem{pids: []uint32{1, 2, 3, 4, 5}}
	system.inspect = func(_ context.Context, target model.Target, _ model.Recorder) model.MemoryReport {
		report := done(target)
		hook := model.Finding{
			Kind: model.FindingHooked, PID: target.PID, ModulePath: "/lib/libc.so.6", SHA256: strings.Repeat(string(rune('a'+target.PID)), 64),
			Changes: []model.Change{{RVA: 16, Size: 5}}, LeadsTo: []string{"/opt/agent.so"}, Details: "goes to the agent",
		}
		patch := model.Finding{
			Kind: model.FindingPatched, PID: target.PID, ModulePath: "/lib/libc.so.6", SHA256: strings.Repeat("f", 64),
			Changes: []model.Change{{RVA: 32, Size: 2}}, Details: "2 bytes",
		}
		switch target.PID {
		case 4: // other bytes at the same place
			patch.SHA256 = strings.Repeat("e", 64)
		case 5: // leads elsewhere
			hook.LeadsTo = []string{"/tmp/x.so"}
		}
		code := model.Finding{Kind: model.FindingImplantedCode, PID: target.PID, Details: "code"}
		report.Findings = []model.Finding{hook, patch, code}
		return report
	}
	sink, summary := run(t, system, Options{})
	var told []string
	for _, f := range sink.findings {
		if f.Kind != model.FindingImplantedCode {
			told = append(told, string(f.Kind)+strings.Repeat("+", len(f.OtherPIDs)))
		} else if len(f.OtherPIDs) > 0 {
			t.Errorf("%+v stands for others", f)
		}
	}
	if got := strings.Join(told, " "); got != "hooked+++ patched+++ patched hooked" {
		t.Errorf("got %s", got)
	}
	if summary.Findings != len(sink.findings) || len(sink.findings) != 9 {
		t.Errorf("%d findings, %d counted", len(sink.findings), summary.Findings)
	}
	for _, f := range sink.findings {
		if strings.Contains(f.Details, "the same in 4 processes") != (len(f.OtherPIDs) == 3) {
			t.Errorf("got %q for %v", f.Details, f.OtherPIDs)
		}
	}
}

// Beyond what one finding can name, each process keeps a finding of its own.
func TestNoProcessIsLeftOutOfWhatIsAlike(t *testing.T) {
	var a alike
	named := map[uint32]bool{}
	const processes = model.MaxThreadIDs + 10
	for pid := uint32(1); pid <= processes; pid++ {
		f := model.Finding{Kind: model.FindingHooked, PID: pid, ModulePath: "/lib/x.so", LeadsTo: []string{"/opt/agent.so"}}
		if !a.take(&f) {
			named[pid] = true
		}
	}
	for _, f := range a.list() {
		named[f.PID] = true
		for _, pid := range f.OtherPIDs {
			named[pid] = true
		}
	}
	if len(named) != processes {
		t.Errorf("%d of %d processes are named", len(named), processes)
	}
}
