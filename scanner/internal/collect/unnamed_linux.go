package collect

import (
	"os"
	"syscall"
)

const spoolIsUnnamed = true

// unnamedFile makes a file that never has a name, where the file system can.
func unnamedFile(directory string) (*os.File, error) {
	if directory == "" {
		directory = "/var/tmp"
		if info, err := os.Stat(directory); err != nil || !info.IsDir() {
			directory = os.TempDir()
		}
	}
	const tmpFile = 0x40_0000 | syscall.O_DIRECTORY // O_TMPFILE (fcntl.h), which package syscall lacks
	descriptor, err := syscall.Open(directory, tmpFile|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err == nil {
		return os.NewFile(uintptr(descriptor), "spool"), nil
	}
	return unlinkedFile(directory)
}

func unlinkedFile(directory string) (*os.File, error) {
	file, err := os.CreateTemp(directory, ".genehound-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}
