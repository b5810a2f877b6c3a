package lock

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
)

// Lock is held until Release or the end of the process.
type Lock struct{ mutex windows.Handle }

// Acquire takes the machine's named mutex without waiting. The directory does not matter here.
func Acquire(string) (*Lock, error) {
	name, err := windows.UTF16PtrFromString(`Global\GenehoundScanner`)
	if err != nil {
		return nil, err
	}
	mutex, err := windows.CreateMutex(nil, true, name)
	if errors.Is(err, windows.ERROR_ALREADY_EXISTS) || errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		if mutex != 0 {
			windows.CloseHandle(mutex)
		}
		return nil, ErrBusy
	}
	if err != nil {
		return nil, fmt.Errorf("cannot lock against a second scanner: %w", err)
	}
	return &Lock{mutex}, nil
}

// Release lets the next scanner run.
func (l *Lock) Release() error { return windows.CloseHandle(l.mutex) }
