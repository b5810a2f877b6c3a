//go:build windows

package winapi

import (
	"errors"
	"syscall"
	"unsafe"
)

// Catalogs asks Windows which of its installed catalogs (CatRoot) list a file. Neither adds to them nor checks a signature.
type Catalogs struct {
	library systemLibrary
	context uintptr
}

// driverSubsystem is DRIVER_ACTION_VERIFY (softpub.h), below which Windows keeps the catalogs of its own files and of drivers.
var driverSubsystem = syscall.GUID{
	Data1: 0xf750e6c3, Data2: 0x38ee, Data3: 0x11d1, Data4: [8]byte{0x85, 0xe5, 0x00, 0xc0, 0x4f, 0xc2, 0x95, 0xee},
}

// OpenCatalogs prepares for questions by SHA-256.
func OpenCatalogs() (*Catalogs, error) {
	library, err := openSystemLibrary("wintrust.dll")
	if err != nil {
		return nil, err
	}
	c := &Catalogs{library: library}
	_, err = library.call("CryptCATAdminAcquireContext2", uintptr(unsafe.Pointer(&c.context)),
		uintptr(unsafe.Pointer(&driverSubsystem)), uintptr(unsafe.Pointer(text("SHA256"))), 0, 0)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Errors by which Windows says that no catalog lists a file.
const (
	errorFileNotFound = syscall.Errno(2)
	errorPathNotFound = syscall.Errno(3)
	errorNoMoreFiles  = syscall.Errno(18)
	errorNotFound     = syscall.Errno(1168)
)

// Of is the path of the first catalog that lists an Authenticode digest, empty where none does.
func (c *Catalogs) Of(digest []byte) (string, error) {
	if len(digest) == 0 {
		return "", nil
	}
	found, err := c.library.call("CryptCATAdminEnumCatalogFromHash", c.context, uintptr(unsafe.Pointer(&digest[0])), uintptr(len(digest)), 0, 0)
	if found == 0 {
		var number syscall.Errno
		if errors.As(err, &number) {
			switch number {
			// Some set no error, which is EINVAL here.
			case syscall.EINVAL, errorFileNotFound, errorPathNotFound, errorNoMoreFiles, errorNotFound:
				return "", nil
			}
		}
		return "", err
	}
	defer c.library.call("CryptCATAdminReleaseCatalogContext", c.context, found, 0)
	// CATALOG_INFO (mscat.h)
	info := struct {
		size uint32
		path [260]uint16
	}{size: 4 + 2*260}
	if _, err := c.library.call("CryptCATCatalogInfoFromContext", found, uintptr(unsafe.Pointer(&info)), 0); err != nil {
		return "", err
	}
	return syscall.UTF16ToString(info.path[:]), nil
}
