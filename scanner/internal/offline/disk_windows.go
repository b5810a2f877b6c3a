package offline

import "genehound/scanner/internal/winapi"

func freeBytes(directory string) (uint64, error) { return winapi.FreeSpace(directory) }

// syncDirectory has nothing to do: NTFS journals renames, and a directory cannot be flushed.
func syncDirectory(string) error { return nil }
