package offline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/seal"
	"genehound/scanner/internal/wire"
)

func newWriter(t *testing.T, change ...func(*Options)) *Writer {
	t.Helper()
	options := Options{
		Root: filepath.Join(t.TempDir(), "out"), Computer: "web 1/../ü", Start: time.Unix(1_700_000_000, 0),
		ScannerInfo: wire.ScannerInfo{StartTime: 1_700_000_000},
	}
	for _, one := range change {
		one(&options)
	}
	w, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func read(t *testing.T, w *Writer, name string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.Directory(), name))
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return value
}

func offer(data []byte) (model.FileInfo, func() (io.ReadCloser, error)) {
	digest := sha256.Sum256(data)
	info := model.FileInfo{FilePath: "/lib/x.so", SHA256: hex.EncodeToString(digest[:]), Size: uint64(len(data)), IsImage: true}
	return info, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

func TestNamesAreHarmlessAndScansDoNotCollide(t *testing.T) {
	w := newWriter(t)
	if got := filepath.Base(w.Directory()); got != "scan_web-1-..--_20231114T221320Z" {
		t.Errorf("got %q", got)
	}
	again := newWriter(t, func(o *Options) { o.Root = w.Root() })
	if again.Directory() == w.Directory() {
		t.Error("two scans in one directory")
	}
	for _, path := range []string{w.Root(), w.Directory()} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
	}
}

func TestAScanIsInterruptedUntilItsEndComes(t *testing.T) {
	w := newWriter(t)
	if got := read(t, w, "scan_summary.json")["reason"]; got != "interrupted" {
		t.Errorf("got %v", got)
	}
	if err := wire.NewSink(w).End(model.End{Reason: model.EndDone, EndTime: 7}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, w, "scan_summary.json"); got["reason"] != "done" || got["end_time"] != 7.0 {
		t.Errorf("got %v", got)
	}
}

func TestModulesGrowIntoOneFileAndOtherListsAreNumbered(t *testing.T) {
	w := newWriter(t)
	sink := wire.NewSink(w)
	path := "/lib/x.so"
	for pid := uint32(1); pid <= 3; pid++ {
		err := sink.LoadedModules([]model.ProcessModules{{PID: pid, Modules: []model.LoadedModule{{BaseAddress: 1<<64 - 4096, FilePath: &path}}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := 0; n < 2; n++ {
		if _, err := sink.Files([]model.FileInfo{{FilePath: "/etc/x", SHA256: strings.Repeat("0", 64)}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, w, "all_loaded_modules_info.json")["processes"].([]any); len(got) != 3 {
		t.Errorf("got %v", got)
	}
	text, _ := os.ReadFile(filepath.Join(w.Directory(), "all_loaded_modules_info.json"))
	if !bytes.Contains(text, []byte("18446744073709547520")) {
		t.Error("an address lost digits")
	}
	read(t, w, "files_info_1.json")
	read(t, w, "files_info_2.json")
}

func TestSamplesAreSharedBetweenScans(t *testing.T) {
	w := newWriter(t)
	info, open := offer([]byte("\x7fELF of a library"))
	wanted, err := wire.NewSink(w).Files([]model.FileInfo{info, info})
	if err != nil || len(wanted) != 1 {
		t.Fatalf("got %v %v", wanted, err)
	}
	if err := wire.NewSink(w).Binary(model.LayoutFile, info.SHA256, open); err != nil {
		t.Fatal(err)
	}
	again := newWriter(t, func(o *Options) { o.Root = w.Root() })
	if wanted, err := wire.NewSink(again).Files([]model.FileInfo{info}); err != nil || len(wanted) != 0 {
		t.Errorf("got %v %v", wanted, err)
	}
	if _, err := os.Stat(filepath.Join(w.Root(), "files", info.SHA256+".sample")); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNoImageOrNoHashIsNeverWanted(t *testing.T) {
	wanted, err := wire.NewSink(newWriter(t)).Files([]model.FileInfo{
		{FilePath: "/root/secret.txt", SHA256: strings.Repeat("a", 64)},
		{FilePath: "/lib/x.so", SHA256: "../../" + strings.Repeat("a", 58), IsImage: true},
	})
	if err != nil || len(wanted) != 0 {
		t.Errorf("got %v %v", wanted, err)
	}
}

func TestWhatCannotBeKeptIsAProblemAndLeavesNoSample(t *testing.T) {
	info, open := offer([]byte("\x7fELF"))
	full := func(string) (uint64, error) { return reserve - 1, nil }
	gone := func() (io.ReadCloser, error) { return nil, os.ErrNotExist }
	changed := func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("other bytes"), iotest.ErrReader(model.ErrChanged))), nil
	}
	breaks := func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errors.New("I/O error")))), nil
	}
	for name, tt := range map[string]struct {
		free func(string) (uint64, error)
		open func() (io.ReadCloser, error)
		code model.Reason
	}{
		"disk full": {full, open, model.ReasonLimit}, "gone": {nil, gone, model.ReasonExited},
		"changed": {nil, changed, model.ReasonIOError}, "breaks": {nil, breaks, model.ReasonIOError},
	} {
		w := newWriter(t, func(o *Options) { o.FreeBytes = tt.free })
		sink := wire.NewSink(w)
		if _, err := sink.Files([]model.FileInfo{info}); err != nil {
			t.Fatal(err)
		}
		if err := sink.Binary(model.LayoutFile, info.SHA256, tt.open); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(w.Problems()) != 1 || w.Problems()[0].Code != tt.code {
			t.Errorf("%s: got %v", name, w.Problems())
		}
		if left, _ := os.ReadDir(filepath.Join(w.Root(), "files")); len(left) != 0 {
			t.Errorf("%s: left %v", name, left)
		}
		if err := sink.Coverage(model.Coverage{Complete: true}); err != nil {
			t.Fatal(err)
		}
		coverage := read(t, w, "coverage_info.json")["coverage_info"].(map[string]any)
		if coverage["complete"] != !tt.code.Incomplete() || len(coverage["problems"].([]any)) != 1 {
			t.Errorf("%s: got %v", name, coverage)
		}
	}
}

