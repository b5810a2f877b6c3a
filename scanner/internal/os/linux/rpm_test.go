//go:build linux

package linux

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"genehound/scanner/internal/model"
)

const rpmSpec = `Name: %[1]s
Version: 1.2
Release: 3
%[2]s
Summary: nothing
License: MIT
AutoReqProv: no
%%global __os_install_post %%{nil}
%%description
nothing
%%install
mkdir -p $(seq -f %%{buildroot}/opt/%[1]s/%%%%g %[3]d)
for n in $(seq %[3]d); do echo %[1]s $n > %%{buildroot}/opt/%[1]s/$n/file; done
%%files
/opt/%[1]s
`

// rpmRoot is a system on which rpm itself installed two packages.
func rpmRoot(t testing.TB) string {
	t.Helper()
	for _, tool := range []string{"rpm", "rpmbuild"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("no " + tool + " here")
		}
	}
	work := t.TempDir()
	root := filepath.Join(work, "root")
	run := func(name string, args ...string) {
		t.Helper()
		command := exec.Command(name, args...)
		command.Env = append(os.Environ(), "HOME="+work)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", name, err, out)
		}
	}
	for _, one := range []struct {
		name, epoch string
		files       int
	}{{"small", "Epoch: 4", 1}, {"many", "", 700}} {
		spec := filepath.Join(work, one.name+".spec")
		if err := os.WriteFile(spec, []byte(fmt.Sprintf(rpmSpec, one.name, one.epoch, one.files)), 0o644); err != nil {
			t.Fatal(err)
		}
		run("rpmbuild", "-bb", "--quiet", "--target", "noarch", "--define", "_topdir "+work+"/build", "--define", "_rpmdir "+work+"/made", spec)
	}
	made, err := filepath.Glob(work + "/made/*/*.rpm")
	if err != nil || len(made) != 2 {
		t.Fatalf("got %v, %v", made, err)
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	run("rpm", append([]string{"--root", root, "--dbpath", "/var/lib/rpm", "-i", "--nodeps", "--noscripts"}, made...)...)
	return root
}

func rpmOwners(t testing.TB, root string, paths ...string) (map[string]*ownedFile, []model.Problem) {
	t.Helper()
	o := &owning{root: root, wanted: map[string][]*ownedFile{}}
	found := map[string]*ownedFile{}
	for _, path := range paths {
		found[path] = &ownedFile{path: path}
		o.want(path, found[path])
	}
	o.rpm(context.Background())
	return found, o.problems
}

func TestOwnersOfRPM(t *testing.T) {
	root := rpmRoot(t)
	paths := []string{"/opt/small/1/file", "/opt/many/1/file", "/opt/many/700/file", "/opt/many/701/file"}
	check := func(t *testing.T) {
		t.Helper()
		found, problems := rpmOwners(t, root, paths...)
		if len(problems) != 0 {
			t.Errorf("got %+v", problems)
		}
		for i, want := range []model.Package{
			{Manager: "rpm", Name: "small.noarch", Version: "4:1.2-3"},
			{Manager: "rpm", Name: "many.noarch", Version: "1.2-3"},
			{Manager: "rpm", Name: "many.noarch", Version: "1.2-3"},
			{},
		} {
			got := found[paths[i]]
			digest := ""
			if content, err := os.ReadFile(filepath.Join(root, paths[i])); err == nil {
				sum := sha256.Sum256(content)
				digest = "sha256:" + hex.EncodeToString(sum[:])
			}
			if got.Package != want || got.digest != digest {
				t.Errorf("%s: got %+v", paths[i], got)
			}
		}
	}
	t.Run("as rpm left it", check)
	t.Run("with what is only in the log", func(t *testing.T) {
		database := filepath.Join(root, "var/lib/rpm/rpmdb.sqlite")
		if _, err := exec.LookPath("sqlite3"); err != nil {
			t.Skip("no sqlite3 here")
		}
		// The shell is killed before it may move the log into the database.
		moved := "PRAGMA wal_autocheckpoint=0; CREATE TABLE rest AS SELECT * FROM Packages; DELETE FROM Packages; INSERT INTO Packages SELECT * FROM rest;"
		command := exec.Command("sqlite3", database, moved, ".shell kill -9 $PPID")
		if out, err := command.CombinedOutput(); err == nil {
			t.Fatalf("%s", out)
		}
		if info, err := os.Stat(database + "-wal"); err != nil || info.Size() == 0 {
			t.Fatalf("no log: %v", err)
		}
		check(t)
		hide := exec.Command("sqlite3", database, "PRAGMA wal_autocheckpoint=0; DELETE FROM Packages;", ".shell kill -9 $PPID")
		if out, err := hide.CombinedOutput(); err == nil {
			t.Fatalf("%s", out)
		}
		if found, _ := rpmOwners(t, root, paths...); found[paths[0]].Name != "" {
			t.Errorf("a package that was removed owns %+v", found[paths[0]])
		}
	})
}

