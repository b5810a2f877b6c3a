package lock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Lock is held until Release or the end of the process.
type Lock struct{ file *os.File }

// Acquire takes the lock without waiting, by a file in the given directory, or where it is empty in one that other
// users cannot write to. Two scanners exclude each other where they see the same processes: the file's name holds the
// id of the PID namespace, so that containers that share a directory do not block each other. The kernel drops the
// lock when the process ends, however it ends.
func Acquire(in string) (*Lock, error) {
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		namespace = "pid"
	}
	namespace = strings.NewReplacer(":", "-", "[", "", "]", "").Replace(namespace)
	if in == "" {
		in = directory()
	}
	return acquireIn(in, fmt.Sprintf("genehound-scanner-%s.lock", namespace))
}

// directory is one that other users cannot write to where there is one.
func directory() string {
	candidates := []string{os.Getenv("XDG_RUNTIME_DIR")}
	if os.Geteuid() == 0 {
		candidates = []string{"/run", "/var/run"}
	}
	for _, candidate := range candidates {
		if info, err := os.Stat(candidate); candidate != "" && err == nil && info.IsDir() && unix.Access(candidate, unix.W_OK) == nil {
			return candidate
		}
	}
	return os.TempDir()
}

func acquireIn(directory, name string) (*Lock, error) {
	if directory == os.TempDir() {
		// Users must not block each other there.
		name = fmt.Sprintf("%d-%s", os.Geteuid(), name)
	}
	path := filepath.Join(directory, name)
	for attempt := 0; attempt < 16; attempt++ {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return nil, fmt.Errorf("cannot lock against a second scanner: %w", err)
		}
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil && isStillAt(file, path) {
			return &Lock{file}, nil
		}
		file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrBusy
		}
		if err != nil {
			return nil, fmt.Errorf("cannot lock against a second scanner: %w", err)
		}
		// The holder removed the file between our opening and locking it.
	}
	return nil, ErrBusy
}

func isStillAt(file *os.File, path string) bool {
	held, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(path)
	return err == nil && os.SameFile(held, there)
}

// Release removes the file and lets the next scanner run.
func (l *Lock) Release() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}
