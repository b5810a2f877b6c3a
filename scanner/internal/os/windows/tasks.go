package windows

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"genehound/scanner/internal/model"
)

const (
	// maxTaskFile bounds one task's file; Windows itself writes a few kB.
	maxTaskFile = 1 << 20
	maxActions  = 64
	maxTags     = 16_384
)

// parseTask reads the definition of a scheduled task (MS-TSCH, 2.5): as much XML as Windows writes there, bounded, without
// entities of its own. ok is false where it is none.
func parseTask(name string, content []byte) (task model.ScheduledTask, ok bool) {
	task = model.ScheduledTask{TaskName: clip(name, model.MaxText), State: "ready", ExecActions: []model.ExecAction{}}
	var triggers []string
	walkTags(taskText(content), func(path []string, text string, opens bool) {
		if len(path) == 0 || path[0] != "Task" {
			return
		}
		ok = true
		where := strings.Join(path[1:], "/")
		switch {
		case opens && where == "Actions/Exec" || opens && where == "Actions/ComHandler":
			if len(task.ExecActions) < maxActions {
				task.ExecActions = append(task.ExecActions, model.ExecAction{})
			}
		case opens && len(path) == 3 && path[1] == "Triggers" && len(triggers) < maxActions:
			triggers = append(triggers, path[2])
		case !opens:
			setTask(&task, where, clip(text, model.MaxText))
		}
	})
	task.When = clip(strings.Join(triggers, ", "), model.MaxText)
	return task, ok
}

func setTask(task *model.ScheduledTask, where, text string) {
	last := &model.ExecAction{}
	if n := len(task.ExecActions); n > 0 {
		last = &task.ExecActions[n-1]
	}
	switch where {
	case "RegistrationInfo/Author":
		task.Author = text
	case "RegistrationInfo/Description":
		task.Description = text
	case "RegistrationInfo/Date":
		task.RegistrationDate = clip(text, model.MaxName)
	case "Principals/Principal/UserId", "Principals/Principal/GroupId":
		task.Username = text
	case "Settings/Hidden":
		task.IsHidden = text == "true"
	case "Settings/Enabled":
		if text == "false" {
			task.State = "disabled"
		}
	case "Actions/Exec/Command":
		last.ExecPath = text
	case "Actions/Exec/Arguments":
		last.ExecArgs = text
	case "Actions/Exec/WorkingDirectory":
		last.ExecWorkingDir = text
	case "Actions/ComHandler/ClassId":
		last.ExecPath = text
	}
}

// taskText is the file's text: UTF-16 with a mark, as Windows writes it, or UTF-8.
func taskText(content []byte) string {
	content = content[:min(len(content), maxTaskFile)]
	if len(content) < 2 || content[0] != 0xff || content[1] != 0xfe {
		return string(content)
	}
	units := make([]uint16, len(content)/2-1)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(content[2+2*i:])
	}
	return string(utf16.Decode(units))
}

// walkTags calls visit when an element opens, and when it closes with the text right before that.
func walkTags(text string, visit func(path []string, text string, opens bool)) {
	var path []string
	for tags := 0; tags < maxTags; tags++ {
		start := strings.IndexByte(text, '<')
		if start < 0 {
			return
		}
		before, rest := text[:start], text[start+1:]
		if comment, ok := strings.CutPrefix(rest, "!--"); ok {
			_, text, _ = strings.Cut(comment, "-->")
			continue
		}
		tag, after, found := strings.Cut(rest, ">")
		if !found {
			return
		}
		text = after
		name, _, _ := strings.Cut(strings.Trim(tag, "/ \t\r\n"), " ")
		switch {
		case tag == "" || tag[0] == '?' || tag[0] == '!':
		case tag[0] == '/':
			if len(path) == 0 || path[len(path)-1] != name {
				return // not well formed: what follows has no place
			}
			visit(path, entities.Replace(strings.TrimSpace(before)), false)
			path = path[:len(path)-1]
		default:
			if len(path) >= 32 {
				return
			}
			path = append(path, name)
			visit(path, "", true)
			if tag[len(tag)-1] == '/' {
				path = path[:len(path)-1]
			}
		}
	}
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

// lastRun reads the task cache's DynamicInfo: the time of the last run is a FILETIME at 12. OLE dates count days since
// 1899-12-30.
func lastRun(dynamic []byte) *float64 {
	const oleEpoch, day = 94_353_120_000_000_000, 864_000_000_000 // 1899-12-30 as FILETIME; a day in its units
	if len(dynamic) < 20 {
		return nil
	}
	at := binary.LittleEndian.Uint64(dynamic[12:])
	date := 0.0
	if at > oleEpoch && at < 1<<62 {
		date = float64(at-oleEpoch) / day
	}
	return &date
}
