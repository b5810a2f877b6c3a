//go:build linux

package linux

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/regular"
)

const (
	maxEnvironment = 1 << 20
	maxPreloadFile = 64 << 10
)

// preloadNames are the variables by which the dynamic loader is told to put libraries into a program (ld.so(8)).
var preloadNames = []string{"LD_PRELOAD=", "LD_AUDIT="}

// inspectPreload reports libraries that the environment or the loader's configuration puts into the process. Of the
// environment nothing is kept but whether a mapped library is named there. A library that the system's package manager
// installed, and that is unchanged since, is no finding: tools of many kinds work this way.
func (i *inspection) inspectPreload() model.Check {
	check := model.Check{Check: model.CheckPreload, State: model.StateDone}
	named := map[string]string{} // library as named -> by what
	content, cut, err := readBounded(procPath(i.target.PID, "environ"), maxEnvironment)
	if err != nil {
		return notPossible(model.CheckPreload, reasonOf(err), "its environment: "+describe(err))
	}
	if cut {
		check = partial(model.CheckPreload, model.ReasonLimit, "its environment is larger than what is read")
	}
	for _, variable := range bytes.Split(content, []byte{0}) {
		for _, name := range preloadNames {
			if value, found := bytes.CutPrefix(variable, []byte(name)); found {
				addNames(named, string(value), "its environment ("+strings.TrimSuffix(name, "=")+")")
			}
		}
	}
	const configuration = "/etc/ld.so.preload"
	content, cut, err = readInRoot(procPath(i.target.PID, "root"), configuration, maxPreloadFile)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, regular.Err):
	case err != nil && check.State == model.StateDone:
		check = partial(model.CheckPreload, reasonOf(err), configuration+" as it sees it: "+describe(err))
	case cut:
		check = partial(model.CheckPreload, model.ReasonLimit, configuration+" is larger than what is read")
	}
	for _, line := range strings.Split(string(content), "\n") {
		line, _, _ = strings.Cut(line, "#")
		addNames(named, line, configuration)
	}
	if len(named) > maxPreloadNames {
		check = partial(model.CheckPreload, model.ReasonLimit, "more libraries are named than are looked for")
	}
	if len(named) > 0 {
		i.reportPreloaded(named)
	}
	return check
}

// readInRoot reads the beginning of a file that a process's root shows: whoever made that root chose what it is.
func readInRoot(root, name string, limit int) (content []byte, cut bool, err error) {
	file, err := regular.OpenIn(root, name)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	content, err = io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if len(content) > limit {
		return content[:limit], true, err
	}
	return content, false, err
}

// maxPreloadNames bounds the libraries that are looked for in one process.
const maxPreloadNames = 64

// addNames takes libraries separated by colons or spaces.
func addNames(named map[string]string, text, by string) {
	for _, name := range strings.FieldsFunc(text, func(c rune) bool { return c == ':' || c == ' ' || c == '\t' }) {
		if len(named) <= maxPreloadNames && named[name] == "" {
			named[name] = by
		}
	}
}

func (i *inspection) reportPreloaded(named map[string]string) {
	for k := range i.images {
		m := &i.images[k]
		by := namedBy(named, m)
		if by == "" || i.isExecutable(m) {
			continue
		}
		finding := model.Finding{
			Kind: model.FindingPreload, BaseAddress: m.base, Size: m.end - m.base, ModulePath: pathOf(&m.first),
			Details: "the dynamic loader put this library into the process, as " + by + " asks for",
		}
		if !m.first.Deleted {
			if owner := i.system.packageOf(m.facts.id); owner != nil && owner.unchanged() {
				continue
			}
			id := m.facts.id
			finding.File = &id
		}
		i.addFinding(finding)
	}
}

// namedBy tells who names a library: by its path, which may lead through links, or by its name alone.
func namedBy(named map[string]string, m *loadedImage) string {
	for name, by := range named {
		if name == m.first.Path || path.Base(name) == path.Base(m.first.Path) {
			return by
		}
		if !strings.Contains(name, "/") && m.facts.elf.soname == name {
			return by
		}
	}
	return ""
}
