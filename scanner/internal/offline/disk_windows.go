package offline

import "golang.org/x/sys/windows"

func freeBytes(directory string) (uint64, error) {
	path, err := windows.UTF16PtrFromString(directory)
	if err != nil {
		return 0, err
	}
	var free uint64
	err = windows.GetDiskFreeSpaceEx(path, &free, nil, nil)
	return free, err
}

// syncDirectory has nothing to do: NTFS journals renames, and a directory cannot be flushed.
func syncDirectory(string) error { return nil }
