//go:build windows

package windows

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/winapi"
)

// handle is one open process: the view of an inspection, one system call each.
type handle struct {
	system  *System
	process winapi.Handle
	pid     uint32
}

// openToRead opens a process for reading its memory; it asks for no right that could change anything.
func (s *System) openToRead(target *model.Target) (*handle, model.Reason, string) {
	if target.NotRead != "" {
		return nil, target.NotRead, target.Details
	}
	process, err := syscall.OpenProcess(winapi.ProcessQuery|winapi.ProcessVMRead, false, target.PID)
	if err != nil {
		return nil, reasonOf(err), "it cannot be opened for reading: " + err.Error()
	}
	h := &handle{system: s, process: process, pid: target.PID}
	if target.Birth != 0 && h.birth() != target.Birth {
		h.close()
		return nil, model.ReasonExited, "it ended, and its number is another process's by now"
	}
	return h, "", ""
}

func (h *handle) close() { syscall.CloseHandle(h.process) }

func (h *handle) birth() uint64 {
	var created, exited, kernel, user syscall.Filetime
	if syscall.GetProcessTimes(h.process, &created, &exited, &kernel, &user) != nil {
		return 0
	}
	return uint64(created.HighDateTime)<<32 | uint64(created.LowDateTime)
}

// exited tells that the process has ended: what was read of it then is not to be relied on.
func (h *handle) exited() bool { return winapi.Exited(h.process) }

func (h *handle) regions(visit func(region) error) error {
	var info winapi.MemoryInformation
	for at := uintptr(0); ; {
		err := winapi.Query(h.process, at, &info)
		if errors.Is(err, winapi.ErrorInvalidParameter) {
			return nil // above the highest address
		}
		if err != nil {
			return err
		}
		if err := visit(region{
			base: uint64(info.Base), size: uint64(info.Size), allocation: uint64(info.AllocationBase),
			state: info.State, protect: info.Protect, initial: info.AllocationProtect, kind: info.Type,
		}); err != nil {
			return err
		}
		next := info.Base + info.Size
		if next <= at {
			return nil
		}
		at = next
	}
}

func (h *handle) mappedName(address uint64) (string, error) {
	name, err := winapi.MappedFileName(h.process, address)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoFile, err)
	}
	return name, nil
}

func (h *handle) imagePath() (string, error) { return winapi.ImageFileName(h.process) }

func (h *handle) read(address uint64, b []byte) int {
	// A failure tells itself by the count: a page in the middle may be gone.
	n := winapi.Read(h.process, address, b)
	if n > 0 || len(b) <= pageSize {
		return n
	}
	// The call reads nothing where the whole cannot be read: go on page by page.
	for n < len(b) {
		part := b[n:min(len(b), n+pageSize-int((address+uint64(n))%pageSize))]
		m := winapi.Read(h.process, address+uint64(n), part)
		n += m
		if m < len(part) {
			break
		}
	}
	return n
}

func (h *handle) workingSet(address uint64, count int) ([]uint64, error) {
	entries := make([]winapi.WorkingSetEntry, count)
	for k := range entries {
		entries[k].Address = uintptr(address) + uintptr(k)*pageSize
	}
	if err := winapi.QueryWorkingSet(h.process, entries); err != nil {
		return nil, err
	}
	attributes := make([]uint64, count)
	for k := range entries {
		attributes[k] = uint64(entries[k].Attributes)
	}
	return attributes, nil
}

func (h *handle) peb() (wide, narrow uint64, err error) { return winapi.Blocks(h.process) }

func (h *handle) pathOf(name string) string { return h.system.devices.path(name) }

func (h *handle) open(path string) (imageFile, error) { return openShared(path) }

// diskFile is a file that was opened so that nobody is kept from anything meanwhile.
type diskFile struct{ *os.File }

func (f diskFile) identity() (fileIdentity, error) {
	id, info, err := identify(f.File)
	if err != nil {
		return fileIdentity{}, err
	}
	return fileIdentity{id, filetime(info.LastAccessTime), filetime(info.CreationTime), filetime(info.LastWriteTime)}, nil
}

// openShared opens a file on one of this machine's own volumes for reading; others may still write, rename and delete it.
func openShared(path string) (diskFile, error) {
	plain, err := onOwnVolume(path)
	if err != nil {
		return diskFile{}, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	opened, err := winapi.OpenShared(longPath(plain))
	if errors.Is(err, winapi.ErrorDeletePending) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return diskFile{}, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	if err := isOrdinary(opened); err != nil {
		syscall.CloseHandle(opened)
		return diskFile{}, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return diskFile{os.NewFile(uintptr(opened), path)}, nil
}

// longPath lifts the bound of 260 characters.
func longPath(path string) string {
	if len(path) >= 3 && path[1] == ':' && path[2] == '\\' {
		return `\\?\` + path
	}
	return path
}

// deviceTable turns the kernel's names of files into those that programs use.
type deviceTable struct{ drives map[string]string } // device -> drive letter with colon

func newDeviceTable() deviceTable {
	t := deviceTable{map[string]string{}}
	for letter := 'A'; letter <= 'Z'; letter++ {
		drive := string(letter) + ":"
		if device := winapi.Device(drive); device != "" {
			t.drives[strings.ToLower(device)] = drive
		}
	}
	return t
}

func (t *deviceTable) path(name string) string { return dosPath(name, t.drives) }
