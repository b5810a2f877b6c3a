//go:build linux

// Package regular opens files that others name, and nothing else by their names: to open a device or a pipe may start
// something or wait for ever. A file is first held without being opened (O_PATH), looked at, and only where it is a
// regular one opened for reading, through what is held: what stands at the name by then does not matter.
package regular

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Err is that of names that lead to what is no regular file.
var Err = errors.New("not a regular file")

// maxLinks is how many symbolic links one name may lead through, as in the kernel.
const maxLinks = 40

// Open opens by a name of the kernel's own, such as /proc/PID/exe or one below map_files: its links are followed.
func Open(name string) (*os.File, error) {
	fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	return reopen(fd, name)
}

// OpenIn opens a name as a process with that root directory would see it: neither links nor dots lead out of it.
func OpenIn(root, name string) (*os.File, error) {
	fd, _, err := hold(root, name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	return reopen(fd, name)
}

// Find tells where a name leads within a root, as a name below it without links, and what stands there.
func Find(root, name string) (string, unix.Stat_t, error) {
	var stat unix.Stat_t
	fd, real, err := hold(root, name)
	if err != nil {
		return "", stat, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	defer unix.Close(fd)
	if err := unix.Fstat(fd, &stat); err != nil {
		return "", stat, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return real, stat, nil
}

// Directory opens a directory within a root for listing, and tells its name without links.
func Directory(root, name string) (*os.File, string, error) {
	fd, real, err := hold(root, name)
	if err != nil {
		return nil, "", &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	opened, err := unix.Openat(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, "", &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(opened), name), real, nil
}

// reopen opens what is held, where it is a regular file.
func reopen(fd int, name string) (*os.File, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, Err
	}
	opened, err := unix.Open("/proc/self/fd/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(opened), name), nil
}

// walk is one way through directories: those that are held, from the root to where it stands, with their names.
type walk struct {
	held  []int
	names []string
	links int
}

func (w *walk) close() {
	for _, fd := range w.held {
		unix.Close(fd)
	}
}

func (w *walk) top() int { return w.held[len(w.held)-1] }

func (w *walk) up() {
	if n := len(w.names); n > 0 {
		unix.Close(w.top())
		w.held, w.names = w.held[:n], w.names[:n-1]
	}
}

// hold walks part by part and follows links itself: older kernels have no call that keeps below a root. The last part
// is held, whatever it is.
func hold(root, name string) (fd int, real string, err error) {
	start, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, "", err
	}
	w := &walk{held: []int{start}}
	defer w.close()
	if err := w.follow(strings.Split(name, "/")); err != nil {
		return -1, "", err
	}
	fd, err = unix.FcntlInt(uintptr(w.top()), unix.F_DUPFD_CLOEXEC, 0)
	return fd, "/" + strings.Join(w.names, "/"), err
}

func (w *walk) follow(parts []string) error {
	for len(parts) > 0 {
		part := parts[0]
		parts = parts[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			w.up()
			continue
		}
		next, err := unix.Openat(w.top(), part, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		var stat unix.Stat_t
		err = unix.Fstat(next, &stat)
		if err != nil || stat.Mode&unix.S_IFMT != unix.S_IFLNK {
			w.held, w.names = append(w.held, next), append(w.names, part)
			if err != nil {
				return err
			}
			continue
		}
		target, err := w.link(next)
		if err != nil {
			return err
		}
		if strings.HasPrefix(target, "/") {
			for len(w.names) > 0 {
				w.up()
			}
		}
		if parts = append(strings.Split(target, "/"), parts...); len(parts) > maxParts {
			return unix.ENAMETOOLONG
		}
	}
	return nil
}

// maxParts bounds what links may add to a name, and so how many directories are held at a time.
const maxParts = 256

// link reads where a link leads, and lets it go.
func (w *walk) link(fd int) (string, error) {
	defer unix.Close(fd)
	if w.links++; w.links > maxLinks {
		return "", unix.ELOOP
	}
	target := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", target)
	if err == nil && n == 0 {
		err = unix.ENOENT
	}
	if err != nil {
		return "", err
	}
	return string(target[:n]), nil
}
