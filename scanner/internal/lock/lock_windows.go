package lock

import (
	"errors"
	"fmt"
	"syscall"

	"genehound/scanner/internal/winapi"
)

// Lock is held until Release or the end of the process.
type Lock struct{ mutex winapi.Handle }

// Acquire takes the machine's named mutex without waiting. The directory does not matter here.
func Acquire(string) (*Lock, error) {
	mutex, err := winapi.CreateMutex(`Global\GenehoundScanner`)
	if errors.Is(err, winapi.ErrorAlreadyExists) || errors.Is(err, winapi.ErrorAccessDenied) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, fmt.Errorf("cannot lock against a second scanner: %w", err)
	}
	return &Lock{mutex}, nil
}

// Release lets the next scanner run.
func (l *Lock) Release() error { return syscall.CloseHandle(l.mutex) }
