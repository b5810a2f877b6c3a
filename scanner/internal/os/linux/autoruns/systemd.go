//go:build linux

package autoruns

import (
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/sys/unix"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/regular"
)

// unitDirectories in the order in which systemd prefers them (systemd.unit(5)).
var unitDirectories = []string{
	"/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient",
	"/run/systemd/generator.early", "/etc/systemd/system", "/etc/systemd/system.attached", "/run/systemd/system",
	"/run/systemd/system.attached", "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	"/lib/systemd/system", "/run/systemd/generator.late",
}

var userUnitDirectories = []string{
	"/etc/systemd/user", "/run/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user",
}

// unit is one service or timer with all that adds to it.
type unit struct {
	name     string
	path     string   // of the file that counts
	extra    []string // drop-ins
	masked   bool
	enabled  bool
	settings map[string][]string
	from     map[string]string // where a setting stands
}

// startKeys are the settings of a service that start something.
var startKeys = []string{"ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost"}

func (r *reader) systemd() {
	r.units(unitDirectories, "")
	r.units(userUnitDirectories, "")
	for _, h := range r.homes {
		for _, directory := range []string{".config/systemd/user", ".local/share/systemd/user"} {
			r.units([]string{filepath.Join(h.path, directory)}, h.user)
		}
	}
}

// units reads all services and timers of one set of directories. user is whose they are, where they are a user's own.
func (r *reader) units(directories []string, user string) {
	found := map[string]*unit{}
	at := func(name string) *unit {
		if found[name] == nil {
			found[name] = &unit{name: name, settings: map[string][]string{}, from: map[string]string{}}
		}
		return found[name]
	}
	for _, directory := range directories {
		for _, name := range r.names(directory) {
			path := filepath.Join(directory, name)
			switch extension := filepath.Ext(name); extension {
			case ".service", ".timer":
				if u := at(name); u.path == "" {
					u.path = path
					u.masked = r.isMask(path)
				}
			case ".d":
				for _, part := range r.names(path) {
					if strings.HasSuffix(part, ".conf") {
						u := at(strings.TrimSuffix(name, extension))
						u.extra = append(u.extra, filepath.Join(path, part))
					}
				}
			case ".wants", ".requires", ".upholds":
				for _, wanted := range r.names(path) {
					at(wanted).enabled = true
				}
			}
		}
	}
	names := make([]string, 0, len(found))
	for name, u := range found {
		if u.path != "" || len(u.extra) > 0 {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		if r.ctx.Err() != nil {
			return
		}
		r.readUnit(found[name])
	}
	for _, name := range names {
		r.reportUnit(found[name], found, user)
	}
}

// isMask recognises a unit that is switched off by a link to /dev/null, or by an empty file.
func (r *reader) isMask(path string) bool {
	if target, err := os.Readlink(r.at(path)); err == nil && filepath.Clean(target) == "/dev/null" {
		return true
	}
	_, stat, err := regular.Find(r.Root, path)
	return err == nil && (stat.Mode&unix.S_IFMT == unix.S_IFREG && stat.Size == 0 ||
		stat.Mode&unix.S_IFMT == unix.S_IFCHR && stat.Rdev == unix.Mkdev(1, 3))
}

// readUnit reads the unit's file, then what adds to it. An empty setting forgets what was set before.
func (r *reader) readUnit(u *unit) {
	if u.masked {
		return
	}
	for _, path := range append([]string{u.path}, u.extra...) {
		if path == "" {
			continue
		}
		section := ""
		for _, line := range r.joinedLines(path, "#;") {
			if strings.HasPrefix(line, "[") {
				section = strings.Trim(line, "[]")
				continue
			}
			name, value, found := strings.Cut(line, "=")
			name, value = strings.TrimSpace(name), strings.TrimSpace(value)
			if !found || section == "Install" && name != "WantedBy" {
				continue
			}
			if value == "" {
				delete(u.settings, name)
				continue
			}
			const maxValues = 64
			if len(u.settings[name]) < maxValues {
				u.settings[name] = append(u.settings[name], value)
			} else if strings.HasPrefix(name, "Exec") {
				r.cut = true
			}
			u.from[name] = path
		}
	}
}

func (u *unit) first(name string) string {
	if values := u.settings[name]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

func (u *unit) state() string {
	switch {
	case u.masked:
		return "masked"
	case u.enabled:
		return "enabled"
	case len(u.settings["WantedBy"]) > 0:
		return "disabled"
	default:
		return "static"
	}
}

func (r *reader) reportUnit(u *unit, all map[string]*unit, user string) {
	if strings.HasSuffix(u.name, ".timer") {
		r.reportTimer(u, all, user)
		return
	}
	if !strings.HasSuffix(u.name, ".service") {
		return
	}
	if user == "" {
		user = u.first("User")
	}
	for _, key := range startKeys {
		for _, command := range u.settings[key] {
			display := u.name
			if key != "ExecStart" {
				display += " (" + key + ")"
			}
			r.add(model.Autorun{
				Category: Services, EntryPath: u.from[key], EntryValue: withoutValues(command), DisplayName: display,
				Description: u.first("Description"), Username: user, State: u.state(), Starts: r.started(command),
			})
		}
	}
}

// timerKeys are when a timer elapses (systemd.timer(5)).
var timerKeys = []string{
	"OnCalendar", "OnBootSec", "OnStartupSec", "OnActiveSec", "OnUnitActiveSec", "OnUnitInactiveSec", "OnClockChange",
	"OnTimezoneChange",
}

func (r *reader) reportTimer(u *unit, all map[string]*unit, user string) {
	started := u.first("Unit")
	if started == "" {
		started = strings.TrimSuffix(u.name, ".timer") + ".service"
	}
	var when []string
	for _, key := range timerKeys {
		for _, value := range u.settings[key] {
			when = append(when, key+"="+value)
		}
	}
	task := model.ScheduledTask{
		TaskName: u.name, Description: u.first("Description"), State: "disabled", When: strings.Join(when, " "), Username: user,
		ExecActions: []model.ExecAction{},
	}
	if u.enabled || u.state() == "static" {
		task.State = "ready"
	}
	command := ""
	if service := all[started]; service != nil {
		for _, one := range service.settings["ExecStart"] {
			task.ExecActions = append(task.ExecActions, r.action(one, service.first("WorkingDirectory")))
			command = withoutValues(one)
		}
		if task.Username == "" {
			task.Username = service.first("User")
		}
	}
	r.addTask(task)
	if u.path != "" {
		r.add(model.Autorun{
			Category: Timers, EntryPath: u.path, EntryValue: command, DisplayName: u.name + " starts " + started,
			Description: strings.Join(when, " "), Username: task.Username, State: u.state(),
		})
	}
}
