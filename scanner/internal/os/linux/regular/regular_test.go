//go:build linux

package regular

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func lay(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, directory := range []string{"etc", "usr/bin", "a/b/c"} {
		if err := os.MkdirAll(filepath.Join(root, directory), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "usr/bin/tool"), []byte("inside"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"bin": "usr/bin", "absolute": "/usr/bin/tool", "out": "../../../../../../../../etc/passwd", "a/b/up": "../../usr/bin/tool",
		"loop": "loop", "chain": "absolute", "dangling": "/nowhere", "null": "/dev/null", "a/self": "/a/self/self/self",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestNamesAreSeenFromTheirOwnRoot(t *testing.T) {
	root := lay(t)
	for _, name := range []string{"/usr/bin/tool", "/bin/tool", "/absolute", "/chain", "/a/b/up", "/a/b/../../bin/./tool", "/../../bin/tool"} {
		file, err := OpenIn(root, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		content, _ := io.ReadAll(file)
		file.Close()
		if string(content) != "inside" {
			t.Errorf("%s: got %q", name, content)
		}
		if real, stat, err := Find(root, name); err != nil || real != "/usr/bin/tool" || stat.Size != 6 {
			t.Errorf("%s: got %q, %d, %v", name, real, stat.Size, err)
		}
	}
	for name, want := range map[string]error{
		"/out": fs.ErrNotExist, "/dangling": fs.ErrNotExist, "/loop": unix.ELOOP, "/a/self": unix.ELOOP, "/etc": Err, "/pipe": Err,
	} {
		file, err := OpenIn(root, name)
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v", name, err)
		}
		if err == nil {
			file.Close()
		}
	}
}

// What a name leads to is never opened unless it is a file: a pipe's writer would see it, and a device might act.
func TestAPipeIsNotOpened(t *testing.T) {
	root := lay(t)
	writer := make(chan error, 1)
	stop := time.Now().Add(300 * time.Millisecond)
	go func() {
		for time.Now().Before(stop) {
			// Succeeds only while somebody has it open for reading.
			fd, err := unix.Open(filepath.Join(root, "pipe"), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
			if err == nil {
				unix.Close(fd)
				writer <- errors.New("the pipe had a reader")
				return
			}
		}
		writer <- nil
	}()
	for time.Now().Before(stop) {
		if _, err := Open(filepath.Join(root, "pipe")); !errors.Is(err, Err) {
			t.Fatal(err)
		}
		if _, err := OpenIn(root, "/pipe"); !errors.Is(err, Err) {
			t.Fatal(err)
		}
	}
	if err := <-writer; err != nil {
		t.Error(err)
	}
}

func TestNothingStaysOpen(t *testing.T) {
	root := lay(t)
	count := func() int {
		names, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	before := count()
	for i := 0; i < 50; i++ {
		for _, name := range []string{"/chain", "/loop", "/pipe", "/out", "/etc", "/a/b/up"} {
			if file, err := OpenIn(root, name); err == nil {
				file.Close()
			}
		}
		if directory, _, err := Directory(root, "/bin"); err == nil {
			directory.Close()
		}
		Find(root, "/a/self")
	}
	if after := count(); after > before {
		t.Errorf("%d files were open before, %d are now", before, after)
	}
}

func FuzzNames(f *testing.F) {
	for _, seed := range []string{"/a/b/up", "../..", "/chain/x", "//", "a/self/../../../..", "\x00"} {
		f.Add(seed)
	}
	root := f.TempDir()
	if err := os.Symlink("../../..", filepath.Join(root, "up")); err != nil {
		f.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, "d"), 0o755); err != nil {
		f.Fatal(err)
	}
	inside := map[uint64]bool{}
	for _, name := range []string{"", "d"} {
		var stat unix.Stat_t
		if err := unix.Stat(filepath.Join(root, name), &stat); err != nil {
			f.Fatal(err)
		}
		inside[stat.Ino] = true
	}
	f.Fuzz(func(t *testing.T, name string) {
		if _, stat, err := Find(root, name); err == nil && !inside[stat.Ino] {
			t.Errorf("%q leads out", name)
		}
	})
}
