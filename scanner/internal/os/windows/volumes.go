//go:build windows

package windows

import (
	"io/fs"
	"strings"
	"sync"
	"syscall"

	"genehound/scanner/internal/winapi"
)

// isOrdinary tells a file on a disk, with its bytes there, from a device, a pipe and a file that lies in a cloud.
func isOrdinary(opened winapi.Handle) error {
	if kind, err := syscall.GetFileType(opened); err != nil || kind != syscall.FILE_TYPE_DISK {
		return errDevicePath
	}
	var info syscall.ByHandleFileInformation
	if syscall.GetFileInformationByHandle(opened, &info) == nil && info.FileAttributes&winapi.FarAttributes != 0 {
		return errFarContent
	}
	return nil
}

// ownVolumes remembers which folders are reached without a symbolic link, and which drives are this machine's own.
var ownVolumes struct {
	sync.Mutex
	known map[string]bool
}

const maxKnownFolders = 100_000

// onOwnVolume is the plain form of a path whose every folder lies on a drive of this machine: fixed or removable, but not
// another machine's. Links may lead to one, and are not followed.
func onOwnVolume(path string) (string, error) {
	plain, err := localPath(path)
	if err != nil || !isDrivePath(plain) {
		return plain, err
	}
	if !remembered(plain[:3], func() bool { return isOwnDrive(winapi.DriveKind(plain[:3])) }) {
		if winapi.DriveKind(plain[:3]) == winapi.DriveNone {
			return "", fs.ErrNotExist
		}
		return "", errNetworkPath
	}
	for at := 3; at < len(plain); at++ {
		if plain[at] == '\\' && !remembered(plain[:at], func() bool { return !winapi.IsSymbolicLink(longPath(plain[:at])) }) {
			return "", errLinkedPath
		}
	}
	if winapi.IsSymbolicLink(longPath(plain)) {
		return "", errLinkedPath
	}
	return plain, nil
}

func isOwnDrive(kind uintptr) bool {
	switch kind {
	case winapi.DriveFixed, winapi.DriveRemovable, winapi.DriveDisc, winapi.DriveMemory:
		return true
	}
	return false
}

// remembered asks a question about a folder once in a scan.
func remembered(folder string, ask func() bool) bool {
	key := strings.ToLower(folder)
	ownVolumes.Lock()
	answer, known := ownVolumes.known[key]
	ownVolumes.Unlock()
	if known {
		return answer
	}
	answer = ask()
	ownVolumes.Lock()
	defer ownVolumes.Unlock()
	if ownVolumes.known == nil || len(ownVolumes.known) > maxKnownFolders {
		ownVolumes.known = map[string]bool{}
	}
	ownVolumes.known[key] = answer
	return answer
}
