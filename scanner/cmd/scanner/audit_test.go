package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/config"
	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/upload"
	"genehound/scanner/internal/wire"
)

// stillSystem is a machine on which nothing moves: each scan of it is the same. Everything on it names a person.
type stillSystem struct{}

const (
	person  = "annabel"
	secret  = "the-diagnosis"
	library = "\x7fELF\x02\x01\x01 a library"
)

func text(s string) *string { return &s }

func (stillSystem) HostInfo() model.HostInfo      { return model.HostInfo{ComputerName: "still"} }
func (stillSystem) Identity() model.Identity      { return model.Identity{Version: 1, HostName: "still"} }
func (stillSystem) PeakMemory() uint64            { return 1 }
func (stillSystem) CPUTime() (_, _ time.Duration) { return 0, 0 }
func (stillSystem) Privileges() model.Privileges {
	return model.Privileges{User: person, Held: []string{}, Missing: []string{}}
}

func (stillSystem) Persistence(context.Context) model.Persistence {
	starts := []model.StartedFile{{Written: "/home/annabel/bin/" + secret, File: stillFile()}}
	return model.Persistence{
		Autoruns: []model.Autorun{{
			Category: "cron", EntryPath: "/home/annabel/.config/x.desktop", EntryPathType: "filesystem",
			EntryValue: "/home/annabel/bin/x --of " + secret + strings.Repeat(" .", 5000), DisplayName: "x", Username: person, Starts: starts,
		}},
		Tasks: []model.ScheduledTask{{
			TaskName: "/var/spool/cron/crontabs/annabel: x " + secret, When: "@daily", Username: person,
			ExecActions: []model.ExecAction{{ExecPath: "/home/annabel/bin/x", ExecArgs: secret, Starts: starts}},
		}},
		Problems: []model.Problem{{Code: model.ReasonIOError, Message: "/home/annabel/My Letters/" + secret + " could not be read"}},
	}
}

func stillFile() model.ModuleFile {
	return model.ModuleFile{
		ID: model.FileID{Inode: 7, Size: 128}, Path: "/home/annabel/" + secret + "/lib.so", IsImage: true, PID: 7,
	}
}

func (stillSystem) Processes(context.Context) ([]model.Target, []model.Problem, error) {
	return []model.Target{{Process: model.Process{
		PID: 7, ProcessPath: text("/home/annabel/" + secret), CommandLine: text("./run --for " + secret), Username: text(person),
	}}}, nil, nil
}

func (stillSystem) Modules(context.Context, model.Target) model.ModuleReport {
	return model.ModuleReport{
		Modules: []model.LoadedModule{{BaseAddress: 4096, FilePath: text("/home/annabel/" + secret + "/lib.so")}},
		Files:   []model.ModuleFile{stillFile()},
		Checks:  []model.Check{{Check: model.CheckProcess, State: model.StateDone}},
	}
}

