//go:build linux

package linux

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A process that lives in a root of its own may put a pipe where the loader's configuration is looked for.
func TestPreloadDoesNotWaitForAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ld.so.preload")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := readRegular(path, 10)
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, errNotRegular) {
			t.Errorf("a pipe was read: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it waits for a writer")
		if file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			file.Close() // lets it go
		}
	}
}
