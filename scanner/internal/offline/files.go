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

	"genehound/scanner/internal/seal"
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
func writeAtomically(path string, to *seal.Recipient, fill func(io.Writer) error) error {
	p, err := openPart(path, to)
	if err != nil {
		return err
	}
	if err := fill(p.to); err != nil {
		p.abandon()
		return err
	}
	return p.finish()
}

// part is a file that does not have its name yet, and that is sealed on the way where there is a recipient.
type part struct {
	file     *os.File
	buffered *bufio.Writer
	sealer   io.WriteCloser // nil: not sealed
	to       io.Writer
	path     string
}

func openPart(path string, to *seal.Recipient) (*part, error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return nil, err
	}
	p := &part{file: file, buffered: bufio.NewWriterSize(file, 64<<10), path: path}
	p.to = p.buffered
	if to == nil {
		return p, nil
	}
	if p.sealer, err = seal.NewWriter(p.buffered, to); err != nil {
		p.abandon()
		return nil, err
	}
	p.to = p.sealer
	return p, nil
}

func (p *part) finish() error {
	var err error
	if p.sealer != nil {
		err = p.sealer.Close()
	}
	if err := errors.Join(err, p.buffered.Flush(), p.file.Sync(), p.file.Close()); err != nil {
		return errors.Join(err, os.Remove(p.file.Name()))
	}
	if err := os.Rename(p.file.Name(), p.path); err != nil {
		return errors.Join(err, os.Remove(p.file.Name()))
	}
	return syncDirectory(filepath.Dir(p.path))
}

// abandon drops what was written; the file never had its name.
func (p *part) abandon() {
	p.file.Close()
	os.Remove(p.file.Name())
}

// list is a JSON file of one array that grows item by item, so that it is never held in memory.
type list struct {
	*part
	items int
}

func openList(path, name string, to *seal.Recipient) (*list, error) {
	p, err := openPart(path, to)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(p.to, "{%q:[\n", name); err != nil {
		p.abandon()
		return nil, err
	}
	return &list{part: p}, nil
}

func (l *list) add(item any) error {
	if l.items > 0 {
		if _, err := io.WriteString(l.to, ","); err != nil {
			return err
		}
	}
	l.items++
	return wire.Encode(l.to, item)
}

func (l *list) close() error {
	if _, err := io.WriteString(l.to, "]}\n"); err != nil {
		l.abandon()
		return err
	}
	return l.finish()
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
