package windows

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/detect/pe/petest"
	"genehound/scanner/internal/model"
)

func TestLocalPaths(t *testing.T) {
	for path, want := range map[string]string{
		`C:\a\b.exe`: `C:\a\b.exe`, `c:/a/./x/../b.exe`: `c:\a\b.exe`, `\??\C:\a`: `C:\a`, `\\?\C:\a`: `C:\a`, `C:\..\..\a`: `C:\a`, `\\.\C:\a`: `C:\a`,
		`\\?\GLOBALROOT\Device\HarddiskVolume3\a`: `\\?\GLOBALROOT\Device\HarddiskVolume3\a`, `C:\a..b`: `C:\a..b`, `C:\a\.b`: `C:\a\.b`,
	} {
		if got, err := localPath(path); got != want || err != nil {
			t.Errorf("%s: got %s, %v", path, got, err)
		}
	}
	for path, want := range map[string]error{
		`\\server\share\a`: errNetworkPath, `//server/share/a`: errNetworkPath, `\??\UNC\server\a`: errNetworkPath, `\\?\unc\server\a`: errNetworkPath,
		`\Device\Mup\server\a`: errNetworkPath, `\\.\pipe\a`: errDevicePath, `\\?\GLOBALROOT\Device\Mup\server\a`: errDevicePath,
		`\\.\PhysicalDrive0`: errDevicePath, `\??\Volume{1}\a`: errDevicePath, `a`: errDevicePath, ``: errDevicePath, `C:a`: errDevicePath, `1:\a`: errDevicePath,
		`\\?\GLOBALROOT\Device\HarddiskVolume3\..\Mup\server\a`: errDevicePath, `\\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy1\a`: errDevicePath,
	} {
		if got, err := localPath(path); !errors.Is(err, want) {
			t.Errorf("%s: got %s, %v", path, got, err)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	f.Add(`\\?\C:\a\..\b`)
	f.Add(`//x/y`)
	f.Fuzz(func(t *testing.T, path string) {
		plain, err := localPath(path)
		if err == nil && !isDrivePath(plain) && !strings.HasPrefix(plain, volumeRoot) {
			t.Errorf("%q became %q", path, plain)
		}
		for _, part := range strings.Split(plain, `\`) {
			if err == nil && part == ".." {
				t.Errorf("%q became %q", path, plain)
			}
		}
	})
}

func messages(problems []model.Problem) string {
	var lines []string
	for _, one := range problems {
		lines = append(lines, fmt.Sprintf("%s %s: %s", one.Code, one.Path, one.Message))
	}
	return strings.Join(lines, "\n")
}

// TestAutorunsElsewhereAreReportedAndNotOpened: fakeDisk panics where it is asked for a file on another machine.
func TestAutorunsElsewhereAreReportedAndNotOpened(t *testing.T) {
	key := `HKLM\` + windowsKey + `Run`
	found := readAutoruns(context.Background(), fakeRegistry{key: {
		text("a", `\\server\share\tool one.exe -x`), text("b", `rundll32.exe \\server\share\lib.dll,Start`), text("c", `"//server/quoted.exe" x`),
		text("d", `\??\UNC\server\e.exe`), text("e", `%SystemRoot%\System32\userinit.exe`), text("f", `\\server\share\tool again`), text("g", `\\.\pipe\x`),
		text("h", `"%1" %*`), text("k", `C:\Windows\System32\userinit.exe \\.\pipe\y /s https://x.example`), text("i", `autocheck autochk *`), text("j", `C:\no?.exe <x> "`),
	}}, files)
	if len(found.list) != 11 {
		t.Fatalf("got %d", len(found.list))
	}
	problems := found.finish()
	got := messages(problems)
	for _, path := range []string{`\\server\share\tool`, `\\server\share\lib.dll`, `//server/quoted.exe`, `\??\UNC\server\e.exe`} {
		if !strings.Contains(got, "unsupported "+path+": a file that starts by itself cannot be read: not opened: network path") {
			t.Errorf("%s is missing in\n%s", path, got)
		}
	}
	if !strings.Contains(got, `\\.\pipe\x: a file that starts by itself cannot be read: not opened: it is no path on a drive`) {
		t.Errorf("a device is missing in\n%s", got)
	}
	if len(problems) != 5 {
		t.Errorf("got %d problems:\n%s", len(problems), got)
	}
}

// TestANameInAProcessLeadsNowhere: what a process writes into its loader's list is not opened on other machines.
func TestANameInAProcessLeadsNowhere(t *testing.T) {
	for _, name := range []string{`\\server\share\lib2.dll`, `\\.\pipe\lib2.dll`, `\\?\GLOBALROOT\Device\Mup\s\lib2.dll`} {
		p := newProcess(t)
		p.block = blockBase + 0x1_0000
		block := environmentBytes(libraryBase, name)
		for at := 0; at+8 <= len(block); at += 8 {
			if value := wordAt(block[at:]); value >= blockBase && value < blockBase+pageSize {
				putWord(block[at:], value+0x1_0000)
			}
		}
		p.add(p.block, p.block, memPrivate, pageReadwrite, block)
		p.elsewhere = func(path string) { t.Errorf("%s was opened", path) }
		report, _ := inspectFake(t, p)
		if kinds(report)[model.FindingUnlinked] != 1 {
			t.Errorf("%s: got %+v", name, report.Findings)
		}
	}
}

// endless is a registry in which every key has keys below it and values.
type endless struct{ cancel func() }

func (e endless) values(path string) ([]registryValue, error) {
	e.cancel()
	return []registryValue{text("a", `C:\x.exe`)}, errMoreEntries
}

func (e endless) keys(string) ([]string, error) { return make([]string, maxEntries), errLongValue }

func TestAutorunsEndWithTheirTime(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	started := time.Now()
	found := readAutoruns(ctx, endless{cancel}, files)
	got := messages(found.finish())
	if time.Since(started) > 5*time.Second || len(found.list) > 1 {
		t.Errorf("%v, %d", time.Since(started), len(found.list))
	}
	for _, want := range []string{"timeout : the time for reading what starts by itself was over", "more entries than are read", "a value longer than is read"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// taskDisk has folders of tasks without end.
type taskDisk struct {
	fakeDisk
	files, folders []string
	content        []byte
}

func (d taskDisk) list(folder string) (files, folders []string, err error) {
	if strings.Count(folder, `\`) > 4 {
		return d.files, nil, fs.ErrPermission
	}
	return d.files, d.folders, nil
}

func (d taskDisk) read(string, int64) ([]byte, error) { return d.content, nil }

func TestTasksBeyondTheLimitsAreReported(t *testing.T) {
	for name, one := range map[string]struct {
		disk  taskDisk
		tasks int
		want  string
	}{
		"tasks":   {taskDisk{files: make([]string, maxTasks+7), content: []byte(definition)}, maxTasks, "limit C:\\T: 7 scheduled tasks above the limit not listed"},
		"folders": {taskDisk{folders: make([]string, 2*maxTaskFolders)}, 0, "more folders of scheduled tasks than are read"},
		"denied":  {taskDisk{folders: []string{"a"}}, 0, "no_privileges"},
		"length":  {taskDisk{files: []string{"a"}, content: make([]byte, maxTaskFile+1)}, 0, "longer than is read"},
		"other":   {taskDisk{files: make([]string, 2*maxTroubles), content: []byte("x")}, 0, "200 more things"},
	} {
		a := newAutoruns(context.Background(), machine, one.disk)
		tasks := a.readTasks(`C:\T`)
		if got := messages(a.finish()); len(tasks) != one.tasks || !strings.Contains(got, one.want) {
			t.Errorf("%s: %d tasks\n%.600s", name, len(tasks), got)
		}
	}
}

// TestAnImageOnAnotherMachineIsCollectedFromMemory: its file is not opened, and its code is judged nevertheless.
func TestAnImageOnAnotherMachineIsCollectedFromMemory(t *testing.T) {
	p := newProcess(t)
	const base = libraryBase + 0x100_0000
	load(p, library(), base, `C:\far.dll`)
	p.names[base] = `\Device\Mup\server\share\far.dll`
	p.elsewhere = func(path string) { t.Errorf("%s was opened", path) }
	report, recorder := inspectFake(t, p)
	if len(report.Findings) != 0 {
		t.Errorf("got %+v", report.Findings)
	}
	var region *model.Region
	for k := range report.Regions {
		if report.Regions[k].BaseAddress == base {
			region = &report.Regions[k]
		}
	}
	if region == nil || len(recorder.kept[region.SHA256]) != petest.Size || region.Path != `\\server\share\far.dll` {
		t.Fatalf("got %+v", report.Regions)
	}
	if code := recorder.kept[region.SHA256][petest.Text:]; !strings.Contains(string(code), string(compiledCode(32))) {
		t.Error("the code is not in the artifact")
	}
	for _, check := range report.Checks {
		if check.Check == model.CheckModifiedCode && (check.State != model.StatePartial || !strings.Contains(check.Details, "network path")) {
			t.Errorf("got %+v", check)
		}
	}
}

// TestAnImageWithoutANameIsCollected: the kernel may not tell what file it is of; its code is judged nevertheless.
func TestAnImageWithoutANameIsCollected(t *testing.T) {
	p := newProcess(t)
	const base = libraryBase + 0x100_0000
	load(p, library(), base, `C:\nameless.dll`)
	delete(p.names, base)
	report, recorder := inspectFake(t, p)
	region := regionAt(report, base)
	if region == nil || len(recorder.kept[region.SHA256]) != petest.Size || len(report.Differences) != 0 || len(report.Findings) != 0 {
		t.Errorf("got %+v, %+v, %+v", region, report.Differences, report.Findings)
	}
}
