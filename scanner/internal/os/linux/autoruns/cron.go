//go:build linux

package autoruns

import (
	"path/filepath"
	"strings"

	"genehound/scanner/internal/model"
)

func (r *reader) cron() {
	r.crontab("/etc/crontab", "")
	for _, name := range r.names("/etc/cron.d") {
		if !strings.HasPrefix(name, ".") {
			r.crontab("/etc/cron.d/"+name, "")
		}
	}
	for _, directory := range []string{"/var/spool/cron/crontabs", "/var/spool/cron/tabs", "/var/spool/cron"} {
		for _, name := range r.names(directory) {
			r.crontab(filepath.Join(directory, name), name)
		}
	}
	r.anacrontab()
	for _, period := range []string{"hourly", "daily", "weekly", "monthly", "yearly"} {
		r.runParts("/etc/cron."+period, "cron."+period)
	}
	r.jobs()
}

// crontab reads the lines of one table; tables of the system name a user before the command.
func (r *reader) crontab(path, user string) {
	for _, line := range r.lines(path) {
		if first := strings.Fields(line); len(first) == 0 || isAssignment(strings.Trim(strings.ReplaceAll(first[0], `"`, ""), "'")) || len(first) > 1 && first[1][0] == '=' || valueStart(line, nameEnd(line)) > nameEnd(line) {
			continue // a value of the environment
		}
		times := 5
		if line[0] == '@' {
			times = 1
		}
		when, rest := cutFields(line, times)
		owner := user
		if user == "" {
			owner, rest = cutFields(rest, 1)
		}
		if when == "" || rest == "" {
			continue
		}
		// What follows an unescaped % is the command's input: data, not command.
		if at := unescapedPercent(rest); at >= 0 {
			rest = rest[:at]
		}
		r.scheduled(path, when, owner, rest)
	}
}

func (r *reader) scheduled(path, when, user, command string) {
	shown := withoutValues(command)
	r.add(model.Autorun{
		Category: Cron, EntryPath: path, EntryValue: shown, DisplayName: when, Username: user, State: "enabled",
		Starts: r.started(command),
	})
	r.addTask(model.ScheduledTask{
		TaskName: path + ": " + clip(shown, 256), State: "ready", When: when, Username: user,
		ExecActions: []model.ExecAction{r.action(command, "")},
	})
}

func unescapedPercent(text string) int {
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			i++
		} else if text[i] == '%' {
			return i
		}
	}
	return -1
}

// cutFields takes n fields from the beginning; empty where there are fewer.
func cutFields(line string, n int) (fields, rest string) {
	rest = strings.TrimLeft(line, " \t")
	for i := 0; i < n; i++ {
		at := strings.IndexAny(rest, " \t")
		if at < 0 {
			return "", ""
		}
		if i > 0 {
			fields += " "
		}
		fields += rest[:at]
		rest = strings.TrimLeft(rest[at:], " \t")
	}
	return fields, rest
}

// anacrontab has period, delay, name and command.
func (r *reader) anacrontab() {
	const path = "/etc/anacrontab"
	for _, line := range r.lines(path) {
		first := strings.Fields(line)
		if len(first) < 4 || isAssignment(first[0]) {
			continue
		}
		when, rest := cutFields(line, 2)
		_, command := cutFields(rest, 1)
		if command != "" {
			r.scheduled(path, "every "+strings.Replace(when, " ", " days, after ", 1)+" minutes", "root", command)
		}
	}
}

// runParts lists a directory all of whose programs run.
func (r *reader) runParts(directory, when string) {
	for _, name := range r.names(directory) {
		path := filepath.Join(directory, name)
		if strings.HasPrefix(name, ".") || !r.isExecutable(path) {
			continue
		}
		r.scheduled(path, when, "root", path)
	}
}

// jobs of at(1): their files hold the whole environment, so that only the files are named.
func (r *reader) jobs() {
	for _, directory := range []string{"/var/spool/cron/atjobs", "/var/spool/at"} {
		for _, name := range r.names(directory) {
			if !strings.HasPrefix(name, ".") && name != "spool" {
				r.scheduled(filepath.Join(directory, name), "once, by at", "", filepath.Join(directory, name))
			}
		}
	}
}