func (stillSystem) OpenFile(model.ModuleFile) (io.ReadCloser, error) {
	b := make([]byte, 128)
	copy(b, library)
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (stillSystem) Inspect(_ context.Context, target model.Target, recorder model.Recorder) model.MemoryReport {
	sum, size, err := recorder.Store(model.LayoutRaw, func(w io.Writer) error {
		_, err := io.WriteString(w, "code")
		return err
	})
	if err != nil {
		panic(err)
	}
	path := `C:\Users\Annabel\` + secret + `.dll`
	return model.MemoryReport{
		Regions: []model.Region{{
			PID: 7, BaseAddress: 8192, Size: size, Path: path, Evidence: []string{"beside " + path}, SHA256: sum, Layout: model.LayoutRaw,
		}},
		Findings: []model.Finding{{
			Kind: model.FindingHooked, PID: 7, ModulePath: path, LeadsTo: []string{path}, Details: "goes to " + path + "; and back",
		}},
		Differences: []model.FileModuleDifference{{FilePath: path, Modules: []model.ComparedModule{{
			PID: 7, Result: []model.Comparison{{Type: "hooked", Details: "goes to " + path}},
		}}}},
		Dumps:  []model.MemoryDump{{BaseAddress: 8192, PID: 7, SHA256: sum, IsFileless: true, Size: size}},
		Checks: []model.Check{{Check: model.CheckRegions, State: model.StatePartial, Reason: model.ReasonIOError, Details: path + " is gone"}},
	}
}

// scanStill runs one scan of the still machine.
func scanStill(t *testing.T, args ...string) (r result, stdout string) {
	t.Helper()
	environment := map[string]string{"GENEHOUND_RUNTIME_DIR": t.TempDir()}
	lookup := func(name string) (string, bool) { value, ok := environment[name]; return value, ok }
	request, err := config.Load(append([]string{"--cpu", "100", "--json"}, args...), config.Environment{Lookup: lookup, Directory: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	one := newScan(request, newConsole(io.Discard, true), &out)
	one.system = stillSystem{}
	one.pacing = upload.Pacing{FirstDelay: time.Millisecond}
	return *one.run(), out.String()
}

type manifested struct {
	Manifest wire.Manifest `json:"manifest_info"`
}

// account writes what a manifest holds, a line each.
func account(m wire.Manifest) string {
	var lines []string
	for _, one := range m.Messages {
		lines = append(lines, fmt.Sprintf("%s %s %d", one.Route, one.SHA256, one.Size))
	}
	for _, one := range m.Artifacts {
		lines = append(lines, fmt.Sprintf("%s %s %d", one.Route, one.SHA256, one.Size))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// TestManifestDryRunAndReceivedBytesAreEqual is the auditor's: what a dry run lists, what the scan says it sent, and what
// arrived are the same, byte for byte.
func TestManifestDryRunAndReceivedBytesAreEqual(t *testing.T) {
	server := fakeserver.New()
	delivered, _ := scanStill(t, "-k", fakeserver.Key, "-u", serve(t, server))
	if delivered.Outcome != outcomeDelivered {
		t.Fatalf("%+v", delivered)
	}
	var sent manifested
	if err := json.Unmarshal(server.Bodies[wire.ManifestRoute], &sent); err != nil {
		t.Fatal(err)
	}
	var arrived []string
	for _, one := range server.Received {
		if one.Route != wire.ManifestRoute && one.Route != "end" {
			arrived = append(arrived, fmt.Sprintf("%s %s %d", one.Route, one.SHA256, one.Size))
		}
	}
	sort.Strings(arrived)
	if got := account(sent.Manifest); got != strings.Join(arrived, "\n") {
		t.Errorf("the manifest says\n%s\nand there arrived\n%s", got, strings.Join(arrived, "\n"))
	}
	// A server that has a message already is only told of it, and the account is the same.
	again := fakeserver.New()
	again.Known = map[string][]byte{}
	for _, one := range server.Received {
		if one.Route == "autoruns-info" {
			again.Known[one.SHA256] = server.Bodies[one.Route]
		}
	}
	_, _ = scanStill(t, "-k", fakeserver.Key, "-u", serve(t, again))
	var second manifested
	if err := json.Unmarshal(again.Bodies[wire.ManifestRoute], &second); err != nil {
		t.Fatal(err)
	}
	if got, want := account(second.Manifest), account(sent.Manifest); got != want || again.Count(fakeserver.ScanPath+"autoruns-info") != 0 {
		t.Errorf("the second manifest says\n%s\nand the first\n%s", got, want)
	}
	if len(sent.Manifest.Artifacts) != 2 || sent.Manifest.Scanner.SHA256 == "" || sent.Manifest.Clock.Ended == "" {
		t.Errorf("got %+v", sent.Manifest)
	}
	_, listing := scanStill(t, "--dry-run")
	var listed manifested
	for _, line := range strings.Split(listing, "\n") {
		var message struct {
			Message string
			Body    json.RawMessage
		}
		if json.Unmarshal([]byte(line), &message) == nil && message.Message == wire.ManifestRoute {
			if err := json.Unmarshal(message.Body, &listed); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := account(listed.Manifest), account(sent.Manifest); got != want {
		t.Errorf("the dry run lists\n%s\nand the scan sent\n%s", got, want)
	}
	// Every byte range that a dry run names is one that the scan took.
	if !strings.Contains(listing, `"base_address":8192`) || strings.Contains(listing, "collected-binaries") != true {
		t.Errorf("the dry run names no ranges")
	}
}

func TestPrivateLeavesNoName(t *testing.T) {
	for _, args := range [][]string{nil, {"--private"}} {
		server := fakeserver.New()
		_, _ = scanStill(t, append([]string{"-k", fakeserver.Key, "-u", serve(t, server)}, args...)...)
		for _, needle := range []string{person, secret, "Annabel", "Letters"} {
			found := ""
			for route, body := range server.Bodies {
				if bytes.Contains(body, []byte(needle)) {
					found += " " + route
				}
			}
			// That a private scan shows none says something only where another shows them.
			if (found != "") != (args == nil) {
				t.Errorf("%v: %s is in%s", args, needle, found)
			}
		}
		if len(server.Binaries) != 2 {
			t.Errorf("%v: got %v", args, server.Binaries)
		}
	}
}
