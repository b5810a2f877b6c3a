//go:build linux

package linux

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"genehound/scanner/internal/os/linux/regular"
)

// A process that lives in a root of its own may put a pipe where the loader's configuration is looked for.
func TestPreloadDoesNotWaitForAPipe(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "ld.so.preload")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, _, err := readInRoot(root, "/ld.so.preload", 10)
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, regular.Err) {
			t.Errorf("a pipe was read: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it waits for a writer")
		if file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			file.Close() // lets it go
		}
	}
}

// A link in a process's own root leads within that root, as it does for the process.
func TestALinkStaysInTheProcessesRoot(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"etc/ld.so.preload": "/etc/hostname", "etc/other": "../../../../../../etc/passwd"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "etc/hostname"), []byte("/lib/own.so and more"), 0o600); err != nil {
		t.Fatal(err)
	}
	if content, cut, err := readInRoot(root, "/etc/ld.so.preload", 11); string(content) != "/lib/own.so" || !cut || err != nil {
		t.Errorf("got %q, %v, %v", content, cut, err)
	}
	if content, _, err := readInRoot(root, "/etc/other", 100); err == nil {
		t.Errorf("the machine's own file is read: %q", content)
	}
}