func TestOlderDatabasesOfRPMAreSaidToBeThere(t *testing.T) {
	root := layOut(t, map[string]string{"/var/lib/rpm/Packages": "x", "/usr/lib/sysimage/rpm/Packages.db": "RpmP"})
	_, problems := rpmOwners(t, root)
	if len(problems) != 2 || problems[0].Code != model.ReasonUnsupported || problems[1].Path != "/var/lib/rpm/Packages" || !problems[0].Aside {
		t.Errorf("got %+v", problems)
	}
}

// FuzzRPM: whatever stands in database and log, reading ends within its bounds.
func FuzzRPM(f *testing.F) {
	f.Add([]byte{}, []byte{}, uint16(0), byte('S'))
	f.Add([]byte{}, []byte("\x37\x7f\x06\x82"), uint16(100), byte(5))
	database, err := os.ReadFile(filepath.Join("testdata", "rpmdb.sqlite"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, over, wal []byte, at uint16, value byte) {
		// A real database, of which one byte and a stretch are others'.
		changed := bytes.Clone(database)
		place := int(at) * 7 % len(changed)
		changed[place] = value
		copy(changed[place:], over)
		o := &owning{root: "/", wanted: map[string][]*ownedFile{}}
		one := &ownedFile{}
		o.want("/opt/small/1/file", one)
		_ = o.rpmPackages(context.Background(), bytes.NewReader(changed), int64(len(changed)), bytes.NewReader(wal), int64(len(wal)))
		if len(one.Name) > model.MaxName || len(one.Version) > model.MaxName {
			t.Errorf("got %+v", one)
		}
	})
}

func TestADatabaseThatIsNoneIsSaid(t *testing.T) {
	for _, content := range []string{"", "SQLite format 3\x00" + strings.Repeat("\x00", 200), strings.Repeat("x", 5000)} {
		root := layOut(t, map[string]string{"/var/lib/rpm/rpmdb.sqlite": content})
		if _, problems := rpmOwners(t, root); len(problems) != 1 || problems[0].Code != model.ReasonUnsupported {
			t.Errorf("got %+v", problems)
		}
	}
}

// endingReader ends the time after a few reads.
type endingReader struct {
	from  io.ReaderAt
	end   context.CancelFunc
	reads int
}

func (r *endingReader) ReadAt(into []byte, offset int64) (int, error) {
	if r.reads++; r.reads == 5 {
		r.end()
	}
	return r.from.ReadAt(into, offset)
}

func TestATreeWithoutRowsIsReadNoLongerThanThereIsTime(t *testing.T) {
	const page, pages = 512, 1000
	database := make([]byte, page*pages)
	copy(database, "SQLite format 3\x00\x02\x00")
	// The list of tables has one row: table, Packages, Packages, page 2, no text.
	row := "\x1c\x01\x06\x17\x1d\x1d\x01\x0d" + "table" + "Packages" + "Packages" + "\x02"
	copy(database[100:], "\x0d\x00\x00\x00\x01\x00\x00\x00\x01\x00")
	copy(database[0x100:], row)
	// Pages 2 and 3 lead forty times to the next, and page 4 holds nothing.
	for number := 2; number <= 3; number++ {
		at := database[(number-1)*page:]
		copy(at, "\x05\x00\x00\x00\x28")
		binary.BigEndian.PutUint32(at[8:], uint32(number+1))
		for i := 0; i < 40; i++ {
			binary.BigEndian.PutUint16(at[12+2*i:], 400)
		}
		binary.BigEndian.PutUint32(at[400:], uint32(number+1))
	}
	database[3*page] = 0x0d
	ctx, end := context.WithCancel(context.Background())
	defer end()
	reader := &endingReader{from: bytes.NewReader(database), end: end}
	err := (&owning{}).rpmPackages(ctx, reader, int64(len(database)), nil, 0)
	if !errors.Is(err, context.Canceled) || reader.reads != 5 {
		t.Errorf("%d reads, %v", reader.reads, err)
	}
}
