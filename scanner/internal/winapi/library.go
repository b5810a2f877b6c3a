//go:build windows

package winapi

import (
	"syscall"
	"unsafe"
)

// systemLibrary is loaded from the system directory, wherever this program lies, and stays.
type systemLibrary struct{ library syscall.Handle }

var loadLibraryEx = kernel32.NewProc("LoadLibraryExW")

func openSystemLibrary(name string) (systemLibrary, error) {
	const searchSystem = 0x800
	library, _, err := loadLibraryEx.Call(uintptr(unsafe.Pointer(text(name))), 0, searchSystem)
	return systemLibrary{syscall.Handle(library)}, failed(library, err)
}

// call keeps what its arguments point to where it is until the call returns.
//
//go:uintptrescapes
func (l systemLibrary) call(name string, args ...uintptr) (uintptr, error) {
	address, err := syscall.GetProcAddress(l.library, name)
	if err != nil {
		return 0, err
	}
	result, _, number := syscall.SyscallN(address, args...)
	return result, failed(result, number)
}
