//go:build linux

package linux

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/regular"
	"genehound/scanner/internal/os/linux/sqlite"
)

// rpmFolders are where rpm's database lies: by default, and where /var is not the system's own (Fedora since 36, SUSE).
var rpmFolders = []string{"/usr/lib/sysimage/rpm", "/var/lib/rpm"}

// olderForms of rpm's database are not read, and said to be there: Berkeley DB until rpm 4.15, ndb on SUSE.
var olderForms = []string{"Packages.db", "Packages"}

// rpm reads rpm's database of today (rpm 4.16, 2020): SQLite, of which each row of the table Packages is a package's header.
func (o *owning) rpm(ctx context.Context) {
	seen := map[string]bool{}
	for _, folder := range rpmFolders {
		path := folder + "/rpmdb.sqlite"
		real, _, err := regular.Find(o.root, path)
		if err == nil && !seen[real] {
			seen[real] = true
			if err := o.rpmDatabase(ctx, real); err != nil {
				o.unread(path, databaseReason(err), err.Error())
			}
			continue
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			o.unread(path, fileReason(err), describe(err))
		}
		for _, name := range olderForms {
			if real, _, err := regular.Find(o.root, folder+"/"+name); err == nil && !seen[real] {
				seen[real] = true
				// A form that this scanner never reads is no gap of this scan.
				o.problems = append(o.problems, model.Problem{
					Code: model.ReasonUnsupported, Path: real, Aside: true,
					Message: "the packages that own files are not known: a database of rpm in a form that is not read; only SQLite is",
				})
			}
		}
	}
}

func databaseReason(err error) model.Reason {
	switch {
	case errors.Is(err, sqlite.ErrLimit), errors.Is(err, errHeaderLimit):
		return model.ReasonLimit
	case errors.Is(err, sqlite.ErrFormat), errors.Is(err, errHeader):
		return model.ReasonUnsupported
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return model.ReasonTimeout
	default:
		return fileReason(err)
	}
}

// rpmDatabase reads without a lock, which rpm would have to wait for: a database that changes meanwhile is said.
func (o *owning) rpmDatabase(ctx context.Context, path string) error {
	file, err := regular.OpenIn(o.root, path)
	if err != nil {
		return err
	}
	defer file.Close()
	before, err := file.Stat()
	if err != nil {
		return err
	}
	wal, walBefore, err := o.openLog(path + "-wal")
	if err != nil {
		return err
	}
	var walReader io.ReaderAt
	var walSize int64
	if wal != nil {
		defer wal.Close()
		walReader, walSize = wal, walBefore.Size()
	}
	failed := o.rpmPackages(ctx, file, before.Size(), walReader, walSize)
	after, err := file.Stat()
	changed := err != nil || changedSince(before, after)
	if wal != nil {
		walAfter, err := wal.Stat()
		changed = changed || err != nil || changedSince(walBefore, walAfter)
	}
	if changed {
		return errors.New("it was changed while it was read")
	}
	return failed
}

func changedSince(before, after fs.FileInfo) bool {
	return before.Size() != after.Size() || !before.ModTime().Equal(after.ModTime())
}

// openLog opens the log of changes that are not yet in the database; nil where there is none.
func (o *owning) openLog(path string) (*os.File, fs.FileInfo, error) {
	wal, err := regular.OpenIn(o.root, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	info, err := wal.Stat()
	if err != nil {
		wal.Close()
		return nil, nil, err
	}
	return wal, info, nil
}

// timely reads until the time for it is over: a log or a tree may be long without a single row.
type timely struct {
	ctx  context.Context
	from io.ReaderAt
}

func (t timely) ReadAt(into []byte, offset int64) (int, error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	return t.from.ReadAt(into, offset)
}

func (o *owning) rpmPackages(ctx context.Context, file io.ReaderAt, size int64, wal io.ReaderAt, walSize int64) error {
	if wal != nil {
		wal = timely{ctx, wal}
	}
	database, err := sqlite.Open(timely{ctx, file}, size, wal, walSize)
	if err != nil {
		return err
	}
	table, err := database.Table("Packages")
	if err != nil {
		return err
	}
	if table == 0 {
		return errHeader
	}
	var odd error
	err = database.Rows(table, func(row *sqlite.Row) error {
		// hnum, blob
		if len(row.Columns) < 2 || !row.Columns[1].IsBlob() {
			odd = errHeader
			return nil
		}
		// One package that is odd keeps nobody from reading the next.
		switch err := o.rpmPackage(row.Blob(row.Columns[1])); {
		case errors.Is(err, errHeader), errors.Is(err, errHeaderLimit), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			odd = err
			if !errors.Is(err, errHeaderLimit) {
				odd = errHeader
			}
			return nil
		default:
			return err
		}
	})
	if err == nil {
		err = odd
	}
	return err
}

// rpmPackage looks for the wanted files among those of one package.
func (o *owning) rpmPackage(blob *io.SectionReader) error {
	header, err := readRPMHeader(blob)
	if err != nil {
		return err
	}
	directories, err := header.strings(tagDirNames, maxDirectoryBytes)
	if err != nil {
		return err
	}
	names, indexes := header.reader(tagBaseNames), bufio.NewReader(header.reader(tagDirIndexes))
	lines := bufio.NewReader(names)
	found := map[int]string{}
	path := make([]byte, 0, 256)
	var index [4]byte
	for i := 0; i < header.count(tagBaseNames); i++ {
		if _, err := io.ReadFull(indexes, index[:]); err != nil {
			return err
		}
		directory := binary.BigEndian.Uint32(index[:])
		if directory >= uint32(len(directories)) {
			return errHeader
		}
		path = append(path[:0], directories[directory]...)
		if path, err = appendString(path, lines); err != nil {
			return err
		}
		if len(o.wanted[string(path)]) > 0 {
			found[i] = string(path)
		}
	}
	if len(found) == 0 {
		return nil
	}
	owner, err := header.owner()
	if err != nil {
		return err
	}
	for _, path := range found {
		o.owned([]byte(path), owner)
	}
	return o.rpmDigests(header, owner, found)
}

// rpmDigests notes the digests of files that were found, by their places in the package.
func (o *owning) rpmDigests(header *rpmHeader, owner model.Package, found map[int]string) error {
	kind, err := header.digestKind()
	if err != nil || kind == "" {
		return err
	}
	lines := bufio.NewReader(header.reader(tagFileDigests))
	var digest []byte
	for i := 0; i < header.count(tagFileDigests); i++ {
		if digest, err = appendString(digest[:0], lines); err != nil {
			return err
		}
		path, wanted := found[i]
		if !wanted || len(digest) == 0 {
			continue
		}
		for _, one := range o.wanted[path] {
			if one.Package == owner {
				one.digest = kind + ":" + string(digest)
			}
		}
	}
	return nil
}
