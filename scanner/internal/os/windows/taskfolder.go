package windows

import (
	"strings"

	"genehound/scanner/internal/model"
)

const (
	maxTasks = 10_000
	// maxTaskFolders bounds the folders below each other and beside each other.
	maxTaskFolders = 5_000
	taskCache      = `HKLM\Software\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\`
)

// readTasks goes through the folder of task definitions.
func (a *autoruns) readTasks(root string) []model.ScheduledTask {
	tasks, left, seen := []model.ScheduledTask{}, 0, 1
	for folders := []string{""}; len(folders) > 0 && a.ctx.Err() == nil; folders = folders[1:] {
		files, below, err := a.disk.list(root + folders[0])
		if err != nil {
			a.troubles.add(reasonOfFile(err), root+folders[0], "a folder of scheduled tasks cannot be read wholly: "+err.Error())
		}
		for _, name := range below {
			if seen++; seen > maxTaskFolders {
				a.troubles.add(model.ReasonLimit, root+folders[0], "more folders of scheduled tasks than are read")
				break
			}
			folders = append(folders, folders[0]+`\`+name)
		}
		for _, name := range files {
			if len(tasks) >= maxTasks {
				left++
				continue
			}
			if task, ok := a.readTask(root, folders[0]+`\`+name); ok {
				tasks = append(tasks, task)
			}
		}
	}
	if left > 0 {
		a.troubles.add(model.ReasonLimit, root, count(left, "scheduled task")+" above the limit not listed")
	}
	return tasks
}

func (a *autoruns) readTask(root, name string) (task model.ScheduledTask, ok bool) {
	if a.ctx.Err() != nil {
		return task, false
	}
	content, err := a.disk.read(root+name, maxTaskFile+1)
	if err != nil {
		a.troubles.add(reasonOfFile(err), root+name, "a scheduled task cannot be read: "+err.Error())
		return task, false
	}
	if len(content) > maxTaskFile {
		a.troubles.add(model.ReasonLimit, root+name, "a scheduled task's definition is longer than is read")
		return task, false
	}
	if task, ok = parseTask(name, content); !ok {
		a.troubles.add(model.ReasonIOError, root+name, "a scheduled task is no definition of one")
		return task, false
	}
	a.completeTask(&task, name)
	return task, true
}

// completeTask adds what the registry knows of a task, and the files it starts.
func (a *autoruns) completeTask(task *model.ScheduledTask, name string) {
	for _, v := range a.values(taskCache + `Tree` + name) {
		if v.name == "Id" && len(v.texts) > 0 {
			for _, information := range a.values(taskCache + `Tasks\` + v.texts[0]) {
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
			program = a.serverOf(program, false)
		}
		action.Starts = a.startedBy(`"` + strings.Trim(program, `"`) + `" ` + action.ExecArgs)
	}
}
