package selftest

import (
	"os"
	"unsafe"

	"genehound/scanner/internal/winapi"
)

// allocate commits private writable memory of at least size bytes, rounded up to whole pages.
func allocate(size int) ([]byte, error) {
	page := os.Getpagesize()
	return winapi.Allocate((size + page - 1) / page * page)
}

func makeExecutable(memory []byte) error { return winapi.Protect(memory, winapi.PageExecuteRead) }

func free(memory []byte) error { return winapi.Free(memory) }

func baseOf(memory []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(memory))) }
