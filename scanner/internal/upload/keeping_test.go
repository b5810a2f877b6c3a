package upload

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/offline"
	"genehound/scanner/internal/wire"
)

func keepingIn(t *testing.T, base string, network *Network, lost error) *Keeping {
	t.Helper()
	open := func() (*offline.Writer, error) {
		return offline.New(offline.Options{Base: base, Computer: "host", Start: time.Unix(1_700_000_000, 0)})
	}
	return NewKeeping(network, lost, open, func(text string) { t.Log(text) })
}

func listFiles(t *testing.T, directory string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(directory, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(directory, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

var allMessages = []string{
	"all_loaded_modules_info.json", "coverage_info.json", "files_info_1.json", "findings_info_1.json", "host_info.json",
	"identity_info.json", "memory_module_dump_info_1.json", "processes_info.json", "scan_summary.json", "scanner_info.json",
}

func TestADeliveredScanLeavesNothingBehind(t *testing.T) {
	base := t.TempDir()
	keeping := keepingIn(t, base, begin(t, fakeserver.New()), nil)
	if err := newScanned().send(keeping); err != nil {
		t.Fatal(err)
	}
	if err := keeping.Finish(); err != nil {
		t.Fatal(err)
	}
	if left := listFiles(t, base); len(left) > 0 || keeping.Kept() != nil || keeping.Lost() != nil {
		t.Errorf("left %v", left)
	}
}

func TestAScanIsKeptWholeWhateverMessageTheServerGetsLostAt(t *testing.T) {
	routes := []string{
		"host-info", "identity-info", "processes-info", "processes/loaded-modules-info", "files-info",
		"file-system/collected-binaries", "memory-module-dumps-info", "fileless/collected-binaries", "findings-info",
		"coverage-info", "end",
	}
	for i, route := range routes {
		t.Run(route, func(t *testing.T) {
			server, scan, base := fakeserver.New(), newScanned(), t.TempDir()
			server.Spoil = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if server.Seen[fakeserver.ScanPath+route] == 0 {
					return false
				}
				hijack(t, w)
				return true
			}
			keeping := keepingIn(t, base, begin(t, server, hastily), nil)
			if err := scan.send(keeping); err != nil {
				t.Fatal(err)
			}
			if err := keeping.Finish(); err != nil {
				t.Fatal(err)
			}
			if keeping.Lost() == nil || keeping.Kept() == nil {
				t.Fatal("not kept")
			}
			if got := listFiles(t, keeping.Kept().Directory()); !slices.Equal(got, allMessages) {
				t.Errorf("got %v", got)
			}
			summary, err := os.ReadFile(filepath.Join(keeping.Kept().Directory(), "scan_summary.json"))
			if err != nil || !strings.Contains(string(summary), `"done"`) {
				t.Errorf("got %s %v", summary, err)
			}
			for artifact, sentAt := range map[wire.Artifact]string{
				scan.library: "file-system/collected-binaries", scan.code: "fileless/collected-binaries",
			} {
				_, err := os.Stat(filepath.Join(keeping.Kept().Root(), artifact.Folder(), artifact.SHA256+".sample"))
				delivered := i > slices.Index(routes, sentAt)
				if delivered != (server.Binaries[artifact.SHA256] != "") || delivered != errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s: delivered %v, sample %v", artifact.Layout, delivered, err)
				}
			}
		})
	}
}

func TestAScanIsKeptWhereTheServerWasNeverReached(t *testing.T) {
	base, scan := t.TempDir(), newScanned()
	keeping := keepingIn(t, base, nil, errors.New("connection refused"))
	if err := scan.send(keeping); err != nil {
		t.Fatal(err)
	}
	if got := listFiles(t, keeping.Kept().Root()); len(got) != len(allMessages)+2 {
		t.Errorf("got %v", got)
	}
}

func TestADirectoryThatCannotBeWrittenMattersOnlyWhereTheServerIsLost(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "missing", "base")
	server := fakeserver.New()
	if err := newScanned().send(keepingIn(t, blocked, begin(t, server), nil)); err != nil || server.Count(fakeserver.ScanPath+"end") != 1 {
		t.Errorf("got %v", err)
	}
	err := newScanned().send(keepingIn(t, blocked, nil, errors.New("connection refused")))
	if err == nil || !strings.Contains(err.Error(), "connection refused") || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v", err)
	}
}
