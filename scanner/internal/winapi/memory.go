//go:build windows

package winapi

import (
	"syscall"
	"unsafe"
)

var (
	virtualQueryEx    = kernel32.NewProc("VirtualQueryEx")
	readProcessMemory = kernel32.NewProc("ReadProcessMemory")
	queryWorkingSetEx = kernel32.NewProc("K32QueryWorkingSetEx")
	getMappedFileName = kernel32.NewProc("K32GetMappedFileNameW")
	queryDosDevice    = kernel32.NewProc("QueryDosDeviceW")
	virtualAlloc      = kernel32.NewProc("VirtualAlloc")
	virtualProtect    = kernel32.NewProc("VirtualProtect")
	virtualFree       = kernel32.NewProc("VirtualFree")
	getDriveType      = kernel32.NewProc("GetDriveTypeW")
	getDiskFreeSpace  = kernel32.NewProc("GetDiskFreeSpaceExW")
)

// Pages says how memory may be used (winnt.h).
const (
	PageReadWrite   = 0x04
	PageExecuteRead = 0x20
)

// MemoryInformation is MEMORY_BASIC_INFORMATION.
type MemoryInformation struct {
	Base, AllocationBase uintptr
	AllocationProtect    uint32
	Partition            uint16
	Size                 uintptr
	State, Protect, Type uint32
}

// Query tells what is at an address of a process.
func Query(process Handle, address uintptr, information *MemoryInformation) error {
	n, _, err := virtualQueryEx.Call(uintptr(process), address, uintptr(unsafe.Pointer(information)), unsafe.Sizeof(*information))
	return failed(n, err)
}

// Read copies a process's memory and tells how many bytes.
func Read(process Handle, address uint64, b []byte) int {
	if len(b) == 0 {
		return 0
	}
	var n uintptr
	readProcessMemory.Call(uintptr(process), uintptr(address), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(unsafe.Pointer(&n)))
	return int(min(n, uintptr(len(b))))
}

// WorkingSetEntry is PSAPI_WORKING_SET_EX_INFORMATION: a page's address in, its attributes out.
type WorkingSetEntry struct{ Address, Attributes uintptr }

// QueryWorkingSet fills in the attributes of pages.
func QueryWorkingSet(process Handle, entries []WorkingSetEntry) error {
	ok, _, err := queryWorkingSetEx.Call(uintptr(process), uintptr(unsafe.Pointer(&entries[0])), uintptr(len(entries))*unsafe.Sizeof(entries[0]))
	return failed(ok, err)
}

// MappedFileName is the kernel's name of the file that is mapped at an address.
func MappedFileName(process Handle, address uint64) (string, error) {
	buffer := make([]uint16, maxPath)
	n, _, err := getMappedFileName.Call(uintptr(process), uintptr(address), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	if n == 0 {
		return "", failed(n, err)
	}
	return syscall.UTF16ToString(buffer[:n]), nil
}

// Device is the kernel's name of a drive such as "C:", empty where there is none.
func Device(drive string) string {
	var buffer [1024]uint16
	n, _, _ := queryDosDevice.Call(uintptr(unsafe.Pointer(text(drive))), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	if n == 0 {
		return ""
	}
	return syscall.UTF16ToString(buffer[:n])
}

// Allocate commits private writable memory of this program.
func Allocate(size int) ([]byte, error) {
	const commitAndReserve = 0x3000
	address, _, err := virtualAlloc.Call(0, uintptr(size), commitAndReserve, PageReadWrite)
	if address == 0 {
		return nil, failed(address, err)
	}
	return unsafe.Slice((*byte)(pointer(address)), size), nil
}

// Protect changes how this program's memory may be used.
func Protect(memory []byte, protection uint32) error {
	var before uint32
	ok, _, err := virtualProtect.Call(uintptr(unsafe.Pointer(unsafe.SliceData(memory))), uintptr(len(memory)), uintptr(protection), uintptr(unsafe.Pointer(&before)))
	return failed(ok, err)
}

// Free gives back what Allocate gave.
func Free(memory []byte) error {
	const release = 0x8000
	ok, _, err := virtualFree.Call(uintptr(unsafe.Pointer(unsafe.SliceData(memory))), 0, release)
	return failed(ok, err)
}

// FreeSpace is how many bytes this program may still write to a directory's disk.
func FreeSpace(directory string) (uint64, error) {
	var free uint64
	ok, _, err := getDiskFreeSpace.Call(uintptr(unsafe.Pointer(text(directory))), uintptr(unsafe.Pointer(&free)), 0, 0)
	return free, failed(ok, err)
}

// Kinds of drives (GetDriveType).
const (
	DriveNone      = 1 // nothing is there
	DriveRemovable = 2
	DriveFixed     = 3
	DriveDisc      = 5
	DriveMemory    = 6
)

// DriveKind tells what kind of drive a root such as `C:\` is of.
func DriveKind(root string) uintptr {
	kind, _, _ := getDriveType.Call(uintptr(unsafe.Pointer(text(root))))
	return kind
}

// IsSymbolicLink tells whether a file or folder is a symbolic link; junctions, which cannot leave the machine, are none.
func IsSymbolicLink(path string) bool {
	const reparsePoint, symbolicLink = 0x400, 0xa000_000c
	attributes, err := syscall.GetFileAttributes(text(path))
	if err != nil || attributes&reparsePoint == 0 {
		return false
	}
	var found syscall.Win32finddata
	search, err := syscall.FindFirstFile(text(path), &found)
	if err != nil {
		return true // it is some kind of reparse point, and nobody tells which
	}
	syscall.FindClose(search)
	return found.Reserved0 == symbolicLink
}

// FarAttributes are those of files whose bytes lie elsewhere: offline, or recalled when they are read (winnt.h). The one for files that
// are recalled when they are opened is not among them: by then it is too late, and its bit also means extended attributes.
const FarAttributes = 0x1000 | 0x40_0000

// OpenShared opens a file for reading; others may still write, rename and delete it.
func OpenShared(path string) (Handle, error) {
	const share = syscall.FILE_SHARE_READ | syscall.FILE_SHARE_WRITE | syscall.FILE_SHARE_DELETE
	return syscall.CreateFile(text(path), syscall.GENERIC_READ, share, nil, syscall.OPEN_EXISTING, syscall.FILE_ATTRIBUTE_NORMAL, 0)
}
