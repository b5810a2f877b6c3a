//go:build windows

package winapi

import (
	"syscall"
	"unsafe"
)

var (
	rtlGetVersion        = ntdll.NewProc("RtlGetVersion")
	getComputerNameEx    = kernel32.NewProc("GetComputerNameExW")
	globalMemoryStatusEx = kernel32.NewProc("GlobalMemoryStatusEx")
	processMemoryInfo    = kernel32.NewProc("K32GetProcessMemoryInfo")
	createMutex          = kernel32.NewProc("CreateMutexW")
)

// Version is RTL_OSVERSIONINFOEXW.
type Version struct {
	size                uint32
	Major, Minor, Build uint32
	platform            uint32
	servicePack         [128]uint16
	packMajor           uint16
	packMinor           uint16
	suites              uint16
	Product             byte // 1: a workstation
	reserved            byte
}

// WindowsVersion is what runs, not what a manifest would be told.
func WindowsVersion() Version {
	v := Version{}
	v.size = uint32(unsafe.Sizeof(v))
	rtlGetVersion.Call(uintptr(unsafe.Pointer(&v)))
	return v
}

// Kinds of names (COMPUTER_NAME_FORMAT).
const (
	NameHost = 5 // of the physical machine
	NameZone = 6
	NameFull = 7
)

// ComputerName is one of the machine's names, empty where it has none.
func ComputerName(kind uintptr) string {
	var size uint32
	getComputerNameEx.Call(kind, 0, uintptr(unsafe.Pointer(&size)))
	if size == 0 {
		return ""
	}
	buffer := make([]uint16, size)
	if ok, _, _ := getComputerNameEx.Call(kind, uintptr(unsafe.Pointer(&buffer[0])), uintptr(unsafe.Pointer(&size))); ok == 0 {
		return ""
	}
	return syscall.UTF16ToString(buffer)
}

// TotalMemory is the machine's physical memory in bytes.
func TotalMemory() uint64 {
	var status struct {
		length, load                     uint32
		totalPhysical, availablePhysical uint64
		totalPage, availablePage         uint64
		totalVirtual, availableVirtual   uint64
		availableExtended                uint64
	}
	status.length = uint32(unsafe.Sizeof(status))
	if ok, _, _ := globalMemoryStatusEx.Call(uintptr(unsafe.Pointer(&status))); ok == 0 {
		return 0
	}
	return status.totalPhysical
}

// PeakWorkingSet is this program's largest resident size in bytes.
func PeakWorkingSet() uint64 {
	var counters struct {
		size, faults   uint32
		peakWorkingSet uintptr
		others         [7]uintptr
	}
	counters.size = uint32(unsafe.Sizeof(counters))
	if ok, _, _ := processMemoryInfo.Call(uintptr(CurrentProcess), uintptr(unsafe.Pointer(&counters)), uintptr(counters.size)); ok == 0 {
		return 0
	}
	return uint64(counters.peakWorkingSet)
}

// CreateMutex makes a named mutex and holds it; ErrorAlreadyExists where somebody else made it.
func CreateMutex(name string) (Handle, error) {
	handle, _, err := createMutex.Call(0, 1, uintptr(unsafe.Pointer(text(name))))
	if handle != 0 && err == ErrorAlreadyExists {
		syscall.CloseHandle(Handle(handle))
		return 0, err
	}
	return Handle(handle), failed(handle, err)
}

var expandEnvironmentStrings = kernel32.NewProc("ExpandEnvironmentStringsW")

// ExpandEnvironment puts the values of environment variables for their names in percent signs.
func ExpandEnvironment(s string) string {
	source := text(s)
	if source == nil {
		return s
	}
	var buffer [maxPath]uint16
	n, _, _ := expandEnvironmentStrings.Call(uintptr(unsafe.Pointer(source)), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	if n == 0 || n > uintptr(len(buffer)) {
		return s
	}
	return syscall.UTF16ToString(buffer[:])
}
