//go:build !linux && !windows

package collect

import "os"

const spoolIsUnnamed = false

// unnamedFile makes a temporary file, which the spool removes by its name when the scan ends.
func unnamedFile(directory string) (*os.File, error) {
	return os.CreateTemp(directory, ".genehound-*")
}
