//go:build windows

package windows

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/winapi"
)

// systemRegistry reads the machine's registry.
type systemRegistry struct{}

// openKey opens a key; it is nil where there is none.
func openKey(path string) (winapi.Key, error) {
	root, rest, _ := strings.Cut(path, `\`)
	base := winapi.LocalMachine
	if root == "HKU" {
		base = winapi.Users
	}
	key, err := base.Open(rest)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return key, err
}

func (systemRegistry) values(path string) ([]registryValue, error) {
	key, err := openKey(path)
	if key == 0 || err != nil {
		return nil, err
	}
	defer key.Close()
	values, left, whole := key.Values(maxEntries)
	var list []registryValue
	for _, v := range values {
		one := registryValue{name: v.Name, texts: v.Strings()}
		if one.texts == nil {
			one.data = v.Data
		}
		list = append(list, one)
	}
	switch {
	case !whole:
		return list, errMoreEntries
	case left > 0:
		return list, errLongValue
	}
	return list, nil
}

func (systemRegistry) keys(path string) ([]string, error) {
	key, err := openKey(path)
	if key == 0 || err != nil {
		return nil, err
	}
	defer key.Close()
	list, whole := key.Keys(maxEntries)
	if !whole {
		return list, errMoreEntries
	}
	return list, nil
}

// systemDisk finds files.
type systemDisk struct{}

func (systemDisk) started(path string) (model.ModuleFile, error) {
	file, err := openShared(path)
	// The beginning of a command may be a folder, or be no name at all: then no file is meant.
	if err != nil && (errors.Is(err, winapi.ErrorInvalidName) || winapi.IsPlainFolder(longPath(path))) {
		return model.ModuleFile{}, fs.ErrNotExist
	}
	if err != nil {
		return model.ModuleFile{}, err
	}
	defer file.Close()
	identity, err := file.identity()
	if err != nil {
		return model.ModuleFile{}, err
	}
	return model.ModuleFile{
		ID: identity.FileID, Path: clip(path, model.MaxPath), IsImage: true,
		Accessed: identity.accessed, Created: identity.created, Modified: identity.modified,
	}, nil
}

func (systemDisk) expand(text string) string { return winapi.ExpandEnvironment(text) }

func (systemDisk) list(folder string) (files, folders []string, err error) {
	opened, err := os.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer opened.Close()
	entries, err := opened.ReadDir(maxEntries + 1)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if len(entries) > maxEntries {
		entries, err = entries[:maxEntries], errMoreEntries
	}
	for _, entry := range entries {
		switch {
		case entry.IsDir():
			folders = append(folders, entry.Name())
		case entry.Type().IsRegular():
			files = append(files, entry.Name())
		}
	}
	return files, folders, err
}

func (systemDisk) read(path string, limit int64) ([]byte, error) {
	file, err := openShared(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit))
}

// Persistence reads what starts by itself: the registry, the start-up folders, the scheduled tasks.
func (s *System) Persistence(ctx context.Context) model.Persistence {
	found := readAutoruns(ctx, systemRegistry{}, systemDisk{})
	const startMenu = `\Microsoft\Windows\Start Menu\Programs\Startup`
	found.addFolder(winapi.ExpandEnvironment("%ProgramData%")+startMenu, "")
	users := winapi.ExpandEnvironment(`%SystemDrive%`) + `\Users`
	_, names, err := systemDisk{}.list(users)
	if err != nil {
		found.troubles.add(reasonOfFile(err), users, "the users' folders cannot be listed wholly: "+err.Error())
	}
	for _, user := range names {
		found.addFolder(users+`\`+user+`\AppData\Roaming`+startMenu, user)
	}
	accounts := map[string]string{}
	for k := range found.list {
		if id := found.list[k].Username; strings.HasPrefix(id, "S-1-5-21-") {
			if accounts[id] == "" {
				accounts[id] = winapi.AccountOf(id)
			}
			found.list[k].Username = accounts[id]
		}
	}
	p := model.Persistence{Tasks: found.readTasks(winapi.ExpandEnvironment(`%SystemRoot%\System32\Tasks`))}
	p.Autoruns, p.Problems = found.list, found.finish()
	return p
}
