//go:build linux && amd64

package linux

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/model"
)

func TestPlainProcessIsClean(t *testing.T) {
	report, recorder := inspect(t, start(t, "plain").pid)
	if len(report.Findings) != 0 || len(recorder.artifacts) != 0 || len(report.Differences) != 0 {
		t.Fatalf("%+v", report)
	}
}

func TestImplantedCodeIsFound(t *testing.T) {
	for role, backing := range map[string]model.Backing{
		"rwx": model.BackingAnonymous, "rw-rx": model.BackingAnonymous, "shared": model.BackingSharedAnonymous,
		"system-v": model.BackingSharedAnonymous,
	} {
		t.Run(role, func(t *testing.T) {
			actor := start(t, role)
			report, recorder := inspect(t, actor.pid)
			finding := find(&report, model.FindingImplantedCode)
			if finding == nil || finding.BaseAddress != actor.address || finding.Layout != model.LayoutRaw {
				t.Fatalf("%+v", report)
			}
			if report.Regions[0].Backing != backing || report.Regions[0].Classification != model.ClassCode {
				t.Errorf("%+v", report.Regions[0])
			}
			artifact, want := recorder.artifacts[finding.SHA256], realCode(6*4096)
			if len(artifact) != 6*4096 {
				t.Fatalf("%d bytes", len(artifact))
			}
			same := 0
			for i := range want {
				if artifact[i] == want[i] {
					same++
				}
			}
			if same < len(want)*99/100 {
				t.Errorf("%d of %d bytes are the payload's", same, len(want))
			}
		})
	}
}

func TestShortCodeIsFound(t *testing.T) {
	actor := start(t, "short")
	report, recorder := inspect(t, actor.pid)
	finding := find(&report, model.FindingImplantedCode)
	if finding == nil || finding.BaseAddress != actor.address || !bytes.HasPrefix(recorder.artifacts[finding.SHA256], []byte(shortCode)) {
		t.Fatalf("%+v", report)
	}
}

func TestOnlyCodeOfAHeapLeaves(t *testing.T) {
	for _, role := range []string{"canary-page", "canary-in-page"} {
		t.Run(role, func(t *testing.T) {
			actor := start(t, role)
			report, recorder := inspect(t, actor.pid)
			finding := find(&report, model.FindingImplantedCode)
			if finding == nil {
				t.Fatalf("%+v", report)
			}
			if n := len(recorder.artifacts[finding.SHA256]); n > 2*4096 {
				t.Errorf("%d bytes are taken", n)
			}
		})
	}
	t.Run("data", func(t *testing.T) {
		report, recorder := inspect(t, start(t, "data").pid)
		if len(report.Findings) != 0 || len(recorder.artifacts) != 0 {
			t.Fatalf("%+v", report)
		}
		if len(report.Regions) != 1 || report.Regions[0].Classification != model.ClassExecutableData {
			t.Fatalf("%+v", report.Regions)
		}
	})
}

// A document that is mapped with execute permission stays; a file that is no image but holds code is found.
func TestMappedFilesThatAreNoImages(t *testing.T) {
	document := filepath.Join(t.TempDir(), "document")
	if err := os.WriteFile(document, []byte(strings.Repeat("A letter. "+canary+"\n", 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	report, recorder := inspect(t, start(t, "file", "GENEHOUND_TEST_FILE="+document).pid)
	if len(report.Findings) != 0 || len(recorder.artifacts) != 0 || len(report.Regions) != 1 ||
		report.Regions[0].Classification != model.ClassExecutableData || report.Regions[0].Backing != model.BackingFile {
		t.Errorf("%+v", report)
	}
	raw := filepath.Join(t.TempDir(), "raw")
	if err := os.WriteFile(raw, realCode(3*4096), 0o600); err != nil {
		t.Fatal(err)
	}
	report, _ = inspect(t, start(t, "file", "GENEHOUND_TEST_FILE="+raw).pid)
	if finding := find(&report, model.FindingImplantedCode); finding == nil || finding.ModulePath != raw {
		t.Errorf("%+v", report)
	}
}

func TestReadImpliesExec(t *testing.T) {
	document := filepath.Join(t.TempDir(), "document")
	if err := os.WriteFile(document, []byte(strings.Repeat("A letter. "+canary+"\n", 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	report, recorder := inspect(t, start(t, "read-implies-exec", "GENEHOUND_TEST_FILE="+document).pid)
	if len(report.Findings) != 0 || len(recorder.artifacts) != 0 || len(report.Regions) < 2 {
		t.Errorf("%+v", report)
	}
	for _, r := range report.Regions {
		if r.Classification != model.ClassExecutableData || !strings.Contains(strings.Join(r.Evidence, " "), "READ_IMPLIES_EXEC") {
			t.Errorf("%+v", r)
		}
	}
}

// In another mount namespace, with another root, paths say nothing: files open through the kernel's own links.
func TestOtherMountNamespace(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil || os.Getuid() != 0 {
		t.Skip("needs unshare and root")
	}
	script := `d=$1; mount -t tmpfs none "$d" && cp /proc/self/exe "$d/x" 2>/dev/null; cp /bin/cat "$d/program" && exec "$d/program"`
	command := exec.Command(unshare, "-m", "sh", "-c", script, "sh", t.TempDir())
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
	defer func() { input.Close(); command.Process.Kill(); command.Wait() }()
	input.Write([]byte("x\n"))
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		t.Skip("no mount namespace here")
	}
	system := New()
	target, err := system.target(uint32(command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	modules := system.Modules(context.Background(), target)
	found := false
	for _, file := range modules.Files {
		opened, err := system.OpenFile(file)
		if err != nil {
			t.Errorf("%s: %v", file.Path, err)
			continue
		}
		opened.Close()
		found = found || strings.HasSuffix(file.Path, "/program") && file.IsImage
	}
	if !found || len(modules.Checks) != 2 || modules.Checks[1].State != model.StateDone {
		t.Errorf("%+v", modules)
	}
	report, _ := inspect(t, target.PID)
	if len(report.Findings) != 0 {
		t.Errorf("%+v", report.Findings)
	}
}

func TestThreadOutsideOfAnyFile(t *testing.T) {
	actor := start(t, "thread")
	awaitThread(t, actor)
	report, recorder := inspect(t, actor.pid)
	finding := find(&report, model.FindingUnbackedThread)
	if finding == nil || finding.ThreadID == nil || finding.BaseAddress < actor.address || finding.BaseAddress >= actor.address+16 {
		t.Fatalf("%+v", report)
	}
	if code := find(&report, model.FindingImplantedCode); code == nil || !bytes.Contains(recorder.artifacts[code.SHA256], []byte("\x0f\x05\xeb\xf7")) {
		t.Errorf("nine bytes in which a thread executes are code: %+v", report)
	}
}

// awaitThread asks until a thread waits in the actor's code.
func awaitThread(t *testing.T, a actor) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		threads, _ := readThreads(ctx, a.pid)
		for _, thread := range threads {
			if thread.pc >= a.address && thread.pc < a.address+4096 {
				return
			}
		}
	}
	t.Fatal("no thread came")
}

func TestImplantedImage(t *testing.T) {
	path := firstOf(t, "/bin/true", "/usr/bin/true")
	actor := start(t, "implant", "GENEHOUND_TEST_IMAGE="+path)
	report, _ := inspect(t, actor.pid)
	if finding := find(&report, model.FindingImplantedImage); finding == nil {
		t.Fatalf("%+v", report)
	}
}

func firstOf(t *testing.T, paths ...string) string {
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skipf("none of %v is here", paths)
	return ""
}
