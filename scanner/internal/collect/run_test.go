package collect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/model"
)

// fakeSystem is a machine of a few processes, some of which misbehave.
type fakeSystem struct {
	files   map[uint64][]byte // by inode
	changed map[uint64]bool
	hang    chan struct{}
	inspect func(ctx context.Context, target model.Target, recorder model.Recorder) model.MemoryReport
	pids    []uint32
}

func (f *fakeSystem) HostInfo() model.HostInfo     { return model.HostInfo{ComputerName: "fake"} }
func (f *fakeSystem) Identity() model.Identity     { return model.Identity{Version: 1} }
func (f *fakeSystem) Privileges() model.Privileges { return model.Privileges{User: "root"} }
func (f *fakeSystem) PeakMemory() uint64           { return 1 }
func (f *fakeSystem) CPUTime() (user, kernel time.Duration) {
	return time.Millisecond, time.Millisecond
}

func (f *fakeSystem) Processes(context.Context) ([]model.Target, []model.Problem, error) {
	var targets []model.Target
	for _, pid := range f.pids {
		targets = append(targets, model.Target{Process: model.Process{PID: pid}})
	}
	return targets, nil, nil
}

func (f *fakeSystem) Modules(_ context.Context, target model.Target) model.ModuleReport {
	report := model.ModuleReport{Checks: []model.Check{{Check: model.CheckProcess, State: model.StateDone}}}
	for inode := range f.files {
		report.Files = append(report.Files, model.ModuleFile{
			ID: model.FileID{Inode: inode, Size: uint64(len(f.files[inode]))}, Path: fmt.Sprintf("/file/%d", inode),
			IsImage: true, PID: target.PID,
		})
	}
	return report
}

func (f *fakeSystem) OpenFile(file model.ModuleFile) (io.ReadCloser, error) {
	if f.changed[file.ID.Inode] {
		return nil, model.ErrChanged
	}
	return io.NopCloser(bytes.NewReader(f.files[file.ID.Inode])), nil
}

func (f *fakeSystem) Inspect(ctx context.Context, target model.Target, recorder model.Recorder) model.MemoryReport {
	return f.inspect(ctx, target, recorder)
}

func done(target model.Target) model.MemoryReport {
	return model.MemoryReport{Checks: []model.Check{{Check: model.CheckRegions, State: model.StateDone}}}
}

func elfBytes(text string) []byte {
	b := make([]byte, 128)
	copy(b, "\x7fELF\x02\x01\x01")
	return append(b, text...)
}

