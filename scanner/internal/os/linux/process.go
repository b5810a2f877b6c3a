//go:build linux

package linux

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/regular"
)

// proc is where the process file system is mounted.
const proc = "/proc"

func procPath(pid uint32, name string) string {
	return proc + "/" + strconv.FormatUint(uint64(pid), 10) + "/" + name
}

// readBounded reads a file of the process file system up to limit bytes; more is cut off, and said.
func readBounded(name string, limit int) (content []byte, cut bool, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	content, err = io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if len(content) > limit {
		return content[:limit], true, err
	}
	return content, false, err
}

// reasonOf translates an error of the process file system.
func reasonOf(err error) model.Reason {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
		return model.ReasonExited
	case errors.Is(err, fs.ErrPermission):
		return model.ReasonNoPrivileges
	case errors.Is(err, errTooManyMappings):
		return model.ReasonLimit
	default:
		return model.ReasonIOError
	}
}

// describe says what failed without paths of the process's own choosing.
func describe(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Op + ": " + pathError.Err.Error()
	}
	return err.Error()
}

func readStat(pid uint32) (Stat, error) {
	content, _, err := readBounded(procPath(pid, "stat"), 4096)
	if err != nil {
		return Stat{}, err
	}
	return ParseStat(content)
}

func readStatus(pid uint32) (Status, error) {
	content, _, err := readBounded(procPath(pid, "status"), 16<<10)
	if err != nil {
		return Status{}, err
	}
	return ParseStatus(content)
}

// sameProcess tells whether the pid still belongs to the target; a new process may have taken the number.
func sameProcess(target *model.Target) bool {
	stat, err := readStat(target.PID)
	return err == nil && stat.StartTicks == target.Birth
}

func isZombie(pid uint32) bool {
	stat, err := readStat(pid)
	return err == nil && (stat.State == 'Z' || stat.State == 'X')
}

// mapFile is the kernel's own way to a mapped file: it works in any mount namespace, for deleted files and memfds.
func mapFile(pid uint32, start, end uint64) string {
	return procPath(pid, fmt.Sprintf("map_files/%x-%x", start, end))
}

// openMapping opens the file behind a mapping for reading. Without the capability for map_files it goes through the
// process's root, and takes the file only if it is the mapped one.
func openMapping(pid uint32, m *Mapping) (*os.File, error) {
	if isDevice(m) {
		return nil, errDevice
	}
	file, err := regular.Open(mapFile(pid, m.Start, m.End))
	if err == nil || !errors.Is(err, fs.ErrPermission) {
		return file, err
	}
	candidates := []func() (*os.File, error){func() (*os.File, error) { return regular.Open(procPath(pid, "exe")) }}
	if !m.Deleted && strings.HasPrefix(m.Path, "/") {
		candidates = append(candidates, func() (*os.File, error) { return openInRoot(pid, m.Path) })
	}
	for _, open := range candidates {
		file, openError := open()
		if openError != nil {
			if errors.Is(openError, fs.ErrPermission) {
				err = openError
			}
			continue
		}
		if info, statError := file.Stat(); statError == nil && sameFile(info, m) {
			return file, nil
		}
		file.Close()
	}
	return nil, err
}

// openInRoot opens a file as the process sees it, who may have chosen what is there.
func openInRoot(pid uint32, name string) (*os.File, error) {
	return regular.OpenIn(procPath(pid, "root"), name)
}

var errDevice = errors.New("a device is mapped")

// isDevice recognises mappings whose reading could touch hardware (detection: sound devices hang).
func isDevice(m *Mapping) bool {
	return strings.HasPrefix(m.Path, "/dev/") && !(m.Deleted && m.Path == "/dev/zero") &&
		!strings.HasPrefix(m.Path, "/dev/shm/")
}

// sameFile compares inode, and device where the map shows it as stat does (btrfs and overlays do not).
func sameFile(info fs.FileInfo, m *Mapping) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Ino == m.Inode
}

// fileIDOf identifies a file's content by what changes with it.
func fileIDOf(info fs.FileInfo) (model.FileID, *syscall.Stat_t, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return model.FileID{}, nil, false
	}
	return model.FileID{
		Device: uint64(stat.Dev), Inode: stat.Ino, Size: uint64(max(stat.Size, 0)), Modified: stat.Mtim.Nano(),
	}, stat, true
}

// filetime is in units of 100 ns since 1601.
func filetime(nanoseconds int64) uint64 {
	const epoch = 116_444_736_000_000_000
	return uint64(epoch + nanoseconds/100)
}
