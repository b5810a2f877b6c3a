package windows

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"genehound/scanner/internal/model"
)

// registry is what autoruns are read from: paths begin with HKLM or HKU, keys that are not there have nothing. An error tells
// that there is more than is listed.
type registry interface {
	values(path string) ([]registryValue, error)
	keys(path string) ([]string, error)
}

// registryValue is one value: its texts, or its bytes where it holds none.
type registryValue struct {
	name  string
	texts []string
	data  []byte
}

// disk tells whether files are there, and opens them to be hashed. Paths are local ones.
type disk interface {
	started(path string) (model.ModuleFile, error)
	expand(text string) string // of environment variables
	// list names what is in a folder; one that is not there has nothing.
	list(folder string) (files, folders []string, err error)
	// read reads a file up to a bound.
	read(path string, limit int64) ([]byte, error)
}

const (
	maxAutoruns = 50_000
	// maxEntries bounds what is looked at below one key or folder.
	maxEntries = 20_000
)

var (
	errMoreEntries = errors.New("more entries than are read")
	errLongValue   = errors.New("a value longer than is read")
)

// autoruns collects what starts by itself.
type autoruns struct {
	ctx      context.Context
	registry registry
	disk     disk
	list     []model.Autorun
	dropped  int
	files    map[string]*model.ModuleFile // by path in lower case; nil: not there
	refused  map[string]bool              // paths in lower case that were not opened, and are reported
	troubles troubles
}

func newAutoruns(ctx context.Context, r registry, d disk) *autoruns {
	return &autoruns{ctx: ctx, registry: r, disk: d, files: map[string]*model.ModuleFile{}, refused: map[string]bool{}}
}

