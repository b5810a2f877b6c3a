//go:build linux

package autoruns

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"genehound/scanner/internal/model"
)

// machine lays a file system out below a directory; a text that begins with -> is a link, with ! an executable file.
func machine(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range files {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, isLink := strings.CutPrefix(text, "->"); isLink {
			err = os.Symlink(target, full)
		} else if script, isProgram := strings.CutPrefix(text, "!"); isProgram {
			err = os.WriteFile(full, []byte(script), 0o755)
		} else {
			err = os.WriteFile(full, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func read(t *testing.T, root string) model.Persistence {
	t.Helper()
	return Read(context.Background(), Options{Root: root, Release: "6.1.0", Identify: func(path string) (model.ModuleFile, bool) {
		info, err := os.Stat(path)
		return model.ModuleFile{}, err == nil && info.Mode().IsRegular()
	}})
}

// told writes what was found a line each, as one would read it.
func told(found model.Persistence) []string {
	var lines []string
	for _, a := range found.Autoruns {
		var files []string
		for _, one := range a.Starts {
			files = append(files, one.Written+"="+one.File.Path)
		}
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s", a.Category, a.EntryPath, a.EntryValue, a.DisplayName, a.Username, a.State, strings.Join(files, ",")))
	}
	for _, task := range found.Tasks {
		var actions []string
		for _, one := range task.ExecActions {
			actions = append(actions, one.ExecPath+" "+one.ExecArgs)
		}
		lines = append(lines, fmt.Sprintf("task|%s|%s|%s|%s|%s", task.TaskName, task.When, task.Username, task.State, strings.Join(actions, ",")))
	}
	sort.Strings(lines)
	return lines
}

func TestEveryPlaceIsRead(t *testing.T) {
	files := map[string]string{
		"/etc/passwd":   "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nno:x:9:9::/nonexistent:/bin/sh\n",
		"/usr/bin/tool": "!", "/usr/sbin/d": "!", "/opt/a b": "!", "/opt/s.py": "", "/bin/sh": "!", "/usr/lib/udev/helper": "!",
		"/etc/systemd/system/a.service":                         "[Unit]\nDescription=A thing\n[Service]\nUser=www\nEnvironment=PASSWORD=s3cret\nExecStartPre=-/usr/bin/tool --x\nExecStart=/usr/sbin/d \\\n  --long\n[Install]\nWantedBy=multi-user.target\n",
		"/etc/systemd/system/multi-user.target.wants/a.service": "->../a.service",
		"/usr/lib/systemd/system/a.service":                     "[Service]\nExecStart=/usr/bin/shadowed\n",
		"/usr/lib/systemd/system/b.service":                     "[Service]\nExecStart=/usr/bin/tool b\n",
		"/etc/systemd/system/b.service.d/over.conf":             "[Service]\nExecStart=\nExecStart=\"/opt/a b\" %i\n",
		"/usr/lib/systemd/system/b.timer":                       "[Timer]\nOnCalendar=daily\nOnBootSec=5min\n",
		"/etc/systemd/system/c.service":                         "->/dev/null",
		"/usr/lib/systemd/system/c.service":                     "[Service]\nExecStart=/usr/bin/tool masked\n",
		"/home/ann/.config/systemd/user/u.service":              "[Service]\nExecStart=/usr/bin/tool u\n",
		"/etc/crontab":                 "SHELL=/bin/sh\nPASSWORD = x\n# no\n17 * * * * root KEY=s3cret tool --run%input s3cret\n",
		"/etc/cron.d/job":              "@reboot root /bin/sh -c 'cd /; /opt/s.py x'\n",
		"/var/spool/cron/crontabs/ann": "*/5 1-2 * * 1 python3 /opt/s.py\n",
		"/etc/cron.daily/clean":        "!x", "/etc/cron.daily/notes": "no program",
		"/etc/anacrontab": "MAILTO=root\n7 25 weekly.all /usr/bin/tool w\n",
		"/etc/init.d/old": "!", "/etc/rc2.d/S01old": "->../init.d/old", "/etc/init.d/off": "!",
		"/etc/rc.local": "!", "/etc/inittab": "1:2345:respawn:/usr/bin/tool tty1\n",
		"/etc/profile.d/x.sh": "export SECRET=s3cret", "/home/ann/.bashrc": "s3cret",
		"/etc/ld.so.preload": "/usr/lib/evil.so\n", "/usr/lib/evil.so": "",
		"/proc/modules": "snd_hda 4096 0 - Live 0x0\nghost 4096 0 - Live 0x0\n", "/etc/modules": "loop\n",
		"/lib/modules/6.1.0/modules.dep": "kernel/snd-hda.ko.xz: kernel/x.ko\nkernel/loop.ko:\n", "/lib/modules/6.1.0/kernel/snd-hda.ko.xz": "", "/lib/modules/6.1.0/kernel/loop.ko": "",
		"/etc/modprobe.d/m.conf":                "install thing /usr/bin/tool m\nblacklist x\n",
		"/usr/lib/udev/rules.d/1.rules":         "KERNEL==\"sda\", ENV{X}=\"y\", RUN+=\"helper %k\", IMPORT{builtin}=\"path_id\"\nACTION==\"add\", PROGRAM=\"/usr/bin/tool u\"\n",
		"/etc/xdg/autostart/p.desktop":          "[Desktop Entry]\nName=Panel\nExec=tool panel\n[Desktop Action x]\nExec=other\n",
		"/home/ann/.config/autostart/q.desktop": "[Desktop Entry]\nName=Q\nHidden=true\nExec=/usr/bin/tool q\n",
	}
	root := machine(t, files)
	got := told(read(t, root))
	all := strings.Join(got, "\n")
	for _, want := range []string{
		"services|/etc/systemd/system/a.service|/usr/sbin/d    --long|a.service|www|enabled|/usr/sbin/d=/usr/sbin/d",
		"services|/etc/systemd/system/a.service|-/usr/bin/tool --x|a.service (ExecStartPre)|www|enabled|/usr/bin/tool=/usr/bin/tool",
		"services|/etc/systemd/system/b.service.d/over.conf|\"/opt/a b\" %i|b.service||static|/opt/a b=/opt/a b",
		"services|/home/ann/.config/systemd/user/u.service|/usr/bin/tool u|u.service|ann|static|/usr/bin/tool=/usr/bin/tool",
		"timers|/usr/lib/systemd/system/b.timer|\"/opt/a b\" %i|b.timer starts b.service||static|",
		"task|b.timer|OnCalendar=daily OnBootSec=5min||ready|/opt/a b %i",
		"cron|/etc/crontab|KEY=… tool --run|17 * * * *|root|enabled|tool=/usr/bin/tool",
		"task|/etc/crontab: KEY=… tool --run|17 * * * *|root|ready|tool --run",
		"cron|/etc/cron.d/job|/bin/sh -c 'cd /; /opt/s.py x'|@reboot|root|enabled|/bin/sh=/bin/sh,/opt/s.py=/opt/s.py",
		"cron|/var/spool/cron/crontabs/ann|python3 /opt/s.py|*/5 1-2 * * 1|ann|enabled|/opt/s.py=/opt/s.py",
		"cron|/etc/cron.daily/clean|/etc/cron.daily/clean|cron.daily|root|enabled|/etc/cron.daily/clean=/etc/cron.daily/clean",
		"cron|/etc/anacrontab|/usr/bin/tool w|every 7 days, after 25 minutes|root|enabled|/usr/bin/tool=/usr/bin/tool",
		"rc|/etc/init.d/old||old|root|enabled|/etc/init.d/old=/etc/init.d/old",
		"rc|/etc/init.d/off||off|root|disabled|/etc/init.d/off=/etc/init.d/off",
		"rc|/etc/rc.local||rc.local|root|enabled|/etc/rc.local=/etc/rc.local",
		"rc|/etc/inittab|/usr/bin/tool tty1|1|root|enabled|/usr/bin/tool=/usr/bin/tool",
		"shell_profiles|/etc/profile.d/x.sh||x.sh||enabled|/etc/profile.d/x.sh=/etc/profile.d/x.sh",
		"shell_profiles|/home/ann/.bashrc||.bashrc|ann|enabled|/home/ann/.bashrc=/home/ann/.bashrc",
		"preload|/etc/ld.so.preload|/usr/lib/evil.so|evil.so||enabled|/usr/lib/evil.so=/usr/lib/evil.so",
		"drivers|/proc/modules|snd_hda|snd_hda||enabled|/lib/modules/6.1.0/kernel/snd-hda.ko.xz=/lib/modules/6.1.0/kernel/snd-hda.ko.xz",
		"drivers|/etc/modules|loop|loop||disabled|/lib/modules/6.1.0/kernel/loop.ko=/lib/modules/6.1.0/kernel/loop.ko",
		"drivers|/proc/modules|ghost|ghost||enabled|",
		"drivers|/etc/modprobe.d/m.conf|/usr/bin/tool m|install thing|root|enabled|/usr/bin/tool=/usr/bin/tool",
		"udev|/usr/lib/udev/rules.d/1.rules|helper %k|1.rules||enabled|/usr/lib/udev/helper=/usr/lib/udev/helper",
		"udev|/usr/lib/udev/rules.d/1.rules|/usr/bin/tool u|1.rules||enabled|/usr/bin/tool=/usr/bin/tool",
		"logon|/etc/xdg/autostart/p.desktop|tool panel|Panel||enabled|tool=/usr/bin/tool",
		"logon|/home/ann/.config/autostart/q.desktop|/usr/bin/tool q|Q|ann|disabled|/usr/bin/tool=/usr/bin/tool",
	} {
		if !strings.Contains("\n"+all+"\n", "\n"+want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	for _, never := range []string{"s3cret", "shadowed", "masked", "other", "notes", "path_id"} {
		if strings.Contains(all, never) {
			t.Errorf("%q is told", never)
		}
	}
	if t.Failed() {
		t.Log(all)
	}
}

func TestWhatCannotBeReadIsAProblem(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root may read all: the limit shows the way of problems")
	}
	root := machine(t, map[string]string{"/etc/crontab": strings.Repeat("# comment\n", maxFile/8)})
	found := read(t, root)
	if len(found.Problems) != 1 || found.Problems[0].Code != model.ReasonLimit || found.Problems[0].Path != "/etc/crontab" {
		t.Errorf("got %+v", found.Problems)
	}
}

// FuzzConfiguration: whatever stands in the files, reading ends, and no value of the environment is told.
func FuzzConfiguration(f *testing.F) {
	f.Add("[Service]\nExecStart=/bin/sh -c \"x\"\n", "1 2 3 4 5 root A=b c\n", "RUN+=\"x\"\n")
	f.Add("\\\n\\", "@", "\"\"\"")
	f.Fuzz(func(t *testing.T, unit, table, rules string) {
		root := machine(t, map[string]string{
			"/etc/systemd/system/a.service": "x" + unit, "/etc/crontab": "x" + table, "/etc/udev/rules.d/a.rules": "x" + rules,
			"/etc/xdg/autostart/a.desktop": "x" + unit, "/etc/inittab": "x" + table, "/etc/ld.so.preload": "x" + rules,
		})
		found := read(t, root)
		for _, a := range found.Autoruns {
			if len(a.EntryValue) > model.MaxCommandLine || len(a.Starts) > 8 {
				t.Errorf("got %+v", a)
			}
		}
	})
}

func FuzzWithoutValues(f *testing.F) {
	for _, seed := range []string{"A=b c", `A="b c" d`, "A='b", "A=\\", "a b=c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, command string) {
		shown := withoutValues("SECRET='q1w2e3' " + command)
		if strings.Contains(shown, "q1w2e3") && !strings.Contains(command, "q1w2e3") {
			t.Errorf("got %q", shown)
		}
	})
}