func TestDiscardRemovesWhatWasMadeAndNothingElse(t *testing.T) {
	base := t.TempDir()
	own := newWriter(t, func(o *Options) { o.Root, o.Base = "", base })
	if err := own.Discard(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(base); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	given := filepath.Join(base, "given")
	if err := os.MkdirAll(filepath.Join(given, "files"), 0o700); err != nil {
		t.Fatal(err)
	}
	w := newWriter(t, func(o *Options) { o.Root = given })
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(given, "files")); err != nil {
		t.Error("removed a directory that was there before")
	}
}

func TestARootThatCannotBeWrittenIsAClearError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Root: file}); err == nil || !strings.Contains(err.Error(), "offline directory") {
		t.Errorf("got %v", err)
	}
}

// Nothing of a sealed scan can be read on this machine: neither what was found nor whose it is.
func TestASealedScanShowsNothing(t *testing.T) {
	to, err := seal.ParseRecipient("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj")
	if err != nil {
		t.Fatal(err)
	}
	w := newWriter(t, func(o *Options) { o.SealTo, o.Computer = to, "SECRET-HOST" })
	sink := wire.NewSink(w)
	info, open := offer([]byte("\x7fELF SECRET code"))
	info.FilePath = "/SECRET/path"
	wanted, err := sink.Files([]model.FileInfo{info})
	if err != nil || len(wanted) != 1 {
		t.Fatal(wanted, err)
	}
	path := "/SECRET/module"
	modules := []model.ProcessModules{{PID: 1, Modules: []model.LoadedModule{{FilePath: &path}}}}
	if err := errors.Join(sink.LoadedModules(modules), sink.LoadedModules(modules), sink.Binary(model.LayoutFile, wanted[0], open),
		sink.End(model.End{Reason: model.EndDone})); err != nil {
		t.Fatal(err)
	}
	files := 0
	if err := filepath.WalkDir(w.Root(), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if strings.Contains(path, "SECRET") || bytes.Contains(text, []byte("SECRET")) || !strings.HasPrefix(string(text), "age-encryption.org/v1\n") || filepath.Ext(path) != seal.Extension {
			t.Errorf("%s shows something", path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if files < 5 {
		t.Errorf("%d files", files)
	}
	if wanted, err := wire.NewSink(newWriter(t, func(o *Options) { o.SealTo, o.Root = to, w.Root() })).Files([]model.FileInfo{info}); err != nil || len(wanted) != 0 {
		t.Errorf("what the root holds is wanted again: %v, %v", wanted, err)
	}
}
