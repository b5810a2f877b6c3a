//go:build windows

package windows

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"

	"genehound/scanner/internal/model"
)

// handle is one open process: the view of an inspection, one system call each.
type handle struct {
	system  *System
	process windows.Handle
	pid     uint32
}

var (
	ntdll                    = windows.NewLazySystemDLL("ntdll.dll")
	getMappedFileName        = kernel32.NewProc("K32GetMappedFileNameW")
	getProcessImageFileName  = kernel32.NewProc("K32GetProcessImageFileNameW")
	getThreadContext         = kernel32.NewProc("GetThreadContext")
	ntQueryInformationThread = ntdll.NewProc("NtQueryInformationThread")
)

const (
	errorInvalidParameter = windows.ERROR_INVALID_PARAMETER
	errorDeletePending    = windows.Errno(303)
	classProtection       = windows.ProcessProtectionInformation
	classWow64            = windows.ProcessWow64Information
	stillActive           = 259
)

// openToRead opens a process for reading its memory; it asks for no right that could change anything.
func (s *System) openToRead(target *model.Target) (*handle, model.Reason, string) {
	if target.NotRead != "" {
		return nil, target.NotRead, target.Details
	}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_INFORMATION|windows.PROCESS_VM_READ, false, target.PID)
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

func (h *handle) close() { windows.CloseHandle(h.process) }

func (h *handle) birth() uint64 {
	var created, exited, kernel, user windows.Filetime
	if windows.GetProcessTimes(h.process, &created, &exited, &kernel, &user) != nil {
		return 0
	}
	return uint64(created.HighDateTime)<<32 | uint64(created.LowDateTime)
}

// exited tells that the process has ended: what was read of it then is not to be relied on.
func (h *handle) exited() bool {
	var code uint32
	return windows.GetExitCodeProcess(h.process, &code) != nil || code != stillActive
}

func (h *handle) regions(visit func(region) error) error {
	var info windows.MemoryBasicInformation
	for at := uintptr(0); ; {
		err := windows.VirtualQueryEx(h.process, at, &info, unsafe.Sizeof(info))
		if errors.Is(err, errorInvalidParameter) {
			return nil // above the highest address
		}
		if err != nil {
			return err
		}
		if err := visit(region{
			base: uint64(info.BaseAddress), size: uint64(info.RegionSize), allocation: uint64(info.AllocationBase),
			state: info.State, protect: info.Protect, kind: info.Type,
		}); err != nil {
			return err
		}
		next := info.BaseAddress + info.RegionSize
		if next <= at {
			return nil
		}
		at = next
	}
}

func (h *handle) mappedName(address uint64) (string, error) {
	buffer := make([]uint16, model.MaxPath)
	n, _, err := getMappedFileName.Call(uintptr(h.process), uintptr(address), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	if n == 0 {
		return "", fmt.Errorf("%w: %w", errNoFile, err)
	}
	return windows.UTF16ToString(buffer[:n]), nil
}

func (h *handle) imagePath() (string, error) {
	buffer := make([]uint16, model.MaxPath)
	n, _, err := getProcessImageFileName.Call(uintptr(h.process), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	if n == 0 {
		return "", err
	}
	return windows.UTF16ToString(buffer[:n]), nil
}

func (h *handle) read(address uint64, b []byte) int {
	if len(b) == 0 {
		return 0
	}
	var n uintptr
	// A failure tells itself by the count: a page in the middle may be gone.
	_ = windows.ReadProcessMemory(h.process, uintptr(address), &b[0], uintptr(len(b)), &n)
	if n == 0 && len(b) > pageSize {
		// The call reads nothing where the whole cannot be read: go on page by page.
		for int(n) < len(b) {
			part := b[n:min(len(b), int(n)+pageSize-int((address+uint64(n))%pageSize))]
			var m uintptr
			if windows.ReadProcessMemory(h.process, uintptr(address)+n, &part[0], uintptr(len(part)), &m) != nil || m == 0 {
				break
			}
			n += m
		}
	}
	return int(n)
}

func (h *handle) workingSet(address uint64, count int) ([]uint64, error) {
	type entry struct{ address, attributes uintptr }
	entries := make([]entry, count)
	for k := range entries {
		entries[k].address = uintptr(address) + uintptr(k)*pageSize
	}
	if err := windows.QueryWorkingSetEx(h.process, uintptr(unsafe.Pointer(&entries[0])), uint32(len(entries))*uint32(unsafe.Sizeof(entry{}))); err != nil {
		return nil, err
	}
	attributes := make([]uint64, count)
	for k := range entries {
		attributes[k] = uint64(entries[k].attributes)
	}
	return attributes, nil
}

func (h *handle) peb() (wide, narrow uint64, err error) {
	var basic windows.PROCESS_BASIC_INFORMATION
	if err := windows.NtQueryInformationProcess(h.process, windows.ProcessBasicInformation, unsafe.Pointer(&basic), uint32(unsafe.Sizeof(basic)), nil); err != nil {
		return 0, 0, err
	}
	var block uintptr
	if windows.NtQueryInformationProcess(h.process, classWow64, unsafe.Pointer(&block), uint32(unsafe.Sizeof(block)), nil) != nil {
		block = 0
	}
	return uint64(uintptr(unsafe.Pointer(basic.PebBaseAddress))), uint64(block), nil
}

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

// openShared opens a file for reading; others may still write, rename and delete it.
func openShared(path string) (diskFile, error) {
	name, err := windows.UTF16PtrFromString(longPath(path))
	if err != nil {
		return diskFile{}, err
	}
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	opened, err := windows.CreateFile(name, windows.GENERIC_READ, share, nil, windows.OPEN_EXISTING, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errorDeletePending) {
		err = fs.ErrNotExist
	}
	if err != nil {
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
	buffer := make([]uint16, 1024)
	for letter := 'A'; letter <= 'Z'; letter++ {
		drive := string(letter) + ":"
		name, err := windows.UTF16PtrFromString(drive)
		if err != nil {
			continue
		}
		if n, err := windows.QueryDosDevice(name, &buffer[0], uint32(len(buffer))); err == nil && n > 0 {
			t.drives[strings.ToLower(windows.UTF16ToString(buffer[:n]))] = drive
		}
	}
	return t
}

func (t *deviceTable) path(name string) string { return dosPath(name, t.drives) }
