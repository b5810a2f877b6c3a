//go:build linux

package linux

import (
	"bufio"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/regular"
)

// ownedFile is a file of a package, with the digest that the package manager noted of it.
type ownedFile struct {
	model.Package
	path   string
	id     model.FileID
	digest string // "md5:…", "sha1:…" or "sha256:…" in hexadecimal, empty where none is noted
}

// packageOf is the owner of a file, nil where none is known.
func (s *System) packageOf(id model.FileID) *ownedFile {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.owners[id]
}

// maxOwnedBytes bounds what is read to compare a file with its package's digest.
const maxOwnedBytes = 256 << 20

// unchanged tells whether the file is as its package brought it. The digests are the package manager's own: who may write
// them may forge them, which is why this only spares a finding, and never a look at the code.
func (o *ownedFile) unchanged() bool {
	kind, want, _ := strings.Cut(o.digest, ":")
	var sum hash.Hash
	switch kind {
	case "md5":
		sum = md5.New()
	case "sha1":
		sum = sha1.New()
	case "sha256":
		sum = sha256.New()
	default:
		return false
	}
	file, err := regular.OpenIn("/", o.path)
	if err != nil {
		return false
	}
	reader, err := verified(file, o.id)
	if err != nil {
		return false
	}
	defer reader.Close()
	if o.id.Size > maxOwnedBytes {
		return false
	}
	if _, err := io.Copy(sum, reader); err != nil {
		return false
	}
	return hex.EncodeToString(sum.Sum(nil)) == want
}

// merged are directories that may be the same as those below /usr: package managers note either name.
var merged = []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"}

// owning is one look through the package managers' databases, read as data.
type owning struct {
	root   string
	wanted map[string][]*ownedFile // by every name that a database may use
	found  int
	// problems say what of the databases could not be read; each path once.
	problems []model.Problem
}

// unread notes that owners may be missing from what is told.
func (o *owning) unread(path string, reason model.Reason, what string) {
	const maxProblems = 20
	for i := range o.problems {
		if o.problems[i].Path == path {
			return
		}
	}
	if len(o.problems) < maxProblems {
		o.problems = append(o.problems, model.Problem{Code: reason, Path: path, Message: "the packages that own files are not all known: " + what})
	}
}

func (o *owning) want(path string, one *ownedFile) {
	o.wanted[path] = append(o.wanted[path], one)
	for _, directory := range merged {
		if rest, below := strings.CutPrefix(path, "/usr/"+directory+"/"); below {
			o.wanted["/"+directory+"/"+rest] = append(o.wanted["/"+directory+"/"+rest], one)
		}
	}
}

// owned is called with each file that a package owns.
func (o *owning) owned(path []byte, owner model.Package) {
	for _, one := range o.wanted[string(path)] {
		if one.Name == "" {
			one.Package = owner
			o.found++
		}
	}
}

// Owners looks the owners of files up. A file counts only where the path leads to that very file for the scanner, too:
// in a container the same path is another file, of other packages.
func (s *System) Owners(ctx context.Context, files []model.ModuleFile) (map[model.FileID]model.Package, []model.Problem) {
	o := &owning{root: "/", wanted: map[string][]*ownedFile{}}
	all := make([]*ownedFile, 0, len(files))
	for _, file := range files {
		info, err := os.Stat(file.Path)
		if err != nil {
			continue
		}
		if id, _, ok := fileIDOf(info); ok && id == file.ID {
			one := &ownedFile{path: file.Path, id: id}
			all = append(all, one)
			o.want(file.Path, one)
		}
	}
	o.dpkg(ctx)
	o.apk(ctx)
	o.rpm(ctx)
	if ctx.Err() != nil {
		o.unread("", model.ReasonTimeout, "the time for it was over")
	}
	owners := map[model.FileID]model.Package{}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.owners = map[model.FileID]*ownedFile{}
	for _, one := range all {
		if one.Name != "" {
			s.owners[one.id], owners[one.id] = one, one.Package
		}
	}
	return owners, o.problems
}

// maxDatabaseLine is longer than any path that a package brings.
const maxDatabaseLine = 64 << 10

// eachLine streams a file of a database; one that is not there is empty.
func (o *owning) eachLine(ctx context.Context, path string, visit func(line []byte)) {
	file, err := regular.OpenIn(o.root, path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, regular.Err) {
		return
	}
	if err != nil {
		o.unread(path, fileReason(err), describe(err))
		return
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 0, 4096), maxDatabaseLine)
	for n := 0; lines.Scan(); n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return
		}
		visit(lines.Bytes())
	}
	if err := lines.Err(); err != nil {
		o.unread(path, model.ReasonLimit, err.Error())
	}
}

