//go:build windows

package windows

import (
	"context"
	"io"
	"os"
	"strings"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/winapi"
)

// systemRegistry reads the machine's registry.
type systemRegistry struct{}

func openKey(path string) (winapi.Key, bool) {
	root, rest, _ := strings.Cut(path, `\`)
	base := winapi.LocalMachine
	if root == "HKU" {
		base = winapi.Users
	}
	key, err := base.Open(rest)
	return key, err == nil
}

func (systemRegistry) values(path string) []registryValue {
	key, ok := openKey(path)
	if !ok {
		return nil
	}
	defer key.Close()
	var list []registryValue
	for _, v := range key.Values() {
		one := registryValue{name: v.Name, texts: v.Strings()}
		if one.texts == nil {
			one.data = v.Data
		}
		list = append(list, one)
	}
	return list
}

func (systemRegistry) keys(path string) []string {
	key, ok := openKey(path)
	if !ok {
		return nil
	}
	defer key.Close()
	return key.Keys()
}

// systemDisk finds files.
type systemDisk struct{}

func (systemDisk) started(path string) (model.ModuleFile, bool) {
	file, err := openShared(path)
	if err != nil {
		return model.ModuleFile{}, false
	}
	defer file.Close()
	identity, err := file.identity()
	if err != nil {
		return model.ModuleFile{}, false
	}
	return model.ModuleFile{
		ID: identity.FileID, Path: clip(path, model.MaxPath), IsImage: true,
		Accessed: identity.accessed, Created: identity.created, Modified: identity.modified,
	}, true
}

func (systemDisk) expand(text string) string { return winapi.ExpandEnvironment(text) }

func (systemDisk) list(folder string) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			names = append(names, entry.Name())
		}
	}
	return names
}

// Persistence reads what starts by itself: the registry, the start-up folders, the scheduled tasks.
func (s *System) Persistence(ctx context.Context) model.Persistence {
	found := readAutoruns(systemRegistry{}, systemDisk{})
	const startMenu = `\Microsoft\Windows\Start Menu\Programs\Startup`
	found.addFolder(winapi.ExpandEnvironment("%ProgramData%")+startMenu, "")
	users := winapi.ExpandEnvironment(`%SystemDrive%`) + `\Users`
	if entries, err := os.ReadDir(users); err == nil {
		for _, user := range entries {
			if user.IsDir() {
				found.addFolder(users+`\`+user.Name()+`\AppData\Roaming`+startMenu, user.Name())
			}
		}
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
	p := model.Persistence{}
	s.readTasks(ctx, found, &p)
	p.Autoruns = found.list
	if found.dropped > 0 {
		p.Problems = append(p.Problems, model.Problem{Code: model.ReasonLimit, Message: count(found.dropped, "autorun") + " above the limit are not listed"})
	}
	return p
}

const (
	maxTasks  = 10_000
	taskCache = `HKLM\Software\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\`
)

// readTasks goes through the folder of task definitions.
func (s *System) readTasks(ctx context.Context, found *autoruns, p *model.Persistence) {
	root := winapi.ExpandEnvironment(`%SystemRoot%\System32\Tasks`)
	folders := []string{""}
	for len(folders) > 0 && len(p.Tasks) < maxTasks && ctx.Err() == nil {
		folder := folders[0]
		folders = folders[1:]
		entries, err := os.ReadDir(root + folder)
		if err != nil {
			if !os.IsNotExist(err) {
				p.Problems = append(p.Problems, model.Problem{Code: reasonOfFile(err), Path: root + folder, Message: "a folder of scheduled tasks cannot be read"})
			}
			continue
		}
		for _, entry := range entries {
			name := folder + `\` + entry.Name()
			if entry.IsDir() {
				folders = append(folders, name)
				continue
			}
			file, err := openShared(root + name)
			if err != nil {
				p.Problems = append(p.Problems, model.Problem{Code: reasonOfFile(err), Path: root + name, Message: "a scheduled task cannot be read"})
				continue
			}
			content, err := io.ReadAll(io.LimitReader(file, maxTaskFile))
			file.Close()
			task, ok := parseTask(name, content)
			if err != nil || !ok {
				p.Problems = append(p.Problems, model.Problem{Code: model.ReasonIOError, Path: root + name, Message: "a scheduled task is no definition of one"})
				continue
			}
			completeTask(&task, name, found)
			p.Tasks = append(p.Tasks, task)
		}
	}
}

// completeTask adds what the registry knows of a task, and the files it starts.
func completeTask(task *model.ScheduledTask, name string, found *autoruns) {
	for _, v := range (systemRegistry{}).values(taskCache + `Tree` + name) {
		if v.name == "Id" && len(v.texts) > 0 {
			for _, information := range (systemRegistry{}).values(taskCache + `Tasks\` + v.texts[0]) {
				if information.name == "DynamicInfo" {
					task.LastRunDate = lastRun(information.data)
				}
			}
		}
	}
	for k := range task.ExecActions {
		action := &task.ExecActions[k]
		program := action.ExecPath
		if strings.HasPrefix(program, "{") {
			program = found.serverOf(program, false)
		}
		action.Starts = found.startedBy(`"` + strings.Trim(program, `"`) + `" ` + action.ExecArgs)
	}
}
