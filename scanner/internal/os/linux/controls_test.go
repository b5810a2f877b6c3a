//go:build linux && amd64

package linux

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"genehound/scanner/internal/model"
)

// findingsAfterFiles looks at a process as the pass does: its files and their owners first.
func findingsAfterFiles(t *testing.T, pid uint32) []model.Finding {
	t.Helper()
	system := New()
	target, err := system.target(pid)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	modules := system.Modules(ctx, target)
	system.Owners(ctx, modules.Files)
	report := system.Inspect(ctx, target, &memoryRecorder{artifacts: map[string][]byte{}})
	if report.NotRead != "" {
		t.Fatalf("not read: %s %s", report.NotRead, report.Details)
	}
	return report.Findings
}

// preloadable is a library of this system that a package brought.
func preloadable(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/x86_64-linux-gnu/libz.so.1.*", "/usr/lib/x86_64-linux-gnu/libzstd.so.1.*"} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[0]
		}
	}
	t.Skip("no library to preload")
	return ""
}

func TestAPreloadedLibraryOfAPackageIsNoFindingAndACopyIs(t *testing.T) {
	if _, err := os.Stat("/var/lib/dpkg/info"); err != nil {
		t.Skip("no dpkg here")
	}
	library := preloadable(t)
	content, err := os.ReadFile(library)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), filepath.Base(library))
	if err := os.WriteFile(copied, content, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path  string
		found bool
	}{{library, false}, {copied, true}} {
		command := exec.Command("sh", "-c", "echo 0; read line")
		command.Env = append(os.Environ(), "LD_PRELOAD="+tt.path)
		one := launch(t, command)
		findings := findingsAfterFiles(t, one.pid)
		found := len(findings) == 1 && findings[0].Kind == model.FindingPreload && findings[0].ModulePath == tt.path
		if found != tt.found || !tt.found && len(findings) > 0 {
			t.Errorf("%s: got %+v", tt.path, findings)
		}
	}
}

// TestADebuggerIsNoThreat: a process that gdb is attached to, and stopped at a breakpoint of, is nothing suspicious.
func TestADebuggerIsNoThreat(t *testing.T) {
	gdb, err := exec.LookPath("gdb")
	if err != nil {
		t.Skip("gdb is not installed")
	}
	one := start(t, "plain")
	debugger := exec.Command(gdb, "--batch-silent", "-nx", "-p", strconv.FormatUint(uint64(one.pid), 10), "-ex", "break write", "-ex", "shell sleep 30")
	if err := debugger.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { debugger.Process.Kill(); debugger.Wait() })
	for waited := 0; ; waited++ {
		status, err := readStatus(one.pid)
		if err != nil {
			t.Fatal(err)
		}
		if status.TracerPID != 0 {
			break
		}
		if waited == 200 {
			t.Skip("gdb does not attach here")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if findings := findingsAfterFiles(t, one.pid); len(findings) > 0 {
		t.Errorf("got %+v", findings)
	}
}
