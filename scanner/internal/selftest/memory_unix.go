//go:build unix

package selftest

import (
	"os"
	"syscall"
	"unsafe"
)

// allocate maps private writable memory of at least size bytes, rounded up to whole pages.
func allocate(size int) ([]byte, error) {
	page := os.Getpagesize()
	rounded := (size + page - 1) / page * page
	return syscall.Mmap(-1, 0, rounded, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
}

func makeExecutable(memory []byte) error {
	return syscall.Mprotect(memory, syscall.PROT_READ|syscall.PROT_EXEC)
}

func free(memory []byte) error { return syscall.Munmap(memory) }

func baseOf(memory []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(memory))) }