// fileReason is why a file of the machine's own could not be read.
func fileReason(err error) model.Reason {
	if errors.Is(err, fs.ErrPermission) {
		return model.ReasonNoPrivileges
	}
	return model.ReasonIOError
}

// dpkg keeps one list of files and one of digests for each package (dpkg(1), /var/lib/dpkg/info).
func (o *owning) dpkg(ctx context.Context) {
	const info = "/var/lib/dpkg/info"
	directory, err := os.Open(filepath.Join(o.root, info))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		o.unread(info, fileReason(err), describe(err))
	}
	if err != nil {
		return
	}
	defer directory.Close()
	const maxPackages = 100_000
	names, err := directory.Readdirnames(maxPackages)
	if err != nil && !errors.Is(err, io.EOF) {
		o.unread(info, model.ReasonIOError, describe(err))
	}
	if len(names) == maxPackages {
		o.unread(info, model.ReasonLimit, "it has more files than are read")
	}
	owners := map[string][]*ownedFile{}
	for _, name := range names {
		full, isList := strings.CutSuffix(name, ".list")
		if !isList || ctx.Err() != nil {
			continue
		}
		before := o.found
		owner := model.Package{Manager: "dpkg", Name: clip(full, model.MaxName)}
		o.eachLine(ctx, info+"/"+name, func(line []byte) { o.owned(line, owner) })
		if o.found > before {
			owners[full] = nil
			o.eachLine(ctx, info+"/"+full+".md5sums", func(line []byte) { o.digest(line) })
		}
	}
	o.versions(ctx, owners)
}

// digest takes a line of md5sums: the digest, two spaces, the path without its first slash.
func (o *owning) digest(line []byte) {
	if len(line) < 35 || line[32] != ' ' {
		return
	}
	for _, one := range o.wanted["/"+strings.TrimLeft(string(line[33:]), " *")] {
		one.digest = "md5:" + string(line[:32])
	}
}

// versions reads the status file for the packages that own something.
func (o *owning) versions(ctx context.Context, owners map[string][]*ownedFile) {
	for _, list := range o.wanted {
		for _, one := range list {
			if _, known := owners[one.Name]; known && one.Manager == "dpkg" {
				owners[one.Name] = append(owners[one.Name], one)
			}
		}
	}
	var name, architecture, version string
	settle := func() {
		for _, full := range []string{name, name + ":" + architecture} {
			for _, one := range owners[full] {
				one.Version = clip(version, model.MaxName)
			}
		}
		name, architecture, version = "", "", ""
	}
	o.eachLine(ctx, "/var/lib/dpkg/status", func(line []byte) {
		switch {
		case len(line) == 0:
			settle()
		case strings.HasPrefix(string(line), "Package: "):
			name = string(line[9:])
		case strings.HasPrefix(string(line), "Version: "):
			version = string(line[9:])
		case strings.HasPrefix(string(line), "Architecture: "):
			architecture = string(line[14:])
		}
	})
	settle()
}

// apkDatabases are the places of one file: the latter where only /usr holds what packages bring.
var apkDatabases = []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"}

// apk keeps one file for all packages (apk-tools): P name, V version, F directory, R file, Z digest.
func (o *owning) apk(ctx context.Context) {
	for _, path := range apkDatabases {
		o.apkDatabase(ctx, path)
	}
}

func (o *owning) apkDatabase(ctx context.Context, path string) {
	var owner model.Package
	var directory, file string
	o.eachLine(ctx, path, func(line []byte) {
		if len(line) < 2 || line[1] != ':' {
			owner = model.Package{}
			return
		}
		value := string(line[2:])
		switch line[0] {
		case 'P':
			owner = model.Package{Manager: "apk", Name: clip(value, model.MaxName), Version: owner.Version}
		case 'V':
			owner.Version = clip(value, model.MaxName)
		case 'F':
			directory = value
		case 'R':
			file = "/" + directory + "/" + value
			o.owned([]byte(file), owner)
		case 'Z':
			if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(value, "Q1")); err == nil && len(sum) == sha1.Size {
				for _, one := range o.wanted[file] {
					one.digest = "sha1:" + hex.EncodeToString(sum)
				}
			}
		}
	})
}
