//go:build windows

// Package winapi holds the calls of Windows that the standard library lacks: as many as the scanner needs, where
// golang.org/x/sys/windows would bring a thousand, and a tenth of a megabyte, with it. The libraries are those that the
// standard library loads from the system directory.
package winapi

import (
	"syscall"
	"unsafe"
)

var (
	kernel32 = syscall.NewLazyDLL("kernel32.dll")
	advapi32 = syscall.NewLazyDLL("advapi32.dll")
	ntdll    = syscall.NewLazyDLL("ntdll.dll")
)

// Handle of an object of the kernel.
type Handle = syscall.Handle

// Error codes (winerror.h) and a status (ntstatus.h).
const (
	ErrorAccessDenied     = syscall.ERROR_ACCESS_DENIED
	ErrorNoMoreFiles      = syscall.ERROR_NO_MORE_FILES
	ErrorInvalidParameter = syscall.Errno(87)
	ErrorInvalidName      = syscall.Errno(123)
	ErrorAlreadyExists    = syscall.ERROR_ALREADY_EXISTS
	ErrorDeletePending    = syscall.Errno(303)
	ErrorNoMoreItems      = syscall.Errno(259)

	StatusLengthMismatch = 0xc000_0004
)

// CurrentProcess is this program's own handle.
const CurrentProcess = ^Handle(0)

// failed gives the error of a call that answers 0 where it fails; some set none.
func failed(result uintptr, err error) error {
	if result != 0 {
		return nil
	}
	if number, ok := err.(syscall.Errno); ok && number == 0 {
		return syscall.EINVAL
	}
	return err
}

// Status is a failure of one of the kernel's own functions.
type Status uint32

var ntStatusToDosError = ntdll.NewProc("RtlNtStatusToDosError")

func (s Status) Error() string {
	number, _, _ := ntStatusToDosError.Call(uintptr(s))
	return syscall.Errno(number).Error()
}

func status(result uintptr) error {
	if uint32(result) == 0 {
		return nil
	}
	return Status(result)
}

// text points to the UTF-16 form of a string, nil where it holds a zero.
func text(s string) *uint16 {
	p, err := syscall.UTF16PtrFromString(s)
	if err != nil {
		return nil
	}
	return p
}

// pointer makes the address of memory that Go's collector does not own a pointer.
func pointer(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }
