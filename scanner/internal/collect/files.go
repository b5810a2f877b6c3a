package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"genehound/scanner/internal/detect/image"
	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/model"
)

// maxWays is how many processes a file is remembered through: one of them may end before the file is read.
const maxWays = 3

// fileEntry is one file, however many processes map it.
type fileEntry struct {
	ways    []model.ModuleFile
	failure model.Reason
	details string
	hashed  *model.FileInfo // where it was hashed already
}

// fileTable knows every file once, by what identifies its content.
type fileTable struct {
	byID    map[model.FileID]int32
	entries []fileEntry
	// users are, for each process, its files.
	users map[int][]int32
}

func newFileTable() fileTable {
	return fileTable{byID: map[model.FileID]int32{}, users: map[int][]int32{}}
}

func (t *fileTable) add(process int, files []model.ModuleFile) {
	for _, file := range files {
		t.users[process] = append(t.users[process], t.take(file))
	}
}

// take remembers a file and returns its place in the table.
func (t *fileTable) take(file model.ModuleFile) int32 {
	index, known := t.byID[file.ID]
	if !known {
		index = int32(len(t.entries))
		t.byID[file.ID] = index
		t.entries = append(t.entries, fileEntry{})
	}
	entry := &t.entries[index]
	if n := len(entry.ways); n < maxWays && (n == 0 || entry.ways[n-1].PID != file.PID) {
		entry.ways = append(entry.ways, file)
	}
	return index
}

// hashFiles hashes every file once and sends those images that are wanted.
func (p *pass) hashFiles() error {
	var infos []model.FileInfo
	ways := map[string][]model.ModuleFile{}
	flush := func() error {
		if len(infos) == 0 {
			return nil
		}
		wanted, err := p.sink.Files(infos)
		if err != nil {
			return err
		}
		for _, sum := range wanted {
			sum := sum
			// Only images are ever offered, whatever is asked for (S4).
			if found := ways[sum]; found != nil {
				if err := p.sink.Binary(model.LayoutFile, sum, func() (io.ReadCloser, error) {
					return p.openHashed(found, sum)
				}); err != nil {
					return err
				}
			}
		}
		infos, ways = nil, map[string][]model.ModuleFile{}
		return nil
	}
	owners := p.owners()
	total := len(p.files.entries)
	for i := range p.files.entries {
		entry := &p.files.entries[i]
		p.progress(Progress{Stage: StageFiles, Done: i, Total: total})
		info, reason, details := p.hashedBefore(entry)
		if reason != "" {
			entry.failure, entry.details = reason, details
			p.problem(reason, details, entry.ways[0].Path)
			continue
		}
		if owner, known := owners[entry.ways[0].ID]; known {
			info.Package, info.PackageVersion = owner.Manager+" "+owner.Name, owner.Version
		}
		infos = append(infos, info)
		if info.IsImage {
			ways[info.SHA256] = entry.ways
			p.remember(entry.ways[0].ID, info.SHA256)
		}
		if len(infos) >= model.MaxBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	p.checkFiles()
	p.files = newFileTable()
	return nil
}

type fileHash [sha256.Size]byte

func (p *pass) remember(id model.FileID, sum string) {
	if p.hashes == nil {
		p.hashes = map[model.FileID]fileHash{}
	}
	var hash fileHash
	if _, err := hex.Decode(hash[:], []byte(sum)); err == nil {
		p.hashes[id] = hash
	}
}

// nameFiles names the artifact of findings whose code is a file's: the file was hashed before.
func (p *pass) nameFiles(findings []model.Finding) {
	for i := range findings {
		f := &findings[i]
		if f.File == nil {
			continue
		}
		if hash, known := p.hashes[*f.File]; known && f.SHA256 == "" {
			f.SHA256, f.Layout = hex.EncodeToString(hash[:]), model.LayoutFile
		}
		f.File = nil
	}
}

// maxProblems bounds what is remembered; the last one says that there were more.
const maxProblems = 10_000

func (p *pass) problem(code model.Reason, message, path string) {
	switch n := len(p.problems); {
	case n < maxProblems:
		p.problems = append(p.problems, model.Problem{Code: code, Message: message, Path: path})
	case n == maxProblems:
		p.problems = append(p.problems, model.Problem{Code: model.ReasonLimit, Message: "there were more problems than are listed"})
	}
}

type hashed struct {
	info    model.FileInfo
	failure error
}

// owners asks which packages the files belong to, where the system knows such a thing.
func (p *pass) owners() map[model.FileID]model.Package {
	source, knows := p.system.(model.PackageSource)
	if !knows {
		return nil
	}
	files := make([]model.ModuleFile, 0, len(p.files.entries))
	for i := range p.files.entries {
		files = append(files, p.files.entries[i].ways[0])
	}
	type answer struct {
		owners   map[model.FileID]model.Package
		problems []model.Problem
	}
	got, reason, details, ok := attempt(p, p.options.ProcessTimeout, func(ctx context.Context) answer {
		owners, problems := source.Owners(ctx, files)
		return answer{owners, problems}
	})
	if !ok {
		p.problem(reason, "the packages that own files are not known: "+details, "")
	}
	p.problems = append(p.problems, got.problems...)
	return got.owners
}

// hashedBefore hashes a file unless that was done, or failed, already.
func (p *pass) hashedBefore(entry *fileEntry) (info model.FileInfo, reason model.Reason, details string) {
	switch {
	case entry.hashed != nil:
		return *entry.hashed, "", ""
	case entry.failure != "":
		return info, entry.failure, entry.details
	default:
		return p.hashFile(entry)
	}
}

func (p *pass) hashFile(entry *fileEntry) (info model.FileInfo, reason model.Reason, details string) {
	first := &entry.ways[0]
	if first.ID.Size > p.options.MaxFileBytes {
		return info, model.ReasonLimit, fmt.Sprintf("a file of %d bytes is larger than what is read", first.ID.Size)
	}
	for i := range entry.ways {
		if p.throttle.wait(p.ctx) != nil {
			return info, model.ReasonTimeout, "the scan's time was over"
		}
		way := entry.ways[i]
		answer, failed, text, ok := attempt(p, p.options.ProcessTimeout, func(ctx context.Context) hashed {
			info, err := p.hash(ctx, way)
			return hashed{info, err}
		})
		if !ok {
			return info, failed, text
		}
		if answer.failure == nil {
			p.summary.Files++
			p.lookUpCatalog(&answer.info)
			return answer.info, "", ""
		}
		reason, details = fileReason(answer.failure), "the file could not be hashed: "+plain(answer.failure)
	}
	return info, reason, details
}

func fileReason(err error) model.Reason {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return model.ReasonNoPrivileges
	case errors.Is(err, fs.ErrNotExist):
		return model.ReasonExited
	default:
		return reasonOfContext(err, model.ReasonIOError)
	}
}

