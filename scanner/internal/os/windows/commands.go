package windows

import (
	"errors"
	"strings"

	"genehound/scanner/internal/model"
)

// maxStarts bounds the files that one command names.
const maxStarts = 8

// startedBy finds the files that a command names: its program, and what known hosts are told to load.
func (a *autoruns) startedBy(command string) []model.StartedFile {
	var starts []model.StartedFile
	for _, part := range strings.Split(command, "\n") {
		program, rest := a.program(part)
		a.noteElsewhere(program, true)
		for program != "" && len(starts) < maxStarts {
			if file := a.file(program); file != nil {
				starts = append(starts, model.StartedFile{Written: program, File: *file})
			}
			// rundll32 library,function; regsvr32 /s library; Userinit's list: what follows may be another file.
			rest = strings.TrimLeft(rest, ", \t")
			if rest == "" {
				break
			}
			program, rest = word(rest)
			if cut := strings.IndexByte(program, ','); cut > 0 {
				program, rest = program[:cut], program[cut+1:]+rest
			}
			for program != "" && a.file(program) == nil {
				a.noteElsewhere(program, false)
				program, rest = word(strings.TrimLeft(rest, ", \t"))
			}
		}
	}
	return starts
}

// program splits a command as Windows does: quoted, or the shortest beginning, up to a blank, that is a file.
func (a *autoruns) program(command string) (program, rest string) {
	command = strings.TrimSpace(command)
	if strings.HasPrefix(command, `"`) {
		return word(command)
	}
	for at := 0; at <= len(command); at++ {
		if at < len(command) && command[at] != ' ' && command[at] != ',' {
			continue
		}
		if a.file(command[:at]) != nil {
			return command[:at], command[at:]
		}
	}
	return word(command)
}

// word takes the first word, or what quotes hold together.
func word(text string) (first, rest string) {
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		first, rest, _ = strings.Cut(quoted, `"`)
		return first, rest
	}
	if cut := strings.IndexAny(text, " \t"); cut >= 0 {
		return text[:cut], text[cut:]
	}
	return text, ""
}

// file finds the file that a name in a command means, nil where there is none.
func (a *autoruns) file(name string) *model.ModuleFile {
	// No file is called so: a command's other words are tried, too.
	if name == "" || strings.ContainsAny(name, "\"<>|*") || len(name) > 1024 || len(a.files) > 4*maxAutoruns {
		return nil
	}
	key := strings.ToLower(name)
	if known, ok := a.files[key]; ok {
		return known
	}
	var found *model.ModuleFile
	for _, path := range a.candidates(name) {
		file, err := a.disk.started(path)
		if err == nil {
			found = &file
			break
		}
		if !gone(err) {
			a.refuse(path, err)
		}
	}
	a.files[key] = found
	return found
}

// noteElsewhere reports a name in a command that leads to another machine, or to a device: an argument that
// names a pipe is no file.
func (a *autoruns) noteElsewhere(name string, isProgram bool) {
	path := a.disk.expand(name)
	_, err := localPath(path)
	isRooted := strings.HasPrefix(path, `\`) && !strings.HasPrefix(strings.ToLower(path), `\systemroot\`)
	if errors.Is(err, errNetworkPath) || err != nil && isRooted && isProgram {
		a.refuse(path, err)
	}
}

// refuse reports, once each, that a file which something starts was not opened.
func (a *autoruns) refuse(path string, err error) {
	if key := strings.ToLower(path); !a.refused[key] && len(a.refused) < maxEntries {
		a.refused[key] = true
		a.troubles.add(reasonOfFile(err), path, "a file that starts by itself cannot be read: "+err.Error())
	}
}

// candidates are the paths at which Windows looks for a name.
func (a *autoruns) candidates(name string) []string {
	path := a.disk.expand(name)
	root := a.disk.expand("%SystemRoot%")
	lower := strings.ToLower(path)
	switch {
	case strings.HasPrefix(lower, `\systemroot\`):
		path = root + path[len(`\systemroot`):]
	case strings.HasPrefix(lower, `system32\`), strings.HasPrefix(lower, `syswow64\`):
		path = root + `\` + path
	}
	folders := []string{""}
	if !strings.Contains(path, `\`) {
		folders = []string{root + `\System32\`, root + `\`, root + `\System32\drivers\`}
	} else {
		plain, err := localPath(path)
		if err != nil {
			return nil
		}
		path = plain
	}
	var list []string
	for _, folder := range folders {
		for _, ending := range []string{"", ".exe", ".dll"} {
			list = append(list, folder+path+ending)
		}
	}
	return list
}
