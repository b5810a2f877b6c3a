package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"

	"golang.org/x/sys/unix"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux"
)

// newSystem is this machine; an error with it says why it cannot be scanned, and it can still say which it is.
func newSystem() (model.System, error) {
	if _, err := os.Stat("/proc/self/maps"); err != nil {
		return linux.New(), errors.New("the process file system is not mounted at /proc: there is nothing to scan")
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return nil, err
	}
	release := unix.ByteSliceToString(name.Release[:])
	if !isRecent(release) {
		return linux.New(), fmt.Errorf("Linux %s is too old: %d.%d or later is needed", release, oldestMajor, oldestMinor)
	}
	return linux.New(), nil
}

// The oldest kernel whose process file system is understood.
const oldestMajor, oldestMinor = 4, 18

// isRecent reads a release such as 6.1.0-18-amd64; one that cannot be read is taken for recent.
func isRecent(release string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(release, "%d.%d", &major, &minor); err != nil {
		return true
	}
	return major > oldestMajor || major == oldestMajor && minor >= oldestMinor
}

// temporaryBase is a directory on disk rather than in memory, where there is one to write to.
func temporaryBase() string {
	const disk = "/var/tmp"
	if unix.Access(disk, unix.W_OK|unix.X_OK) == nil {
		return disk
	}
	return os.TempDir()
}

// spoolBase is where what is collected waits in a file without a name.
func spoolBase(string) string { return temporaryBase() }

// leaveBase has nothing to remove: the directory is the system's.
func leaveBase() {}

// systemProxy is the proxy by which the system reaches a server: Linux knows none but that of the environment.
func systemProxy(*url.URL) (*url.URL, error) { return nil, nil }
