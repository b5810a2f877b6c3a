package windows

import "strings"

// dosPath turns a kernel's name of a file into the one that programs use. drives maps devices, in lower case, to drive
// letters with their colon; a device without a letter stays reachable through the kernel's own root.
func dosPath(name string, drives map[string]string) string {
	if rest, ok := strings.CutPrefix(name, `\??\`); ok {
		if unc, ok := strings.CutPrefix(rest, `UNC\`); ok {
			return `\\` + unc
		}
		return rest
	}
	if rest, ok := strings.CutPrefix(name, `\Device\Mup\`); ok {
		return `\\` + rest
	}
	lower := strings.ToLower(name)
	best := ""
	for device := range drives {
		if len(device) > len(best) && strings.HasPrefix(lower, device) && len(lower) > len(device) && lower[len(device)] == '\\' {
			best = device
		}
	}
	if best != "" {
		return drives[best] + name[len(best):]
	}
	if strings.HasPrefix(name, `\Device\`) {
		return `\\?\GLOBALROOT` + name
	}
	return name
}
