package windows

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"sort"
	"testing"

	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/detect/pe/petest"
	"genehound/scanner/internal/model"
)

// fakeProcess is a made-up process: what the system calls would answer, without Windows.
type fakeProcess struct {
	parts    []fakePart
	names    map[uint64]string // kernel's name by allocation
	files    map[string][]byte
	list     []thread
	block    uint64
	image    string
	pageBits func(address uint64) uint64 // nil: the working set cannot be asked
	// elsewhere is told of each file that is asked for and is not on a drive.
	elsewhere func(path string)
}

type fakePart struct {
	region
	bytes []byte
}

func (p *fakeProcess) add(base, allocation uint64, kind, protect uint32, b []byte) {
	size := (len(b) + pageSize - 1) / pageSize * pageSize
	b = append(append([]byte{}, b...), make([]byte, size-len(b))...)
	p.parts = append(p.parts, fakePart{region{
		base: base, size: uint64(size), allocation: allocation, state: memCommit, protect: protect, initial: protect, kind: kind,
	}, b})
	if n := len(p.parts); n > 1 && p.parts[n-2].base > base {
		sort.Slice(p.parts, func(a, b int) bool { return p.parts[a].base < p.parts[b].base })
	}
}

func (p *fakeProcess) at(address uint64) *fakePart {
	k := sort.Search(len(p.parts), func(k int) bool { return p.parts[k].end() > address })
	if k < len(p.parts) && p.parts[k].base <= address {
		return &p.parts[k]
	}
	return nil
}

func (p *fakeProcess) write(address uint64, b []byte) {
	part := p.at(address)
	copy(part.bytes[address-part.base:], b)
}

func (p *fakeProcess) regions(visit func(region) error) error {
	for k := range p.parts {
		if err := visit(p.parts[k].region); err != nil {
			return err
		}
	}
	return nil
}

func (p *fakeProcess) mappedName(address uint64) (string, error) {
	if part := p.at(address); part != nil && p.names[part.allocation] != "" {
		return p.names[part.allocation], nil
	}
	return "", errNoFile
}

func (p *fakeProcess) read(address uint64, b []byte) int {
	n := 0
	for n < len(b) {
		part := p.at(address + uint64(n))
		if part == nil || !part.readable() {
			break
		}
		n += copy(b[n:], part.bytes[address+uint64(n)-part.base:])
	}
	return n
}

func (p *fakeProcess) workingSet(address uint64, count int) ([]uint64, error) {
	if p.pageBits == nil {
		return nil, errors.New("not here")
	}
	attributes := make([]uint64, count)
	for k := range attributes {
		attributes[k] = p.pageBits(address + uint64(k)*pageSize)
	}
	return attributes, nil
}

func (p *fakeProcess) threads() ([]thread, model.Check) {
	return append([]thread{}, p.list...), done(model.CheckThreads)
}
func (p *fakeProcess) peb() (wide, narrow uint64, err error) { return p.block, 0, nil }
func (p *fakeProcess) pathOf(name string) string {
	return dosPath(name, map[string]string{`\device\disk`: "C:"})
}
func (p *fakeProcess) imagePath() (string, error) { return p.image, nil }

func (p *fakeProcess) open(path string) (imageFile, error) {
	if p.elsewhere != nil && !isDrivePath(path) {
		p.elsewhere(path)
	}
	content, ok := p.files[path]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return fakeFile{bytes.NewReader(content), path}, nil
}

type fakeFile struct {
	*bytes.Reader
	path string
}

func (fakeFile) Close() error { return nil }

func (f fakeFile) identity() (fileIdentity, error) {
	return fileIdentity{FileID: model.FileID{Inode: uint64(len(f.path)), Size: uint64(f.Size())}}, nil
}

// fakeRecorder keeps what an inspection collects.
type fakeRecorder struct{ kept map[string][]byte }

func (r *fakeRecorder) Store(_ model.Layout, fill func(io.Writer) error) (string, uint64, error) {
	var b bytes.Buffer
	if err := fill(&b); err != nil {
		return "", 0, err
	}
	sum := sha256.Sum256(b.Bytes())
	name := hex.EncodeToString(sum[:])
	r.kept[name] = b.Bytes()
	return name, uint64(b.Len()), nil
}
func (*fakeRecorder) Pace(ctx context.Context) error { return ctx.Err() }
func (*fakeRecorder) CountRead(_, _ uint64)          {}

const (
	libraryBase = uint64(0x7ff8_1000_0000) // far from where the file wants to be
	blockBase   = uint64(0x1000_0000)
	libraryPath = `C:\lib.dll`
)

