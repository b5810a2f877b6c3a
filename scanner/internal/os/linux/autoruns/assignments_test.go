//go:build linux

package autoruns

import (
	"context"
	"encoding/json"
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
