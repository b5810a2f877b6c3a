package selftest

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// allocate commits private writable memory of at least size bytes, rounded up to whole pages.
func allocate(size int) ([]byte, error) {
	page := os.Getpagesize()
	rounded := (size + page - 1) / page * page
	address, err := windows.VirtualAlloc(0, uintptr(rounded), windows.MEM_COMMIT|windows.MEM_RESERVE, windows.PAGE_READWRITE)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(pointer(address)), rounded), nil
}

// pointer turns the address of memory that Go's collector does not own into a pointer.
func pointer(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

func makeExecutable(memory []byte) error {
	var old uint32
	return windows.VirtualProtect(baseOf(memory), uintptr(len(memory)), windows.PAGE_EXECUTE_READ, &old)
}

func free(memory []byte) error { return windows.VirtualFree(baseOf(memory), 0, windows.MEM_RELEASE) }

func baseOf(memory []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(memory))) }
