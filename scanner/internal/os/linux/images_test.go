//go:build linux && amd64

package linux

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"genehound/scanner/internal/model"
)

// startSleeper runs a program that links to the C library and waits.
func startSleeper(t *testing.T, path string, files ...*os.File) actor {
	t.Helper()
	command := exec.Command(path)
	command.Args = []string{"cat"}
	command.ExtraFiles = files
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { input.Close(); command.Process.Kill(); command.Wait() })
	// An echo tells that it is loaded and runs.
	if _, err := input.Write([]byte("x\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return actor{command, input, uint32(command.Process.Pid), 0}
}

func TestMemfdExecutable(t *testing.T) {
	content, err := os.ReadFile(firstOf(t, "/bin/cat", "/usr/bin/cat"))
	if err != nil {
		t.Fatal(err)
	}
	var sums []string
	for range [2]int{} {
		name := []byte("kworker\x00")
		fd, _, errno := syscall.Syscall(319, uintptr(unsafe.Pointer(&name[0])), 0, 0)
		if errno != 0 {
			t.Skip(errno)
		}
		file := os.NewFile(fd, "memfd")
		defer file.Close()
		if _, err := file.Write(content); err != nil {
			t.Fatal(err)
		}
		actor := startSleeper(t, "/proc/self/fd/"+strconv.Itoa(int(fd)), file)
		report, recorder := inspect(t, actor.pid)
		finding := find(&report, model.FindingImplantedImage)
		if finding == nil || find(&report, model.FindingDeletedFile) == nil || finding.Layout != model.LayoutMapped {
			t.Fatalf("%+v", report)
		}
		sums = append(sums, finding.SHA256)
		checkMapped(t, recorder.artifacts[finding.SHA256], content)
	}
	if sums[0] != sums[1] {
		t.Error("the same image gives different artifacts in two processes")
	}
}

// checkMapped compares a mapped layout with what the file's segments say.
func checkMapped(t *testing.T, mapped, content []byte) {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for _, segment := range file.Progs {
		if segment.Type != elf.PT_LOAD {
			continue
		}
		part := content[segment.Off : segment.Off+segment.Filesz]
		switch {
		case segment.Flags&elf.PF_X != 0:
			if !bytes.Equal(mapped[segment.Vaddr:segment.Vaddr+segment.Filesz], part) {
				t.Error("an executable segment is not there")
			}
		case segment.Flags&elf.PF_W != 0 && segment.Filesz > 0:
			if bytes.Contains(mapped, part[:min(len(part), 256)]) {
				t.Error("writable data is there")
			}
		}
	}
	if !bytes.Equal(mapped[:64], content[:64]) {
		t.Error("the header is not there")
	}
}

func TestDeletedExecutable(t *testing.T) {
	source := firstOf(t, "/bin/cat", "/usr/bin/cat")
	content, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, content, 0o700); err != nil {
		t.Fatal(err)
	}
	actor := startSleeper(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	report, recorder := inspect(t, actor.pid)
	finding := find(&report, model.FindingDeletedFile)
	if finding == nil || finding.Layout != model.LayoutMapped || !strings.HasSuffix(finding.ModulePath, " (deleted)") {
		t.Fatalf("%+v", report)
	}
	checkMapped(t, recorder.artifacts[finding.SHA256], content)
	// A newer build at the same place: what a package upgrade leaves is listed and no finding.
	if err := os.WriteFile(path, append(bytes.Clone(content), "newer"...), 0o700); err != nil {
		t.Fatal(err)
	}
	report, _ = inspect(t, actor.pid)
	if find(&report, model.FindingDeletedFile) != nil || len(report.Regions) != 1 {
		t.Errorf("%+v", report)
	}
}

// patch writes into another process's code as an attacker would.
func patch(t *testing.T, pid uint32, symbol string, code []byte) (address uint64) {
	t.Helper()
	var libc Mapping
	if _, err := readMaps(pid, func(m *Mapping) error {
		if strings.Contains(m.Path, "/libc.so") || strings.Contains(m.Path, "/libc-2") {
			if libc.Start == 0 {
				libc = *m
			}
		}
		return nil
	}); err != nil || libc.Start == 0 {
		t.Skipf("no C library to patch: %v", err)
	}
	file, err := elf.Open(procPath(pid, "root") + libc.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	symbols, err := file.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Name == symbol {
			address = libc.Start + s.Value
		}
	}
	mem, err := os.OpenFile(procPath(pid, "mem"), os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer mem.Close()
	if _, err := mem.WriteAt(code, int64(address)); err != nil {
		t.Skip(err)
	}
	return address
}

func TestPatchedLibrary(t *testing.T) {
	actor := startSleeper(t, firstOf(t, "/bin/cat", "/usr/bin/cat"))
	address := patch(t, actor.pid, "getenv", []byte{0x31, 0xc0, 0xc3})
	report, recorder := inspect(t, actor.pid)
	finding := find(&report, model.FindingPatched)
	if finding == nil || len(finding.Changes) != 1 || len(report.Differences) != 1 {
		t.Fatalf("%+v", report)
	}
	rva := address - finding.BaseAddress
	if change := finding.Changes[0]; uint64(change.RVA) > rva+2 || uint64(change.RVA+change.Size) < rva+2 {
		t.Errorf("the change is at %x, not at %x", change.RVA, rva)
	}
	if artifact := recorder.artifacts[finding.SHA256]; !bytes.Equal(artifact[rva:rva+3], []byte{0x31, 0xc0, 0xc3}) {
		t.Error("the change is not in the artifact")
	}
}

func TestHookedLibrary(t *testing.T) {
	actor := startSleeper(t, firstOf(t, "/bin/cat", "/usr/bin/cat"))
	var program Mapping
	if _, err := readMaps(actor.pid, func(m *Mapping) error {
		if m.Exec && strings.HasSuffix(m.Path, "/cat") {
			program = *m
		}
		return nil
	}); err != nil || program.Start == 0 {
		t.Fatal(err)
	}
	hook := []byte{0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0} // mov rax, target; jmp rax
	for i := 0; i < 8; i++ {
		hook[2+i] = byte((program.Start + 0x100) >> (8 * i))
	}
	patch(t, actor.pid, "getenv", hook)
	report, _ := inspect(t, actor.pid)
	finding := find(&report, model.FindingHooked)
	if finding == nil || !strings.Contains(finding.Details, "/cat") {
		t.Fatalf("%+v", report)
	}
}

func TestBreakpointIsNoFinding(t *testing.T) {
	actor := startSleeper(t, firstOf(t, "/bin/cat", "/usr/bin/cat"))
	patch(t, actor.pid, "getenv", []byte{0xcc})
	report, _ := inspect(t, actor.pid)
	if len(report.Findings) != 0 || len(report.Differences) != 1 || report.Differences[0].Modules[0].Result[0].Type != "breakpoint" {
		t.Fatalf("%+v", report)
	}
}

func TestInspectionDisturbsNothing(t *testing.T) {
	undisturbed(t, "a sleeping cat", 3, func() uint32 { return startSleeper(t, firstOf(t, "/bin/cat", "/usr/bin/cat")).pid })
	// This program's own runtime faults now and then; its size must stay.
	for _, role := range []string{"canary-page", "rwx", "shared"} {
		undisturbed(t, role, 1, func() uint32 { return start(t, role).pid })
	}
}

// undisturbed compares the first n of a target's figures before and after an inspection. A target may do something of
// its own in between, once; what an inspection does it does to each: so one of several fresh targets must stay as it was.
func undisturbed(t *testing.T, name string, n int, fresh func() uint32) {
	t.Helper()
	var before, after [3]string
	for try := 0; try < 4; try++ {
		pid := fresh()
		before = faults(t, pid)
		inspect(t, pid)
		after = faults(t, pid)
		if slices.Equal(before[:n], after[:n]) {
			return
		}
	}
	t.Errorf("%s: resident size and faults were %v, are %v", name, before, after)
}

// faults are a process's resident size, and its page faults.
func faults(t *testing.T, pid uint32) [3]string {
	t.Helper()
	content, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	return [3]string{fields[21], fields[7], fields[9]}
}

// An inspection that took too long is left behind and goes on beside the next one. Run with -race.
func TestInspectionsBesideEachOther(t *testing.T) {
	system := New()
	var pids []uint32
	for n := 0; n < 3; n++ {
		pids = append(pids, startSleeper(t, firstOf(t, "/bin/cat", "/usr/bin/cat")).pid)
	}
	var group sync.WaitGroup
	for n := 0; n < 2*len(pids); n++ {
		target, err := system.target(pids[n%len(pids)])
		if err != nil {
			t.Fatal(err)
		}
		group.Add(1)
		go func() {
			defer group.Done()
			recorder := &memoryRecorder{artifacts: map[string][]byte{}}
			system.Modules(context.Background(), target)
			if report := system.Inspect(context.Background(), target, recorder); report.NotRead != "" || len(report.Findings) > 0 {
				t.Errorf("got %+v", report)
			}
		}()
	}
	group.Wait()
}

// FuzzVerified: what is remembered of imports is what was told, whatever sizes two looks at a file give.
func FuzzVerified(f *testing.F) {
	f.Add(uint16(3), uint16(9), uint16(100))
	f.Fuzz(func(t *testing.T, slot, slots, asked uint16) {
		s := &System{}
		s.verify(importKey{}, int(slot), int(slots))
		open := s.unverified(importKey{}, []suspect{{slot: int(asked)}})
		known := asked == slot && int(slot)/8 < (int(slots)+7)/8
		if known != (len(open) == 0) {
			t.Errorf("%d of %d is told, %d asked: open %v", slot, slots, asked, open)
		}
	})
}
