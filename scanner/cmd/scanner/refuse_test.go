package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/config"
	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/upload"
)

// refuse runs the scanner on a machine that it does not support.
func refuse(t *testing.T, args ...string) result {
	t.Helper()
	lookup := func(string) (string, bool) { return "", false }
	request, err := config.Load(append([]string{"--json"}, args...), config.Environment{Lookup: lookup, Directory: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	one := newScan(request, newConsole(io.Discard, true), &bytes.Buffer{})
	one.system, one.refusal = stillSystem{}, errors.New("Linux 3.10 is too old")
	one.pacing = upload.Pacing{FirstDelay: time.Millisecond}
	return *one.run()
}

func TestARefusedMachineIsToldAndNothingIsRead(t *testing.T) {
	server := fakeserver.New()
	for _, args := range [][]string{nil, {"--self-test"}, {"--private"}} {
		got := refuse(t, append([]string{"-k", fakeserver.Key, "-u", serve(t, server)}, args...)...)
		if got.ExitCode != exitUnsupported || got.Outcome != outcomeDelivered || got.Error != "Linux 3.10 is too old" || got.Complete {
			t.Fatalf("%v: %+v", args, got)
		}
		for route, want := range map[string]string{
			"host-info": "still", "processes-info": `{"processes_info":[]}`, "coverage-info": `"code":"unsupported","message":"Linux 3.10 is too old"`,
			"end": `"reason":"unsupported"`, "identity-info": "still", "manifest-info": "host-info",
		} {
			if !strings.Contains(string(server.Bodies[route]), want) {
				t.Errorf("%v: %s is %s", args, route, server.Bodies[route])
			}
		}
		for _, route := range []string{"files-info", "autoruns-info", "regions-info", "processes/loaded-modules-info"} {
			if server.Bodies[route] != nil {
				t.Errorf("%v: %s was sent", args, route)
			}
		}
	}
}

func TestARefusedMachineIsWrittenToADirectory(t *testing.T) {
	root := t.TempDir()
	got := refuse(t, "-o", root)
	summary, err := os.ReadFile(filepath.Join(got.ScanDirectory, "scan_summary.json"))
	if got.ExitCode != exitUnsupported || err != nil || !strings.Contains(string(summary), `"reason":"unsupported"`) {
		t.Errorf("%+v: %s %v", got, summary, err)
	}
}
