package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/config"
	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/upload"
)

// outcomeOf runs the scanner on this test's own process, or on what the arguments say.
func outcomeOf(t *testing.T, args ...string) (r result, stdout, stderr string) {
	t.Helper()
	var log bytes.Buffer
	r, stdout = outcomeLogged(t, &log, args...)
	return r, stdout, log.String()
}

func outcomeLogged(t *testing.T, log io.Writer, args ...string) (r result, stdout string) {
	t.Helper()
	environment := map[string]string{"GENEHOUND_RUNTIME_DIR": t.TempDir()}
	lookup := func(name string) (string, bool) { value, ok := environment[name]; return value, ok }
	args = append([]string{"--cpu", "100", "--pid", strconv.Itoa(os.Getpid())}, args...)
	request, err := config.Load(args, config.Environment{Lookup: lookup, Directory: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	console := newConsole(log, request.Quiet)
	one := newScan(request, console, &out)
	one.pacing = upload.Pacing{FirstDelay: time.Millisecond, Beginning: 10 * time.Millisecond, Patience: 10 * time.Millisecond}
	got := one.run()
	got.report(request, console, &out)
	return *got, out.String()
}

func serve(t *testing.T, server http.Handler) string {
	t.Helper()
	started := httptest.NewServer(server)
	t.Cleanup(started.Close)
	return started.URL
}

// discard removes the directory that an undelivered scan was kept in.
func discard(t *testing.T, r result) {
	t.Helper()
	if r.Directory != "" {
		if err := os.RemoveAll(r.Directory); err != nil {
			t.Error(err)
		}
	}
}

func TestADeliveredScanIsOneLineOfJSON(t *testing.T) {
	server := fakeserver.New()
	got, stdout, stderr := outcomeOf(t, "-k", fakeserver.Key, "-u", serve(t, server), "--json", "-i", fakeserver.Key)
	if got.Outcome != outcomeDelivered || got.AnalysisID != "the-analysis" || got.Findings != 0 {
		t.Fatalf("got %+v\n%s", got, stderr)
	}
	if got.ExitCode != exitDone && got.ExitCode != exitIncomplete {
		t.Errorf("exit %d", got.ExitCode)
	}
	var printed map[string]any
	if err := json.Unmarshal([]byte(stdout), &printed); err != nil || strings.Count(stdout, "\n") != 1 {
		t.Errorf("got %q: %v", stdout, err)
	}
	var created struct {
		ScanType   string `json:"scan_type"`
		AnalysisID string `json:"analysis_id"`
	}
	if err := json.Unmarshal(server.Bodies["create"], &created); err != nil || created.ScanType != "endpoint_scan" || created.AnalysisID != fakeserver.Key {
		t.Errorf("got %s", server.Bodies["create"])
	}
	for _, route := range []string{"host-info", "processes-info", "files-info", "coverage-info", "end"} {
		if server.Bodies[route] == nil {
			t.Errorf("no %s", route)
		}
	}
	if len(server.Binaries) == 0 || uint64(len(server.Binaries)) != got.ArtifactsDelivered {
		t.Errorf("got %d artifacts, counted %d", len(server.Binaries), got.ArtifactsDelivered)
	}
}

func TestAWrongKeyCollectsNothing(t *testing.T) {
	server := fakeserver.New()
	got, stdout, stderr := outcomeOf(t, "-k", "00000000-0000-0000-0000-000000000000", "-u", serve(t, server))
	if got.ExitCode != exitKey || len(server.Requests) != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit %d, %v, %q, %q", got.ExitCode, server.Requests, stdout, stderr)
	}
	if got.Processes.Seen != 0 || got.Directory != "" {
		t.Errorf("collected %+v", got)
	}
}

func TestAServerOutOfReachKeepsTheScan(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	got, stdout, stderr := outcomeOf(t, "-k", fakeserver.Key, "-u", closed.URL, "-i", fakeserver.Key)
	defer discard(t, got)
	if got.ExitCode != exitUndelivered || strings.TrimSpace(stdout) != got.ScanDirectory {
		t.Fatalf("exit %d, %q, %q", got.ExitCode, stdout, stderr)
	}
	summary, err := os.ReadFile(filepath.Join(got.ScanDirectory, "scan_summary.json"))
	if err != nil || !bytes.Contains(summary, []byte(`"done"`)) {
		t.Errorf("got %s, %v", summary, err)
	}
	info, err := os.ReadFile(filepath.Join(got.ScanDirectory, "scanner_info.json"))
	if err != nil || !bytes.Contains(info, []byte(fakeserver.Key)) || bytes.Contains(info, []byte("scan_type")) {
		t.Errorf("got %s, %v", info, err)
	}
	if samples, _ := filepath.Glob(filepath.Join(got.Directory, "files", "*.sample")); len(samples) == 0 {
		t.Error("no samples")
	}
}

func TestAnOfflineScanNeedsNoServer(t *testing.T) {
	root := filepath.Join(t.TempDir(), "out")
	got, stdout, _ := outcomeOf(t, "-o", root)
	if got.Outcome != outcomeWritten || got.Directory != root || strings.TrimSpace(stdout) != got.ScanDirectory {
		t.Errorf("got %+v, %q", got, stdout)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _, stderr := outcomeOf(t, "-o", file); got.ExitCode != exitInternal || !strings.Contains(stderr, "offline directory") {
		t.Errorf("exit %d, %q", got.ExitCode, stderr)
	}
}

func TestTheSelfTestIsFoundInTheScannersOwnProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the self-test is found by the Linux layer")
	}
	server := fakeserver.New()
	got, _, stderr := outcomeOf(t, "-k", fakeserver.Key, "-u", serve(t, server), "--self-test", "--fail-on-suspicious")
	if got.ExitCode != exitFindings || got.FindingsByKind[model.FindingImplantedCode] != 1 {
		t.Fatalf("got %+v\n%s", got, stderr)
	}
	var raw int
	for _, route := range server.Binaries {
		if route == "fileless/collected-binaries" {
			raw++
		}
	}
	if raw != 1 {
		t.Errorf("got %d raw artifacts: %v", raw, server.Binaries)
	}
}

