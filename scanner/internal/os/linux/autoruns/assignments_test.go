//go:build linux

package autoruns

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"genehound/scanner/internal/model"
)

// readTree reads a made-up root and gives everything that would leave, as it would leave.
func readTree(t *testing.T, files map[string]string) string {
	root := t.TempDir()
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found := Read(context.Background(), Options{Root: root, Identify: func(string) (model.ModuleFile, bool) { return model.ModuleFile{}, false }})
	text, _ := json.Marshal(found)
	return string(text)
}

func TestValuesOfTheEnvironmentStay(t *testing.T) {
	for name, line := range map[string]string{
		"env": "* * * * * env TOKEN=hunter2 /bin/x", "usrbinenv": "* * * * * /usr/bin/env -i TOKEN=hunter2 /bin/x",
		"sh -c": `* * * * * sh -c 'TOKEN=hunter2 /bin/x'`, "second": "* * * * * cd /x && TOKEN=hunter2 ./run",
		"export": "* * * * * export TOKEN=hunter2; /bin/x", "only": "* * * * * TOKEN=hunter2",
		"spaced": `TOKEN ="hunter2 a b c d e f g"`, "quoted": `'TOKEN'=hunter2 a b c d e f`,
	} {
		if got := readTree(t, map[string]string{"var/spool/cron/crontabs/u": line + "\n"}); strings.Contains(got, "hunter2") {
			t.Errorf("cron, %s: a value leaves: %s", name, got)
		}
	}
	unit := "[Service]\nExecStart=/usr/bin/env TOKEN=hunter2 /bin/x\n"
	if got := readTree(t, map[string]string{"etc/systemd/system/a.service": unit}); strings.Contains(got, "hunter2") {
		t.Errorf("systemd: a value leaves: %s", got)
	}
	desktop := "[Desktop Entry]\nName=a\nExec=env TOKEN=hunter2 x\n"
	if got := readTree(t, map[string]string{"etc/xdg/autostart/a.desktop": desktop}); strings.Contains(got, "hunter2") {
		t.Errorf("desktop: a value leaves: %s", got)
	}
	udev := `ACTION=="add", RUN+="/usr/bin/env TOKEN=hunter2 /bin/x"` + "\n"
	if got := readTree(t, map[string]string{"etc/udev/rules.d/a.rules": udev}); strings.Contains(got, "hunter2") {
		t.Errorf("udev: a value leaves: %s", got)
	}
}

func TestALineIsWhatItsReaderTakesForOne(t *testing.T) {
	for name, tt := range map[string]struct{ path, text, want string }{
		"cron joins nothing":           {"etc/crontab", "X=a\\\n* * * * * root /bin/evil\n", "/bin/evil"},
		"nor behind a job":             {"etc/crontab", "* * * * * root /bin/one \\\n* * * * * root /bin/evil\n", "/bin/evil"},
		"no comment of cron":           {"var/spool/cron/crontabs/u", ";x * * * * /bin/evil\n", "/bin/evil"},
		"the last line":                {"etc/systemd/system/a.service", "[Service]\nExecStart=/bin/evil \\", "/bin/evil"},
		"a comment within":             {"etc/systemd/system/a.service", "[Service]\nExecStart=/bin/sh \\\n# x \n; y\n  /bin/evil\n", "/bin/sh    /bin/evil"},
		"a comment joins nothing":      {"etc/systemd/system/a.service", "[Service]\n# x \\\nExecStart=/bin/evil\n", "/bin/evil"},
		"a comment of udev":            {"etc/udev/rules.d/a.rules", "# x \\\nRUN+=\"/bin/evil\"\n", "/bin/evil"},
		"no comment of udev":           {"etc/udev/rules.d/a.rules", "; x, RUN+=\"/bin/evil\"\n", "/bin/evil"},
		"modprobe joins":               {"etc/modprobe.d/a.conf", "install x \\\n/bin/evil\n", "/bin/evil"},
		"the loader joins nothing":     {"etc/ld.so.preload", "/lib/x \\\n/lib/evil\n", "/lib/evil"},
		"init joins nothing":           {"etc/inittab", "a:2:once:/bin/x \\\nb:2:once:/bin/evil\n", "\"entry_value\":\"/bin/evil\""},
		"a desktop's entry joins none": {"etc/xdg/autostart/a.desktop", "[Desktop Entry]\nName=a\\\nExec=/bin/evil\n", "/bin/evil"},
	} {
		if got := readTree(t, map[string]string{tt.path: tt.text}); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestEveryLimitIsSaid(t *testing.T) {
	var homes, modules, command strings.Builder
	for i := 0; i < 1200; i++ {
		fmt.Fprintf(&homes, "u%d:x:1:1::/home/u%d:/bin/sh\n", i, i)
	}
	for i := 0; i < maxListed+5; i++ {
		fmt.Fprintf(&modules, "m%d 1 0\n", i)
	}
	for i := 0; i < 300; i++ {
		fmt.Fprintf(&command, " a%d", i)
	}
	for name, tt := range map[string]struct{ path, text string }{
		"homes": {"etc/passwd", homes.String()}, "modules": {"proc/modules", modules.String()},
		"words": {"etc/crontab", "* * * * * root /bin/x" + command.String()},
	} {
		if got := readTree(t, map[string]string{tt.path: tt.text}); !strings.Contains(got, string(model.ReasonLimit)) {
			t.Errorf("%s: nothing says that there were more", name)
		}
	}
}
