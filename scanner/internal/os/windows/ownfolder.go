//go:build windows

package windows

import (
	"os"

	"genehound/scanner/internal/winapi"
)

// ownFolderAccess: the system, the administrators and whoever made it, and nobody by inheritance. Kept scans hold what was in memory.
const ownFolderAccess = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)"

func ownFolderPath() string {
	base := winapi.ExpandEnvironment("%ProgramData%")
	if !isDrivePath(base) {
		return ""
	}
	return base + `\Genehound`
}

// OwnFolder is %ProgramData%\Genehound, made where it is not there; ok is false where it cannot be used. Anybody may make folders
// in %ProgramData%: one that somebody else made, or that leads elsewhere, is not written to.
func OwnFolder() (path string, ok bool) {
	if path = ownFolderPath(); path == "" {
		return "", false
	}
	if winapi.MakeFolder(path, ownFolderAccess) == nil {
		return path, true
	}
	owner, err := winapi.OwnerOf(path)
	return path, err == nil && winapi.IsPlainFolder(path) && isTrustedOwner(owner, winapi.OwnIdentifier())
}

// LeaveOwnFolder removes the folder where nothing is kept in it.
func LeaveOwnFolder() {
	if path := ownFolderPath(); path != "" && winapi.IsPlainFolder(path) {
		os.Remove(path) // which fails where something is in it
	}
}