func TestADryRunSendsNothingAndListsAll(t *testing.T) {
	server := fakeserver.New()
	got, stdout, _ := outcomeOf(t, "--dry-run", "-k", fakeserver.Key, "-u", serve(t, server))
	if got.Outcome != outcomeListed || len(server.Requests) != 0 {
		t.Fatalf("got %+v, %v", got, server.Requests)
	}
	for _, text := range []string{"Message host-info", "Message processes-info", "Message coverage-info", "the whole file"} {
		if !strings.Contains(stdout, text) {
			t.Errorf("no %q", text)
		}
	}
	_, stdout, _ = outcomeOf(t, "--dry-run", "--json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
	if !strings.Contains(lines[len(lines)-1], `"outcome":"listed"`) {
		t.Errorf("got %s", lines[len(lines)-1])
	}
}

func TestASecondScannerIsRefused(t *testing.T) {
	directory := t.TempDir()
	lookup := func(name string) (string, bool) { return directory, name == "GENEHOUND_RUNTIME_DIR" }
	server := fakeserver.New()
	var second int
	var text bytes.Buffer
	server.Spoil = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, "host-info") {
			second = run([]string{"--dry-run"}, lookup, &bytes.Buffer{}, &text)
		}
		return false
	}
	first := run([]string{"-k", fakeserver.Key, "-u", serve(t, server), "--pid", strconv.Itoa(os.Getpid()), "-q"}, lookup, &bytes.Buffer{}, &bytes.Buffer{})
	if second != exitInternal || !strings.Contains(text.String(), "already running") {
		t.Errorf("second: exit %d, %q", second, text.String())
	}
	if first != exitDone && first != exitIncomplete {
		t.Errorf("first: exit %d", first)
	}
}

func TestHelpVersionAndUsage(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	for _, tt := range []struct {
		args   string
		status int
		text   string
	}{
		{"--help", exitDone, "Usage"}, {"--version", exitDone, "genehound scanner"},
		{"", exitUsage, "no server known"}, {"--fast", exitUsage, "fast"},
	} {
		var out bytes.Buffer
		if status := run(strings.Fields(tt.args), none, &out, &out); status != tt.status || !strings.Contains(out.String(), tt.text) {
			t.Errorf("%q: exit %d, %q", tt.args, status, out.String())
		}
	}
}
