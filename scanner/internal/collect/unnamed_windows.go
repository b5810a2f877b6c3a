package collect

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const spoolIsUnnamed = true

// unnamedFile makes a file that Windows removes as soon as this program lets go of it, however it ends.
func unnamedFile(directory string) (*os.File, error) {
	const deleteOnClose, temporary = 0x0400_0000, 0x100
	path := filepath.Join(directory, fmt.Sprintf(".genehound-%d-%x", os.Getpid(), time.Now().UnixNano()))
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	file, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.CREATE_NEW, deleteOnClose|temporary, 0)
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: path, Err: err}
	}
	return os.NewFile(uintptr(file), path), nil
}