func plain(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Op + ": " + pathError.Err.Error()
	}
	return err.Error()
}

func (p *pass) hash(ctx context.Context, file model.ModuleFile) (model.FileInfo, error) {
	reader, err := p.system.OpenFile(file)
	if err != nil {
		return model.FileInfo{}, err
	}
	defer reader.Close()
	sum := sha256.New()
	var digest pe.Digest
	head := make([]byte, 0, image.HeadSize)
	buffer := make([]byte, 128<<10)
	var size uint64
	for {
		n, err := reader.Read(buffer)
		if len(head) < cap(head) {
			head = append(head, buffer[:min(n, cap(head)-len(head))]...)
		}
		sum.Write(buffer[:n])
		if n > 0 {
			digest.Write(buffer[:n])
		}
		size += uint64(n)
		p.fileBytes.Add(uint64(n))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return model.FileInfo{}, err
		}
		if size > p.options.MaxFileBytes {
			return model.FileInfo{}, errors.New("it grows while it is read")
		}
		if err := p.throttle.wait(ctx); err != nil {
			return model.FileInfo{}, err
		}
	}
	info := model.FileInfo{
		FilePath: file.Path, SHA256: hex.EncodeToString(sum.Sum(nil)), Size: size,
		AccessedTime: file.Accessed, CreatedTime: file.Created, ModifiedTime: file.Modified,
		IsImage: file.IsImage && image.IsImage(head),
	}
	if at, ok := reader.(io.ReaderAt); ok && info.IsImage && image.KindOf(head) == image.PE {
		describePE(&info, at, digest.Sum())
	}
	return info, nil
}

// describePE adds what a Windows image says of itself, and who signed it.
func describePE(info *model.FileInfo, file io.ReaderAt, digest string) {
	notes := pe.ReadNotes(file, digest)
	info.FileVersion, info.Product, info.Company, info.OriginalName = notes.Version, notes.Product, notes.Company, notes.OriginalName
	info.Authenticode, info.Signer = digest, notes.Signer
	if notes.Signer != "" {
		info.SignatureMatches = &notes.Matches
	}
}

// openHashed opens a file again to send it, through whichever process still has it.
func (p *pass) openHashed(ways []model.ModuleFile, sum string) (io.ReadCloser, error) {
	var last error
	for _, way := range ways {
		reader, err := p.system.OpenFile(way)
		if err == nil {
			return &verifyingReader{reader: reader, sum: sum}, nil
		}
		last = err
	}
	p.problem(fileReason(last), "a wanted file could not be opened again: "+plain(last), ways[0].Path)
	return nil, last
}

// verifyingReader fails at its end where the bytes are not those that were announced.
type verifyingReader struct {
	reader io.ReadCloser
	sum    string
	hash   interface {
		io.Writer
		Sum([]byte) []byte
	}
}

func (r *verifyingReader) Read(b []byte) (int, error) {
	if r.hash == nil {
		r.hash = sha256.New()
	}
	n, err := r.reader.Read(b)
	r.hash.Write(b[:n])
	if errors.Is(err, io.EOF) && hex.EncodeToString(r.hash.Sum(nil)) != r.sum {
		return n, model.ErrChanged
	}
	return n, err
}

func (r *verifyingReader) Close() error { return r.reader.Close() }

// checkFiles gives every process its outcome of the files behind its modules.
func (p *pass) checkFiles() {
	for i := range p.targets {
		if p.coverage[i].Reason != "" {
			continue
		}
		check := model.Check{Check: model.CheckModuleFiles, State: model.StateDone}
		failed := 0
		for _, index := range p.files.users[i] {
			if entry := &p.files.entries[index]; entry.failure != "" {
				failed++
				check.State, check.Reason, check.Details = model.StatePartial, entry.failure, entry.details
			}
		}
		if failed > 1 {
			check.Details = fmt.Sprintf("%d files were not hashed; the last: %s", failed, check.Details)
		}
		p.coverage[i].Checks = append(p.coverage[i].Checks, check)
	}
}