// fixups are where the library's code holds addresses; code fills the section as a compiler would.
var fixups = []uint32{0x100, 0x1f8, 0x300}

// library is an image with code, three words that the loader adjusts, an import slot within the code and an export.
func library() *petest.Builder {
	b := petest.New()
	copy(b.Bytes[petest.RawText:], compiledCode(0x400))
	for i, at := range fixups {
		b.Put(petest.RawText+int(at), b.Base+0x1010+uint64(i))
		b.Put(petest.DataAt(0x2108+2*i), uint16(0xa000|at))
	}
	b.Put(petest.DataAt(0x2100), uint32(petest.Text))
	b.Put(petest.DataAt(0x2104), uint32(8+2*len(fixups)))
	b.Directory(pe.DirectoryRelocation, 0x2100, uint32(8+2*len(fixups)))
	b.Directory(pe.DirectoryIAT, petest.Text+0x380, 16)
	return b
}

// compiledCode repeats a small function: push rbp; mov rbp,rsp; sub rsp,0x20; mov eax,[rbp-4]; add eax,ecx; leave; ret.
func compiledCode(size int) []byte {
	function := []byte{0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x20, 0x8b, 0x45, 0xfc, 0x01, 0xc8, 0xc9, 0xc3, 0x90}
	return bytes.Repeat(function, size/len(function)+1)[:size]
}

// load maps an image as the loader does, at another base than it prefers; it is a second implementation of what is tested.
func load(p *fakeProcess, b *petest.Builder, base uint64, path string) {
	p.files[path] = append([]byte{}, b.Bytes...)
	p.names[base] = `\Device\Disk` + path[2:]
	header := make([]byte, pageSize)
	copy(header, b.Bytes[:0x400])
	binary.LittleEndian.PutUint64(header[0x98+24:], base)
	text := make([]byte, pageSize)
	copy(text, b.Bytes[petest.RawText:petest.RawText+0x400])
	for _, at := range fixups {
		word := binary.LittleEndian.Uint64(text[at:])
		binary.LittleEndian.PutUint64(text[at:], word+base-b.Base)
	}
	binary.LittleEndian.PutUint64(text[0x380:], 0x7ff8_2000_1010)
	data := make([]byte, 2*pageSize)
	copy(data, b.Bytes[petest.RawData:])
	p.add(base, base, memImage, pageReadonly, header)
	p.add(base+petest.Text, base, memImage, pageExecute<<1, text)
	p.add(base+petest.Data, base, memImage, pageReadonly, data)
}

// newProcess has one library, which the loader knows.
func newProcess(t *testing.T) *fakeProcess {
	t.Helper()
	p := &fakeProcess{names: map[uint64]string{}, files: map[string][]byte{}, block: blockBase, image: `\Device\Disk\main.exe`}
	load(p, library(), libraryBase, libraryPath)
	p.add(blockBase, blockBase, memPrivate, pageReadwrite, environmentBytes(libraryBase, libraryPath))
	return p
}

// environmentBytes is an environment block whose loader lists one module.
func environmentBytes(base uint64, path string) []byte {
	const loader, entry, name = 0x100, 0x200, 0x300
	b := make([]byte, pageSize)
	put := func(at int, value uint64) { binary.LittleEndian.PutUint64(b[at:], value) }
	put(0x18, blockBase+loader)
	for list := 0; list < 3; list++ {
		head, link := loader+0x10+16*list, entry+16*list
		put(head, blockBase+uint64(link))
		put(link, blockBase+uint64(head))
	}
	put(entry+0x30, base)
	put(entry+0x40, petest.Size)
	binary.LittleEndian.PutUint16(b[entry+0x48:], uint16(2*len(path)))
	put(entry+0x50, blockBase+name)
	for i, c := range []byte(path) {
		b[name+2*i] = c
	}
	return b
}

func wordAt(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

func putWord(b []byte, value uint64) { binary.LittleEndian.PutUint64(b, value) }

func inspectFake(t testing.TB, p *fakeProcess) (model.MemoryReport, *fakeRecorder) {
	t.Helper()
	recorder := &fakeRecorder{map[string][]byte{}}
	target := model.Target{Process: model.Process{PID: 7, ImageType: "64"}}
	return inspect(context.Background(), p, newFactsCache(), target, recorder, 22_000), recorder
}

func kinds(report model.MemoryReport) map[model.FindingKind]int {
	found := map[model.FindingKind]int{}
	for _, f := range report.Findings {
		found[f.Kind]++
	}
	return found
}
