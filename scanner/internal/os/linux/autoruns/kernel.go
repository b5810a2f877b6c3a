//go:build linux

package autoruns

import (
	"bufio"
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/regular"
)

// kernelModules lists the modules that run, those that configuration loads, and commands that modprobe runs for one.
func (r *reader) kernelModules() {
	loaded := r.loadedModules()
	configured := map[string]string{}
	for _, directory := range []string{"/etc/modules-load.d", "/run/modules-load.d", "/usr/lib/modules-load.d", "/lib/modules-load.d"} {
		for _, name := range r.names(directory) {
			r.moduleList(filepath.Join(directory, name), configured)
		}
	}
	r.moduleList("/etc/modules", configured)
	r.modprobeCommands()
	wanted := map[string]bool{}
	for name := range loaded {
		wanted[name] = true
	}
	for name := range configured {
		wanted[name] = true
	}
	files := r.moduleFiles(wanted)
	for _, name := range sortedNames(wanted) {
		state, entry := "disabled", configured[name]
		if loaded[name] {
			state = "enabled"
		}
		if entry == "" {
			entry = "/proc/modules"
		}
		a := model.Autorun{Category: KernelModules, EntryPath: entry, EntryValue: name, DisplayName: name, State: state}
		if path := files[name]; path != "" {
			a.Starts = r.started(path)
		} else if loaded[name] {
			a.Description = "it runs, and the kernel's own list of module files does not name it"
		}
		r.add(a)
	}
}

// moduleName is how the kernel calls a module: files may write dashes.
func moduleName(text string) string { return strings.ReplaceAll(text, "-", "_") }

func (r *reader) loadedModules() map[string]bool {
	loaded := map[string]bool{}
	for _, line := range r.lines("/proc/modules") {
		if len(loaded) == maxListed {
			r.problem(model.ReasonLimit, "/proc/modules", fmt.Sprintf("only %d kernel modules are listed", maxListed))
			break
		}
		loaded[moduleName(strings.Fields(line)[0])] = true
	}
	return loaded
}

func (r *reader) moduleList(path string, into map[string]string) {
	for _, line := range r.lines(path) {
		if len(into) >= maxListed {
			r.problem(model.ReasonLimit, path, fmt.Sprintf("only %d kernel modules are listed", maxListed))
			return
		}
		if line[0] != ';' { // a comment in modules-load.d(5)
			into[moduleName(strings.Fields(line)[0])] = path
		}
	}
}

// moduleFiles finds the files of modules in modules.dep and modules.builtin; built-in ones have none.
func (r *reader) moduleFiles(wanted map[string]bool) map[string]string {
	files := map[string]string{}
	if r.Release == "" || len(wanted) == 0 {
		return files
	}
	base := filepath.Join("/lib/modules", r.Release)
	file, err := regular.OpenIn(r.Root, filepath.Join(base, "modules.dep"))
	if err != nil {
		r.failed(filepath.Join(base, "modules.dep"), err)
		return files
	}
	defer file.Close()
	lines := bufio.NewScanner(file) // streamed: it is larger than other files
	for lines.Scan() {
		path, _, _ := strings.Cut(lines.Text(), ":")
		name, _, _ := strings.Cut(filepath.Base(path), ".ko")
		if name = moduleName(name); wanted[name] && files[name] == "" {
			files[name] = filepath.Join(base, path)
		}
	}
	if err := lines.Err(); err != nil {
		r.problem(model.ReasonLimit, filepath.Join(base, "modules.dep"), "not all of it could be read: the files of some kernel modules are not known")
	}
	return files
}

// modprobeCommands are the install and remove lines of modprobe.d(5): commands in place of a module.
func (r *reader) modprobeCommands() {
	for _, directory := range []string{"/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"} {
		for _, name := range r.names(directory) {
			path := filepath.Join(directory, name)
			for _, line := range r.joinedLines(path, "#") {
				if !strings.HasPrefix(line, "install") && !strings.HasPrefix(line, "remove") {
					continue
				}
				when, command := cutFields(line, 2)
				if command == "" || command == "/bin/true" || command == "/bin/false" {
					continue
				}
				r.add(model.Autorun{
					Category: KernelModules, EntryPath: path, EntryValue: withoutValues(command), DisplayName: when,
					Username: "root", State: "enabled", Starts: r.started(command),
				})
			}
		}
	}
}

func sortedNames(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
