//go:build windows

package winapi

import (
	"syscall"
	"unsafe"
)

var (
	toSecurityDescriptor = advapi32.NewProc("ConvertStringSecurityDescriptorToSecurityDescriptorW")
	getNamedSecurityInfo = advapi32.NewProc("GetNamedSecurityInfoW")
	createDirectory      = kernel32.NewProc("CreateDirectoryW")
	localFree            = kernel32.NewProc("LocalFree")
)

// MakeFolder makes a folder with an access list in the security descriptor's own language.
func MakeFolder(path, access string) error {
	var descriptor uintptr
	ok, _, err := toSecurityDescriptor.Call(uintptr(unsafe.Pointer(text(access))), 1, uintptr(unsafe.Pointer(&descriptor)), 0)
	if ok == 0 {
		return failed(ok, err)
	}
	defer localFree.Call(descriptor)
	attributes := syscall.SecurityAttributes{SecurityDescriptor: descriptor}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	ok, _, err = createDirectory.Call(uintptr(unsafe.Pointer(text(path))), uintptr(unsafe.Pointer(&attributes)))
	return failed(ok, err)
}

// OwnerOf is the security identifier of a folder's owner.
func OwnerOf(path string) (string, error) {
	const fileObject, ownerInformation = 1, 1
	var owner, descriptor uintptr
	result, _, _ := getNamedSecurityInfo.Call(uintptr(unsafe.Pointer(text(path))), fileObject, ownerInformation,
		uintptr(unsafe.Pointer(&owner)), 0, 0, 0, uintptr(unsafe.Pointer(&descriptor)))
	if result != 0 {
		return "", syscall.Errno(result)
	}
	defer localFree.Call(descriptor)
	return (*syscall.SID)(pointer(owner)).String()
}

// IsPlainFolder tells a folder from a file and from whatever leads elsewhere.
func IsPlainFolder(path string) bool {
	const folder, reparsePoint = 0x10, 0x400
	attributes, err := syscall.GetFileAttributes(text(path))
	return err == nil && attributes&(folder|reparsePoint) == folder
}

// OwnIdentifier is the security identifier of the account as which this program runs.
func OwnIdentifier() string {
	token, err := syscall.OpenCurrentProcessToken()
	if err != nil {
		return ""
	}
	defer token.Close()
	user, err := token.GetTokenUser()
	if err != nil {
		return ""
	}
	identifier, err := user.User.Sid.String()
	if err != nil {
		return ""
	}
	return identifier
}
