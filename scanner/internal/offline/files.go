package offline

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"genehound/scanner/internal/wire"
)

const (
	maxNameBytes = 64
	maxUnique    = 1000
)

// safeName keeps what is harmless in a file name on every system.
func safeName(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		default:
			return '-'
		}
	}, name)
	safe = strings.Trim(safe, ".")
	if len(safe) > maxNameBytes {
		safe = safe[:maxNameBytes]
	}
	if safe == "" {
		return "unknown"
	}
	return safe
}

// createUnique creates the directory, or one with a number behind its name where it is there already.
func createUnique(path string) (string, error) {
	for n := 1; n < maxUnique; n++ {
		candidate := path
		if n > 1 {
			candidate = fmt.Sprintf("%s-%d", path, n)
		}
		err := os.Mkdir(candidate, 0o700)
		if err == nil || !errors.Is(err, fs.ErrExist) {
			return candidate, err
		}
	}
	return "", fmt.Errorf("%s and %d numbered ones are there already", path, maxUnique)
}

// writeAtomically fills a new file beside path, syncs it and gives it its name; nothing is left of a failure.
func writeAtomically(path string, fill func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(file, 64<<10)
	if err := fill(buffered); err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return finish(file, buffered, path)
}

func finish(file *os.File, buffered *bufio.Writer, path string) error {
	if err := errors.Join(buffered.Flush(), file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncDirectory(filepath.Dir(path))
}

// list is a JSON file of one array that grows item by item, so that it is never held in memory.
type list struct {
	file     *os.File
	buffered *bufio.Writer
	path     string
	items    int
}

func openList(path, name string) (*list, error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return nil, err
	}
	opened := &list{file: file, buffered: bufio.NewWriterSize(file, 64<<10), path: path}
	if _, err := fmt.Fprintf(opened.buffered, "{%q:[\n", name); err != nil {
		opened.abandon()
		return nil, err
	}
	return opened, nil
}

func (l *list) add(item any) error {
	if l.items > 0 {
		if err := l.buffered.WriteByte(','); err != nil {
			return err
		}
	}
	l.items++
	return wire.Encode(l.buffered, item)
}

func (l *list) close() error {
	if _, err := l.buffered.WriteString("]}\n"); err != nil {
		l.abandon()
		return err
	}
	return finish(l.file, l.buffered, l.path)
}

// abandon drops what was written; the file never had its name.
func (l *list) abandon() {
	l.file.Close()
	os.Remove(l.file.Name())
}

// removeTree removes a folder that this package made: plain files and folders. Links in it are removed, not followed.
func removeTree(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	failures := []error{err}
	for _, entry := range entries {
		below := filepath.Join(path, entry.Name())
		if entry.IsDir() {
			failures = append(failures, removeTree(below))
		} else {
			failures = append(failures, os.Remove(below))
		}
	}
	return errors.Join(append(failures, os.Remove(path))...)
}
