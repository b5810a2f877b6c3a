package windows

import (
	"errors"
	"strings"
)

// Paths that others wrote (a process, the registry, a task's definition) may lead anywhere: to another machine, which would then
// be told this machine's name and a proof of its password, or to a device that answers with something else than a file's bytes.
var (
	errNetworkPath = errors.New("not opened: network path")
	errDevicePath  = errors.New("not opened: it is no path on a drive")
	errLinkedPath  = errors.New("not opened: it leads through a symbolic link")
	errFarContent  = errors.New("not opened: its bytes are kept elsewhere, and reading would fetch them")
)

// volumeRoot is how the kernel's name of a volume without a letter is written.
const volumeRoot = `\\?\GLOBALROOT\Device\HarddiskVolume`

// localPath is the plain form of a path, `X:\…` without "." and "..", or a volume's; an error tells that it is no path on this
// machine's own volumes.
func localPath(path string) (string, error) {
	path = strings.ReplaceAll(path, "/", `\`)
	if rest, ok := strings.CutPrefix(path, volumeRoot); ok {
		number, _, found := strings.Cut(rest, `\`)
		if !found || number == "" || strings.Trim(number, "0123456789") != "" || strings.Contains(rest, `\..`) {
			return "", errDevicePath
		}
		return path, nil
	}
	rest := path
	for _, prefix := range []string{`\??\`, `\\?\`, `\\.\`} {
		if plain, ok := strings.CutPrefix(path, prefix); ok {
			rest = plain
			break
		}
	}
	switch upper := strings.ToUpper(rest); {
	case isDrivePath(rest):
		return withoutDots(rest), nil
	case strings.HasPrefix(upper, `UNC\`), strings.HasPrefix(rest, `\\`), strings.HasPrefix(upper, `\DEVICE\MUP\`), strings.HasPrefix(upper, `\DEVICE\LANMANREDIRECTOR\`):
		return "", errNetworkPath
	default:
		return "", errDevicePath
	}
}

// isDrivePath tells whether a path begins with a drive and its root.
func isDrivePath(path string) bool {
	return len(path) >= 3 && path[1] == ':' && path[2] == '\\' && (path[0]|0x20) >= 'a' && (path[0]|0x20) <= 'z'
}

// withoutDots resolves "." and ".." as Windows does before it looks for a file.
func withoutDots(path string) string {
	if !strings.Contains(path, `\.`) && !strings.Contains(path[3:], `\\`) {
		return path
	}
	var parts []string
	for _, part := range strings.Split(path[3:], `\`) {
		switch part {
		case "", ".":
		case "..":
			parts = parts[:max(0, len(parts)-1)]
		default:
			parts = append(parts, part)
		}
	}
	return path[:3] + strings.Join(parts, `\`)
}

// isElsewhere tells that a file was not opened for where it is, rather than for what happened.
func isElsewhere(err error) bool {
	for _, one := range []error{errNetworkPath, errDevicePath, errLinkedPath, errFarContent} {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}
