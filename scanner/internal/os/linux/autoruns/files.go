//go:build linux

package autoruns

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/regular"
)

func (r *reader) isExecutable(path string) bool {
	_, stat, err := regular.Find(r.Root, path)
	return err == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG && stat.Mode&0o111 != 0
}

// file reports a file that is run as it is; its content never leaves, only its hash.
func (r *reader) file(category, path, user, state string) {
	starts := r.started(path)
	if len(starts) == 0 {
		return
	}
	r.add(model.Autorun{
		Category: category, EntryPath: path, DisplayName: filepath.Base(path), Username: user, State: state, Starts: starts,
	})
}

// rc are the scripts of System V init.
func (r *reader) rc() {
	enabled := map[string]bool{}
	for _, level := range []string{"S", "2", "3", "4", "5"} {
		for _, base := range []string{"/etc/rc" + level + ".d", "/etc/rc.d/rc" + level + ".d"} {
			for _, name := range r.names(base) {
				if len(name) > 3 && name[0] == 'S' {
					enabled[name[3:]] = true
				}
			}
		}
	}
	for _, directory := range []string{"/etc/init.d", "/etc/rc.d/init.d"} {
		for _, name := range r.names(directory) {
			state := "disabled"
			if enabled[name] {
				state = "enabled"
			}
			if path := filepath.Join(directory, name); r.isExecutable(path) {
				r.file(RC, path, "root", state)
			}
		}
	}
	for _, path := range []string{"/etc/rc.local", "/etc/rc.d/rc.local", "/etc/rc.d/rc.sysinit"} {
		if r.isExecutable(path) {
			r.file(RC, path, "root", "enabled")
		}
	}
	for _, line := range r.lines("/etc/inittab") {
		// id:levels:action:command
		if fields := strings.SplitN(line, ":", 4); len(fields) == 4 && fields[3] != "" {
			r.add(model.Autorun{
				Category: RC, EntryPath: "/etc/inittab", EntryValue: withoutValues(fields[3]), DisplayName: fields[0],
				Username: "root", State: "enabled", Starts: r.started(fields[3]),
			})
		}
	}
}

// profiles are what shells read when they start.
func (r *reader) profiles() {
	for _, path := range []string{
		"/etc/profile", "/etc/bash.bashrc", "/etc/bashrc", "/etc/zsh/zshenv", "/etc/zsh/zprofile", "/etc/zsh/zshrc",
		"/etc/zsh/zlogin", "/etc/zshenv", "/etc/zprofile", "/etc/zshrc", "/etc/csh.cshrc", "/etc/csh.login",
		"/etc/fish/config.fish", "/etc/ksh.kshrc",
	} {
		r.file(ShellProfiles, path, "", "enabled")
	}
	for _, directory := range []string{"/etc/profile.d", "/etc/update-motd.d", "/etc/fish/conf.d"} {
		for _, name := range r.names(directory) {
			r.file(ShellProfiles, filepath.Join(directory, name), "", "enabled")
		}
	}
	for _, h := range r.homes {
		for _, name := range []string{
			".profile", ".bash_profile", ".bash_login", ".bashrc", ".bash_logout", ".bash_aliases", ".zshenv", ".zprofile",
			".zshrc", ".zlogin", ".kshrc", ".cshrc", ".tcshrc", ".login", ".xprofile", ".xsession", ".xinitrc",
			".config/fish/config.fish", ".ssh/rc",
		} {
			r.file(ShellProfiles, filepath.Join(h.path, name), h.user, "enabled")
		}
	}
}

// preload is what the dynamic loader puts into every program (ld.so(8)).
func (r *reader) preload() {
	const path = "/etc/ld.so.preload"
	for _, line := range r.lines(path) {
		for _, name := range strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' || c == ':' }) {
			r.add(model.Autorun{
				Category: Preload, EntryPath: path, EntryValue: name, DisplayName: filepath.Base(name), State: "enabled",
				Starts: r.started(name),
			})
		}
	}
}

// desktop are the sessions' own autostart entries (XDG autostart specification).
func (r *reader) desktop() {
	r.desktopEntries("/etc/xdg/autostart", "")
	for _, h := range r.homes {
		r.desktopEntries(filepath.Join(h.path, ".config/autostart"), h.user)
	}
}

func (r *reader) desktopEntries(directory, user string) {
	for _, name := range r.names(directory) {
		if !strings.HasSuffix(name, ".desktop") {
			continue
		}
		path := filepath.Join(directory, name)
		settings := map[string]string{}
		section := ""
		for _, line := range r.lines(path) {
			if strings.HasPrefix(line, "[") {
				section = line
			} else if key, value, found := strings.Cut(line, "="); found && section == "[Desktop Entry]" {
				settings[strings.TrimSpace(key)] = strings.TrimSpace(value)
			}
		}
		command := settings["Exec"]
		if command == "" {
			continue
		}
		state := "enabled"
		if settings["Hidden"] == "true" || settings["X-GNOME-Autostart-enabled"] == "false" {
			state = "disabled"
		}
		r.add(model.Autorun{
			Category: Logon, EntryPath: path, EntryValue: withoutValues(command), DisplayName: settings["Name"],
			Description: settings["Comment"], Username: user, State: state, Starts: r.started(command),
		})
	}
}

// udev rules that start a program (udev(7)).
func (r *reader) udev() {
	for _, directory := range []string{
		"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d",
	} {
		for _, name := range r.names(directory) {
			if !strings.HasSuffix(name, ".rules") {
				continue
			}
			path := filepath.Join(directory, name)
			for _, line := range r.joinedLines(path, "#") {
				for _, command := range udevCommands(line) {
					starts := r.started(command)
					if len(starts) == 0 { // a program of udev's own
						starts = r.started("/usr/lib/udev/" + command)
					}
					r.add(model.Autorun{
						Category: Udev, EntryPath: path, EntryValue: command, DisplayName: name, State: "enabled", Starts: starts,
					})
				}
			}
		}
	}
}

// udevCommands takes the values of RUN, PROGRAM and IMPORT{program} from a rule; built-in ones start nothing.
func udevCommands(line string) []string {
	var commands []string
	for rest := line; ; {
		at := strings.IndexByte(rest, '"')
		if at < 0 {
			return commands
		}
		key := rest[:at]
		if comma := strings.LastIndexByte(key, ','); comma >= 0 {
			key = key[comma+1:]
		}
		end := strings.IndexByte(rest[at+1:], '"')
		if end < 0 {
			return commands
		}
		value := rest[at+1 : at+1+end]
		rest = rest[at+end+2:]
		key = strings.Trim(key, " \t=+:-!")
		if key == "RUN" || key == "RUN{program}" || key == "PROGRAM" || key == "IMPORT{program}" {
			commands = append(commands, value)
		}
	}
}
