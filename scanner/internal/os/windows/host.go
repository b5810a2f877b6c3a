//go:build windows

package windows

import (
	"net"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

const maxAddresses = 256

func computerName(kind uint32) string {
	var size uint32
	if windows.GetComputerNameEx(kind, nil, &size) != windows.ERROR_MORE_DATA || size == 0 {
		return ""
	}
	buffer := make([]uint16, size)
	if windows.GetComputerNameEx(kind, &buffer[0], &size) != nil {
		return ""
	}
	return windows.UTF16ToString(buffer)
}

// machineID is the id that Windows makes when it is installed.
func machineID() string {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return ""
	}
	defer key.Close()
	id, _, err := key.GetStringValue("MachineGuid")
	if err != nil {
		return ""
	}
	return id
}

// addresses lists the machine's own, without loopback and link-local ones.
func addresses() []string {
	var found []string
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, address := range all {
		network, ok := address.(*net.IPNet)
		if ok && !network.IP.IsLoopback() && !network.IP.IsLinkLocalUnicast() && len(found) < maxAddresses {
			found = append(found, network.IP.String())
		}
	}
	return found
}

var (
	kernel32             = windows.NewLazySystemDLL("kernel32.dll")
	globalMemoryStatusEx = kernel32.NewProc("GlobalMemoryStatusEx")
	processMemoryInfo    = kernel32.NewProc("K32GetProcessMemoryInfo")
)

type memoryStatus struct {
	length, load                     uint32
	totalPhysical, availablePhysical uint64
	totalPage, availablePage         uint64
	totalVirtual, availableVirtual   uint64
	availableExtended                uint64
}

func totalMemory() uint64 {
	status := memoryStatus{length: uint32(unsafe.Sizeof(memoryStatus{}))}
	if ok, _, _ := globalMemoryStatusEx.Call(uintptr(unsafe.Pointer(&status))); ok == 0 {
		return 0
	}
	return status.totalPhysical
}

type memoryCounters struct {
	size, faults                     uint32
	peakWorkingSet, workingSet       uintptr
	quotaPeakPaged, quotaPaged       uintptr
	quotaPeakNonPaged, quotaNonPaged uintptr
	pagefileUsage, peakPagefileUsage uintptr
}

// PeakMemory is this program's largest working set in bytes.
func (s *System) PeakMemory() uint64 {
	counters := memoryCounters{size: uint32(unsafe.Sizeof(memoryCounters{}))}
	ok, _, _ := processMemoryInfo.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(&counters)), uintptr(counters.size))
	if ok == 0 {
		return 0
	}
	return uint64(counters.peakWorkingSet)
}