// readAutoruns goes over the table of rules, for the machine and for every user whose registry is loaded.
func readAutoruns(ctx context.Context, r registry, d disk) *autoruns {
	a := newAutoruns(ctx, r, d)
	users := a.keys("HKU")
	for k := range rules {
		one := &rules[k]
		a.apply(one, "HKLM", one.path, "")
		if rest, ok := strings.CutPrefix(one.path, `Software\`); ok && one.narrow {
			a.apply(one, "HKLM", `Software\Wow6432Node\`+rest, "")
		}
		for _, user := range users {
			if one.user && strings.HasPrefix(user, "S-1-5-21-") && !strings.HasSuffix(user, "_Classes") {
				a.apply(one, `HKU\`+user, one.path, user)
			}
		}
	}
	return a
}

// values are those of a key; what could not be read is reported.
func (a *autoruns) values(path string) []registryValue {
	if a.ctx.Err() != nil {
		return nil
	}
	list, err := a.registry.values(path)
	a.keyTrouble(path, err)
	return list
}

// keys are those below a key; what could not be read is reported.
func (a *autoruns) keys(path string) []string {
	if a.ctx.Err() != nil {
		return nil
	}
	list, err := a.registry.keys(path)
	a.keyTrouble(path, err)
	return list
}

func (a *autoruns) keyTrouble(path string, err error) {
	if err != nil {
		a.troubles.add(reasonOfFile(err), path, "the registry's key cannot be read wholly: "+err.Error())
	}
}

// finish gives the problems, those of time and number included.
func (a *autoruns) finish() []model.Problem {
	if a.dropped > 0 {
		a.troubles.add(model.ReasonLimit, "", count(a.dropped, "autorun")+" above the limit not listed")
	}
	if a.ctx.Err() != nil {
		a.troubles.add(model.ReasonTimeout, "", "the time for reading what starts by itself was over: the list is not complete")
	}
	return a.troubles.all()
}

func (a *autoruns) apply(one *rule, root, path, user string) {
	path = root + `\` + path
	switch one.way {
	case eachValue:
		for _, v := range a.values(path) {
			a.addValue(one, path, v, user)
		}
	case namedValues:
		for _, v := range a.values(path) {
			if named(one.names, v.name) {
				a.addValue(one, path, v, user)
			}
		}
	case subkeys:
		for _, key := range a.keys(path) {
			for _, v := range a.values(path + `\` + key) {
				if named(one.names, v.name) {
					a.addValue(one, path+`\`+key, v, user)
				}
			}
		}
	case classes:
		a.addClasses(one, path, user)
	case services:
		a.addServices(path)
	}
}

func named(names []string, name string) bool {
	for _, one := range names {
		if strings.EqualFold(one, name) {
			return true
		}
	}
	return false
}

func (a *autoruns) add(entry model.Autorun, command string) {
	if a.ctx.Err() != nil {
		return
	}
	if len(a.list) >= maxAutoruns {
		a.dropped++
		return
	}
	entry.EntryPath, entry.EntryValue = clip(entry.EntryPath, model.MaxPath), clip(entry.EntryValue, model.MaxText)
	entry.DisplayName, entry.Description = clip(entry.DisplayName, model.MaxText), clip(entry.Description, model.MaxText)
	entry.Starts = a.startedBy(command)
	a.list = append(a.list, entry)
}

func (a *autoruns) addValue(one *rule, path string, v registryValue, user string) {
	name := v.name
	if name == "" {
		name = "(Default)"
	}
	texts := v.texts
	if len(texts) == 0 && len(v.data) > 0 {
		// PackedCatalogItem begins with the path of the provider's library.
		if text, _, found := bytes.Cut(v.data[:min(len(v.data), 260)], []byte{0}); found && len(text) > 3 {
			texts = []string{string(text)}
		}
	}
	for _, text := range texts {
		if text != "" {
			a.add(model.Autorun{Category: one.category, EntryPath: path + `\` + name, EntryPathType: "registry", EntryValue: text, Username: user}, text)
		}
	}
}

// addClasses takes the classes that a key's values, or the keys below it, name.
func (a *autoruns) addClasses(one *rule, path, user string) {
	seen := map[string]bool{}
	take := func(where, id string) {
		if len(id) != 38 || id[0] != '{' || seen[strings.ToLower(id)] {
			return
		}
		seen[strings.ToLower(id)] = true
		server := a.serverOf(id, strings.Contains(path, "Wow6432Node"))
		a.add(model.Autorun{Category: one.category, EntryPath: where, EntryPathType: "registry", EntryValue: server, ClassID: id, Username: user}, server)
	}
	for _, v := range a.values(path) {
		take(path+`\`+v.name, v.name)
		for _, text := range v.texts {
			take(path+`\`+v.name, text)
		}
	}
	for _, key := range a.keys(path) {
		where := path + `\` + key
		take(where, key)
		for _, v := range a.values(where) {
			if v.name == "" || strings.EqualFold(v.name, "CLSID") {
				for _, text := range v.texts {
					take(where, text)
				}
			}
		}
	}
}

// serverOf is the file that a class is served from.
func (a *autoruns) serverOf(id string, narrow bool) string {
	root := `HKLM\Software\Classes\CLSID\`
	if narrow {
		root = `HKLM\Software\Wow6432Node\Classes\CLSID\`
	}
	for _, server := range []string{"InprocServer32", "LocalServer32"} {
		for _, v := range a.values(root + id + `\` + server) {
			if v.name == "" && len(v.texts) > 0 {
				return v.texts[0]
			}
		}
	}
	return ""
}

// addServices tells services from drivers by their type (winnt.h): 1, 2 and 8 are drivers.
func (a *autoruns) addServices(path string) {
	for _, key := range a.keys(path) {
		entry := model.Autorun{Category: "services", EntryPath: path + `\` + key, EntryPathType: "registry"}
		isDriver, library, found := false, "", false
		for _, v := range a.values(entry.EntryPath) {
			text := ""
			if len(v.texts) > 0 {
				text = v.texts[0]
			}
			switch strings.ToLower(v.name) {
			case "imagepath":
				entry.EntryValue, found = text, true
			case "displayname":
				entry.DisplayName = text
			case "description":
				entry.Description = text
			case "objectname":
				entry.Username = text
			case "type":
				isDriver = len(v.data) > 0 && v.data[0]&0x0b != 0
			case "start":
				if len(v.data) > 0 {
					entry.State = map[byte]string{0: "enabled", 1: "enabled", 2: "enabled", 3: "static", 4: "disabled"}[v.data[0]]
				}
			}
		}
		if !found {
			continue
		}
		if isDriver {
			entry.Category = "drivers"
		}
		for _, v := range a.values(entry.EntryPath + `\Parameters`) {
			if strings.EqualFold(v.name, "ServiceDll") && len(v.texts) > 0 {
				library = v.texts[0]
			}
		}
		a.add(entry, entry.EntryValue)
		if library != "" {
			entry.EntryPath, entry.EntryValue = entry.EntryPath+`\Parameters\ServiceDll`, library
			a.add(entry, library)
		}
	}
}

// addFolder takes the files of a start-up folder.
func (a *autoruns) addFolder(folder, user string) {
	files, _, err := a.disk.list(folder)
	if err != nil {
		a.troubles.add(reasonOfFile(err), folder, "a start-up folder cannot be read wholly: "+err.Error())
	}
	for _, name := range files {
		path := folder + `\` + name
		entry := model.Autorun{Category: "logon", EntryPath: path, EntryPathType: "filesystem", EntryValue: path, Username: user}
		command := `"` + path + `"`
		if strings.HasSuffix(strings.ToLower(name), ".lnk") {
			if s, ok := a.shortcut(path, folder); ok {
				entry.EntryValue, command = strings.TrimRight(s.targets[0]+" "+s.arguments, " "), s.command()
				if s.misleads(a.disk.expand) {
					entry.Description = "the shortcut names more than one target: " + strings.Join(s.targets, ", ")
				}
			}
		}
		a.add(entry, command)
	}
}

// shortcut reads a shortcut; where that is not possible, it is reported, and the shortcut itself is the file that starts.
func (a *autoruns) shortcut(path, folder string) (shortcut, bool) {
	content, err := a.disk.read(path, maxShortcut)
	if err != nil {
		a.refuse(path, err)
		return shortcut{}, false
	}
	s, err := parseShortcut(content, folder)
	if err != nil {
		a.troubles.add(model.ReasonUnsupported, path, err.Error())
		return shortcut{}, false
	}
	return s, true
}
