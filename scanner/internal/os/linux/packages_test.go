//go:build linux

package linux

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"genehound/scanner/internal/model"
)

func layOut(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range files {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func ownersIn(root string, paths ...string) map[string]*ownedFile {
	o := &owning{root: root, wanted: map[string][]*ownedFile{}}
	found := map[string]*ownedFile{}
	for _, path := range paths {
		found[path] = &ownedFile{path: path}
		o.want(path, found[path])
	}
	o.dpkg(context.Background())
	o.apk(context.Background())
	return found
}

func TestOwners(t *testing.T) {
	root := layOut(t, map[string]string{
		"/var/lib/dpkg/info/libx:amd64.list":    "/.\n/lib\n/lib/libx.so.1\n",
		"/var/lib/dpkg/info/libx:amd64.md5sums": "d41d8cd98f00b204e9800998ecf8427e  lib/libx.so.1\n",
		"/var/lib/dpkg/info/tool.list":          "/usr/bin/tool\n",
		"/var/lib/dpkg/status":                  "Package: libx\nArchitecture: i386\nVersion: 9\n\nPackage: libx\nArchitecture: amd64\nVersion: 1.2-3\n\nPackage: tool\nVersion: 7\n",
		"/lib/apk/db/installed":                 "C:Q1x\nP:musl\nV:1.2.4-r2\nF:lib\nR:ld-musl.so.1\nZ:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=\n\nP:other\nV:1\nF:bin\nR:other\n",
	})
	found := ownersIn(root, "/usr/lib/libx.so.1", "/usr/bin/tool", "/lib/ld-musl.so.1", "/opt/none")
	for path, want := range map[string]ownedFile{
		"/usr/lib/libx.so.1": {Package: model.Package{Manager: "dpkg", Name: "libx:amd64", Version: "1.2-3"}, digest: "md5:d41d8cd98f00b204e9800998ecf8427e"},
		"/usr/bin/tool":      {Package: model.Package{Manager: "dpkg", Name: "tool", Version: "7"}},
		"/lib/ld-musl.so.1":  {Package: model.Package{Manager: "apk", Name: "musl", Version: "1.2.4-r2"}, digest: "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		"/opt/none":          {},
	} {
		if got := found[path]; got.Package != want.Package || got.digest != want.digest {
			t.Errorf("%s: got %+v", path, got)
		}
	}
}

// TestOwnersAgreeWithDpkg asks Debian's own tool about files of this machine.
func TestOwnersAgreeWithDpkg(t *testing.T) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("no dpkg here")
	}
	system := New()
	var files []model.ModuleFile
	for _, path := range []string{"/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/bin/dpkg", "/bin/sh", "/usr/bin/env"} {
		if file, ok := identify(path); ok {
			files = append(files, file)
		}
	}
	owners, _ := system.Owners(context.Background(), files)
	for _, file := range files {
		real, err := filepath.EvalSymlinks(file.Path)
		if err != nil || real != file.Path {
			continue
		}
		answer, err := exec.Command("dpkg-query", "-S", "*"+strings.TrimPrefix(file.Path, "/usr")).Output()
		got := owners[file.ID]
		if err != nil || !strings.Contains(string(answer), got.Name+": ") || got.Version == "" {
			t.Errorf("%s: got %+v, dpkg says %s", file.Path, got, answer)
		}
		if owner := system.packageOf(file.ID); owner == nil || !owner.unchanged() {
			t.Errorf("%s is not as its package brought it", file.Path)
		}
	}
}

// FuzzPackageDatabases: whatever stands there, reading ends and names stay within bounds.
func FuzzPackageDatabases(f *testing.F) {
	f.Add([]byte("Package: a\nVersion: 1\n\n"), []byte("/usr/bin/tool\n"), []byte("P:a\nF:usr/bin\nR:tool\nZ:Q1\n"))
	f.Fuzz(func(t *testing.T, status, list, installed []byte) {
		root := layOut(t, map[string]string{
			"/var/lib/dpkg/info/a.list": string(list), "/var/lib/dpkg/info/a.md5sums": string(list),
			"/var/lib/dpkg/status": string(status), "/lib/apk/db/installed": string(installed),
		})
		for _, one := range ownersIn(root, "/usr/bin/tool") {
			if len(one.Name) > model.MaxName || len(one.Version) > model.MaxName {
				t.Errorf("got %+v", one)
			}
		}
	})
}

func TestADatabaseThatIsNotReadWhollyIsSaid(t *testing.T) {
	root := layOut(t, map[string]string{"/lib/apk/db/installed": "P:a\nV:" + strings.Repeat("1", maxDatabaseLine+1) + "\nF:bin\nR:x\n"})
	o := &owning{root: root, wanted: map[string][]*ownedFile{}}
	o.apk(context.Background())
	o.apk(context.Background())
	if len(o.problems) != 1 || o.problems[0].Code != model.ReasonLimit || o.problems[0].Path != "/lib/apk/db/installed" {
		t.Errorf("got %+v", o.problems)
	}
}