func run(t *testing.T, system *fakeSystem, options Options) (*recordingSink, Summary) {
	t.Helper()
	options.SpoolDirectory, options.CPUPercent = t.TempDir(), 100
	sink := newRecordingSink()
	summary, err := Run(context.Background(), system, sink, options, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sink, summary
}

func store(recorder model.Recorder, text string) (string, error) {
	sum, _, err := recorder.Store(model.LayoutRaw, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	return sum, err
}

func TestOneProcessIsOneUnitOfFailure(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	system := &fakeSystem{pids: []uint32{1, 2, 3, 4, 5}}
	system.inspect = func(ctx context.Context, target model.Target, recorder model.Recorder) model.MemoryReport {
		switch target.PID {
		case 2:
			panic("a bug")
		case 3:
			<-hang // as a read in the kernel that never returns
			if _, err := store(recorder, "too late"); err == nil {
				panic("an inspection that was left behind still stores")
			}
			return model.MemoryReport{}
		case 4:
			return model.MemoryReport{NotRead: model.ReasonExited}
		}
		report := done(target)
		sum, err := store(recorder, fmt.Sprint("code of ", target.PID))
		if err != nil {
			t.Error(err)
		}
		report.Dumps = append(report.Dumps, model.MemoryDump{PID: target.PID, SHA256: sum, IsFileless: true})
		return report
	}
	logged := ""
	sink, summary := run(t, system, Options{ProcessTimeout: 10 * time.Millisecond, Log: func(s string) { logged += s }})
	reasons := map[uint32]model.Reason{}
	for _, c := range sink.coverage.Processes {
		reasons[c.PID] = c.Reason
		if c.Read != (c.Reason == "") {
			t.Errorf("%+v", c)
		}
	}
	want := map[uint32]model.Reason{
		1: "", 2: model.ReasonInternal, 3: model.ReasonTimeout, 4: model.ReasonExited, 5: "",
	}
	for pid, reason := range want {
		if reasons[pid] != reason {
			t.Errorf("%d: %q, not %q", pid, reasons[pid], reason)
		}
	}
	if summary.Complete || summary.ProcessesRead != 2 || len(sink.artifacts) != 2 || !strings.Contains(logged, "goroutine") {
		t.Errorf("%+v, %d artifacts", summary, len(sink.artifacts))
	}
}

func TestAFewProtectedProcessesAreNoGapButMostAre(t *testing.T) {
	for protected, want := range map[uint32]bool{0: true, 1: true, 2: true, 4: false, 5: false} {
		system := &fakeSystem{pids: []uint32{1, 2, 3, 4, 5}}
		system.inspect = func(_ context.Context, target model.Target, _ model.Recorder) model.MemoryReport {
			if target.PID <= protected {
				return model.MemoryReport{NotRead: model.ReasonProtected}
			}
			return done(target)
		}
		sink, summary := run(t, system, Options{})
		if summary.Complete != want || sink.coverage.Complete != want || summary.NotRead[model.ReasonProtected] != int(protected) {
			t.Errorf("%d of 5 protected: %+v", protected, summary)
		}
	}
}

func TestNoCommandLineShowsTheScannersSecrets(t *testing.T) {
	secrets := []string{"2fbb9d14-16b2-4dc6-920f-73798e0bc37d", "pa+ss(word", "x", ""}
	for line, want := range map[string]string{
		"scanner -k 2fbb9d14-16b2-4dc6-920f-73798e0bc37d -x":      "scanner -k *** -x",
		"sh -c scanner -k {2FBB9D14-16B2-4DC6-920F-73798E0BC37D}": "sh -c scanner -k {***}",
		"scanner -p http://me:pa+ss(word@proxy:3128":              "scanner -p http://me:***@proxy:3128",
		"xclock": "xclock",
	} {
		if got := *conceal(secrets, &line); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if conceal(secrets, nil) != nil {
		t.Error("nothing to conceal is nothing")
	}
}

func TestOrderOfTheProtocol(t *testing.T) {
	system := &fakeSystem{pids: []uint32{1, 2}, files: map[uint64][]byte{7: elfBytes("a"), 8: elfBytes("b")}}
	system.inspect = func(_ context.Context, target model.Target, recorder model.Recorder) model.MemoryReport {
		report := done(target)
		sum, _ := store(recorder, "the same code")
		report.Dumps = []model.MemoryDump{{PID: target.PID, SHA256: sum}}
		report.Regions = []model.Region{{PID: target.PID}}
		report.Findings = []model.Finding{{PID: target.PID, Kind: model.FindingImplantedCode}}
		report.Differences = []model.FileModuleDifference{{FilePath: "/a", Modules: []model.ComparedModule{{PID: target.PID}}}}
		report.Injected = []model.InjectedModule{{PID: target.PID}}
		return report
	}
	sink, summary := run(t, system, Options{})
	if got := strings.Join(sink.calls, " "); got != "host identity processes files differences injected dumps regions findings coverage end" {
		t.Error(got)
	}
	if len(sink.files) != 2 || sink.fileBytes == 0 || len(sink.artifacts) != 1 || len(sink.dumps) != 2 {
		t.Errorf("%d files, %d dumps, %d artifacts", len(sink.files), len(sink.dumps), len(sink.artifacts))
	}
	if len(sink.differences) != 1 || len(sink.differences[0].Modules) != 2 {
		t.Errorf("%+v", sink.differences)
	}
	if !summary.Complete || sink.end.Reason != model.EndDone || sink.end.RuntimeMetrics == nil || summary.Files != 2 {
		t.Errorf("%+v %+v", summary, sink.end)
	}
}

func TestOnlyImagesAreSent(t *testing.T) {
	system := &fakeSystem{pids: []uint32{1}, files: map[uint64][]byte{7: []byte("#!/bin/sh\necho a document"), 8: elfBytes("image")}}
	system.inspect = func(_ context.Context, target model.Target, _ model.Recorder) model.MemoryReport { return done(target) }
	sink, _ := run(t, system, Options{})
	if len(sink.files) != 2 || sink.fileBytes != uint64(len(system.files[8])) {
		t.Errorf("%d bytes of files left", sink.fileBytes)
	}
}

func TestLimitsAreSaid(t *testing.T) {
	system := &fakeSystem{pids: []uint32{1, 2}, files: map[uint64][]byte{7: elfBytes(strings.Repeat("x", 5000))}}
	system.inspect = func(_ context.Context, target model.Target, recorder model.Recorder) model.MemoryReport {
		report := done(target)
		if _, err := store(recorder, strings.Repeat(fmt.Sprint(target.PID), 500*int(target.PID))); err != nil {
			if !errors.Is(err, model.ErrLimit) {
				t.Error(err)
			}
			report.Checks[0] = model.Check{Check: model.CheckRegions, State: model.StatePartial, Reason: model.ReasonLimit}
		}
		return report
	}
	sink, summary := run(t, system, Options{MaxBytes: 2500, MaxFileBytes: 4000})
	if summary.Complete || summary.BytesCollected != 500 || len(sink.files) != 0 {
		t.Errorf("%+v", summary)
	}
	if len(sink.coverage.Problems) != 1 || sink.coverage.Problems[0].Code != model.ReasonLimit {
		t.Errorf("%+v", sink.coverage.Problems)
	}
}

func TestAFileThatChangesIsNotSent(t *testing.T) {
	system := &fakeSystem{pids: []uint32{1}, files: map[uint64][]byte{7: elfBytes("before")}, changed: map[uint64]bool{}}
	system.inspect = func(_ context.Context, target model.Target, _ model.Recorder) model.MemoryReport { return done(target) }
	sink := newRecordingSink()
	changing := &changingSink{recordingSink: sink, change: func() { system.files[7] = elfBytes("after!") }}
	if _, err := Run(context.Background(), system, changing, Options{SpoolDirectory: t.TempDir(), CPUPercent: 100}, nil); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(changing.failure, model.ErrChanged) {
		t.Errorf("%v", changing.failure)
	}
}

type changingSink struct {
	*recordingSink
	change  func()
	failure error
}

func (s *changingSink) Binary(_ model.Layout, _ string, open func() (io.ReadCloser, error)) error {
	s.change()
	reader, err := open()
	if err != nil {
		return err
	}
	_, s.failure = io.Copy(io.Discard, reader)
	return nil
}

func TestInterruptedScanSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	system := &fakeSystem{pids: []uint32{1, 2}}
	system.inspect = func(_ context.Context, target model.Target, _ model.Recorder) model.MemoryReport {
		cancel()
		return done(target)
	}
	sink := newRecordingSink()
	summary, err := Run(ctx, system, sink, Options{SpoolDirectory: t.TempDir(), CPUPercent: 100}, nil)
	if err != nil || summary.Complete || sink.end.Reason != model.EndInterrupted {
		t.Errorf("%v %+v %+v", err, summary, sink.end)
	}
	if c := sink.coverage.Processes[1]; c.Reason != model.ReasonTimeout {
		t.Errorf("%+v", c)
	}
}

func TestASinkThatFailsEndsTheScan(t *testing.T) {
	system := &fakeSystem{pids: []uint32{1}}
	sink := &failingSink{recordingSink: newRecordingSink()}
	_, err := Run(context.Background(), system, sink, Options{SpoolDirectory: t.TempDir()}, nil)
	if err == nil || strings.Join(sink.calls, " ") != "host identity end" || sink.end.Reason != model.EndFailed {
		t.Errorf("%v %v", err, sink.calls)
	}
}

type failingSink struct{ *recordingSink }

func (s *failingSink) Processes([]model.Process) error { return errors.New("connection lost") }

func TestSpoolKeepsEachOnce(t *testing.T) {
	s, err := newSpool(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	valid, left := func() bool { return true }, uint64(1<<20)
	write := func(text string) (string, error) {
		sum, _, err := s.store(model.LayoutRaw, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}, &left, valid)
		return sum, err
	}
	for _, text := range []string{"one", "two", "one", ""} {
		sum, err := write(text)
		want := sha256.Sum256([]byte(text))
		if err != nil || sum != hex.EncodeToString(want[:]) {
			t.Errorf("%q: %s %v", text, sum, err)
		}
	}
	if s.pending() != 6 {
		t.Errorf("%d bytes kept", s.pending())
	}
	failed := errors.New("gone")
	if _, _, err := s.store(model.LayoutRaw, func(w io.Writer) error {
		io.WriteString(w, strings.Repeat("half", 50_000))
		return failed
	}, &left, valid); !errors.Is(err, failed) || s.pending() != 6 {
		t.Errorf("%v, %d bytes kept", err, s.pending())
	}
	sum, _ := write("three")
	reader, err := s.open(key{model.LayoutRaw, sum})
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(reader); string(content) != "three" || err != nil {
		t.Errorf("%q %v", content, err)
	}
	// What the disk made of it meanwhile is not sent under the name of what was kept.
	if _, err := s.file.WriteAt([]byte("w"), s.artifacts[key{model.LayoutRaw, sum}].offset); err != nil {
		t.Fatal(err)
	}
	if reader, err = s.open(key{model.LayoutRaw, sum}); err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(reader); !errors.Is(err, model.ErrChanged) {
		t.Errorf("%q %v", content, err)
	}
}

func TestThrottleKeepsTheCeiling(t *testing.T) {
	clock, cpu := time.Unix(0, 0), time.Duration(0)
	throttle := newThrottle(25, func() time.Duration { return cpu })
	throttle.now = func() time.Time { return clock }
	throttle.sleep = func(_ context.Context, d time.Duration) { clock = clock.Add(d) }
	throttle.wallStart, throttle.last = clock, clock
	work := func(d time.Duration) {
		clock, cpu = clock.Add(d), cpu+d
		if err := throttle.wait(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	begin := clock
	for i := 0; i < 1000; i++ {
		work(10 * time.Millisecond)
	}
	if share := float64(cpu) / float64(clock.Sub(begin)); share > 0.27 || share < 0.2 {
		t.Errorf("%.2f of a core", share)
	}
	// A long pause is no licence for a burst.
	clock = clock.Add(time.Hour)
	throttle.wait(context.Background())
	begin, used := clock, cpu
	for i := 0; i < 100; i++ {
		work(10 * time.Millisecond)
	}
	if share := float64(cpu-used) / float64(clock.Sub(begin)); share > 0.32 {
		t.Errorf("%.2f of a core after a pause", share)
	}
}
