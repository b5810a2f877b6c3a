package windows

import (
	"bytes"
	"encoding/binary"
	"maps"
	"sort"
	"strings"
	"testing"

	"genehound/scanner/internal/detect/pe/petest"
	"genehound/scanner/internal/model"
)

const (
	valid    = uint64(1)
	original = uint64(1 << 30)
	paged    = uint64(2 << 22)
)

func expect(t *testing.T, p *fakeProcess, want map[model.FindingKind]int) (model.MemoryReport, *fakeRecorder) {
	t.Helper()
	report, recorder := inspectFake(t, p)
	if got := kinds(report); !maps.Equal(got, want) {
		t.Fatalf("got %v, want %v\n%+v", got, want, report.Findings)
	}
	return report, recorder
}

func TestARelocatedImageIsItsFile(t *testing.T) {
	report, _ := expect(t, newProcess(t), map[model.FindingKind]int{})
	if len(report.Differences) != 0 || len(report.Dumps) != 0 {
		t.Errorf("got %+v, %+v", report.Differences, report.Dumps)
	}
	for _, check := range report.Checks {
		if want := check.Check != model.CheckWorkingSet; (check.State == model.StateDone) != want {
			t.Errorf("got %+v", check)
		}
	}
}

func TestAPatchBesideARelocatedWord(t *testing.T) {
	p := newProcess(t)
	p.write(libraryBase+petest.Text+0x1f0, []byte{0x31, 0xc0, 0xc3})
	report, recorder := expect(t, p, map[model.FindingKind]int{model.FindingPatched: 1})
	finding := report.Findings[0]
	if finding.ModulePath != libraryPath || len(finding.Changes) != 1 || finding.Changes[0].RVA != petest.Text+0x1f0 {
		t.Errorf("got %+v", finding)
	}
	// What is kept is the file's image with the patch in it: not where it was loaded.
	kept := recorder.kept[finding.SHA256]
	if len(kept) != petest.Size || !bytes.Equal(kept[petest.Text+0x1f0:][:3], []byte{0x31, 0xc0, 0xc3}) {
		t.Fatalf("%d bytes", len(kept))
	}
	if !bytes.Equal(kept[petest.Text+0x300:][:8], library().Bytes[petest.RawText+0x300:][:8]) {
		t.Error("a relocated word was kept as it lies in memory")
	}
	if len(bytes.Trim(kept[petest.Data:], "\x00")) != 0 {
		t.Error("data was kept")
	}
}

func TestAHookLeadsToPrivateMemory(t *testing.T) {
	p := newProcess(t)
	code := libraryBase + 0x100_0000
	p.add(code, code, memPrivate, pageExecute<<2, compiledCode(0x800))
	jump := []byte{0xe9, 0, 0, 0, 0}
	binary.LittleEndian.PutUint32(jump[1:], uint32(code-(libraryBase+petest.Text+0x40+5)))
	p.write(libraryBase+petest.Text+0x40, jump)
	report, _ := expect(t, p, map[model.FindingKind]int{model.FindingHooked: 1, model.FindingImplantedCode: 1})
	if text := report.Findings[1].Details; !strings.Contains(text, "memory without a file") {
		t.Errorf("got %q", text)
	}
}

func TestOnlyOwnPagesAreReadWhereThatCanBeTold(t *testing.T) {
	p := newProcess(t)
	p.write(libraryBase+petest.Text+0x40, []byte{0xcc, 0xcc, 0xcc})
	p.pageBits = func(uint64) uint64 { return valid | original }
	if report, _ := inspectFake(t, p); len(report.Findings) != 0 {
		t.Errorf("a page that the kernel says is the file's was read: %+v", report.Findings)
	}
	p.pageBits = func(address uint64) uint64 {
		if address == libraryBase+petest.Text {
			return valid
		}
		return valid | original
	}
	expect(t, p, map[model.FindingKind]int{model.FindingPatched: 1})
	p.pageBits = func(address uint64) uint64 {
		if address == libraryBase+petest.Text {
			return paged
		}
		return valid | original
	}
	report, _ := expect(t, p, map[model.FindingKind]int{})
	if check := report.Checks[1]; check.State != model.StatePartial || check.Reason != model.ReasonLimit {
		t.Errorf("a page in the page file is no gap: %+v", check)
	}
}

func TestHeaders(t *testing.T) {
	erased := newProcess(t)
	erased.write(libraryBase, make([]byte, 0x200))
	expect(t, erased, map[model.FindingKind]int{model.FindingHeaderModified: 1})

	updated := newProcess(t)
	newer := library()
	newer.Put(0x88, uint32(0x6000_0000))
	copy(newer.Bytes[petest.RawText:], bytes.Repeat([]byte{0x90}, 0x200))
	updated.files[libraryPath] = newer.Bytes
	report, _ := expect(t, updated, map[model.FindingKind]int{})
	if len(report.Differences) != 1 || report.Differences[0].Modules[0].Result[0].Type != "file_changed" || len(report.Dumps) != 1 {
		t.Errorf("got %+v, %d dumps", report.Differences, len(report.Dumps))
	}

	gone := newProcess(t)
	delete(gone.files, libraryPath)
	expect(t, gone, map[model.FindingKind]int{model.FindingDeletedFile: 1})
}

func TestStompedAndUnpacked(t *testing.T) {
	p := newProcess(t)
	other := append([]byte{0x53, 0x56, 0x57}, compiledCode(0xffd)...)
	p.write(libraryBase+petest.Text, other)
	expect(t, p, map[model.FindingKind]int{model.FindingStomped: 1})

	packed := library()
	packed.Section(0x98+240, ".text", petest.Text, petest.RawText, 0x400, 0xe000_0020)
	q := newProcess(t)
	q.files[libraryPath] = packed.Bytes
	q.write(libraryBase+0x98+240, packed.Bytes[0x98+240:][:40])
	q.write(libraryBase+petest.Text, other)
	report, _ := expect(t, q, map[model.FindingKind]int{})
	if len(report.Differences) != 1 || report.Differences[0].Modules[0].Result[0].Type != "unpacked" {
		t.Errorf("got %+v", report.Differences)
	}
}

func TestCodeInPagesThatTheFileCallsData(t *testing.T) {
	p := newProcess(t)
	data := p.at(libraryBase + petest.Data)
	data.protect = pageExecute << 1
	expect(t, p, map[model.FindingKind]int{})
	copy(data.bytes, compiledCode(0x1000))
	expect(t, p, map[model.FindingKind]int{model.FindingImplantedCode: 1})
}

func TestAnImageThatTheLoaderForgot(t *testing.T) {
	hidden := func() *fakeProcess {
		p := newProcess(t)
		load(p, library(), libraryBase+0x10_0000, `C:\hidden.dll`)
		return p
	}
	report, _ := expect(t, hidden(), map[model.FindingKind]int{})
	if len(report.Differences) != 1 || report.Differences[0].Modules[0].Result[0].Type != "not_loaded" {
		t.Errorf("got %+v", report.Differences)
	}
	running := hidden()
	running.list = []thread{{id: 3, counter: libraryBase + 0x10_1010, state: waiting}}
	expect(t, running, map[model.FindingKind]int{model.FindingUnlinked: 1})
}

func TestThreadsInMemoryWithoutAFile(t *testing.T) {
	const code, stack = uint64(0x2000_0000), uint64(0x3000_0000)
	plant := func() *fakeProcess {
		p := newProcess(t)
		b := compiledCode(0x800)
		copy(b[0x100:], []byte{0xff, 0xd0}) // call rax
		p.add(code, code, memPrivate, pageExecute<<1, b)
		p.add(stack, stack, memPrivate, pageReadwrite, make([]byte, pageSize))
		return p
	}
	returning := plant()
	words := returning.at(stack).bytes
	binary.LittleEndian.PutUint64(words[0x800:], code+0x40)  // a pointer
	binary.LittleEndian.PutUint64(words[0x808:], code+0x102) // behind the call
	returning.list = []thread{{id: 5, state: waiting, waitReason: waitDelay, counter: libraryBase + petest.Text, stack: stack + 0x7f0, limit: stack, bound: stack + pageSize}}
	report, _ := expect(t, returning, map[model.FindingKind]int{model.FindingImplantedCode: 1, model.FindingUnbackedThread: 1})
	finding := report.Findings[1]
	if finding.BaseAddress != code+0x102 || *finding.ThreadID != 5 || !strings.Contains(finding.Details, "it sleeps") {
		t.Errorf("got %+v", finding)
	}
	pointers := plant()
	binary.LittleEndian.PutUint64(pointers.at(stack).bytes[0x800:], code+0x40)
	pointers.list = returning.list
	expect(t, pointers, map[model.FindingKind]int{model.FindingImplantedCode: 1})
	started := plant()
	started.list = []thread{{id: 6, start: code}}
	expect(t, started, map[model.FindingKind]int{model.FindingImplantedCode: 1, model.FindingUnbackedThread: 1})
}

func TestExecutableDataNeverLeaves(t *testing.T) {
	p := newProcess(t)
	const heap = uint64(0x4000_0000)
	p.add(heap, heap, memPrivate, pageExecute<<2, []byte(strings.Repeat("canary in the heap; ", 400)))
	report, recorder := expect(t, p, map[model.FindingKind]int{})
	if len(report.Regions) != 1 || report.Regions[0].Classification != model.ClassExecutableData || len(recorder.kept) != 0 {
		t.Errorf("got %+v, %d artifacts", report.Regions, len(recorder.kept))
	}
	// Code beside it leaves, the text does not.
	q := newProcess(t)
	q.add(heap, heap, memPrivate, pageExecute<<2, append(compiledCode(0x1000), []byte(strings.Repeat("canary in the heap; ", 200))...))
	_, recorder = expect(t, q, map[model.FindingKind]int{model.FindingImplantedCode: 1})
	for _, kept := range recorder.kept {
		if bytes.Contains(kept, []byte("canary")) {
			t.Error("text of the heap was kept")
		}
	}
}

func TestUnreadableMemoryIsSaid(t *testing.T) {
	p := newProcess(t)
	const base = uint64(0x5000_0000)
	p.add(base, base, memPrivate, pageNoAccess, make([]byte, pageSize))
	p.at(base).initial = pageExecute << 2
	report, _ := expect(t, p, map[model.FindingKind]int{})
	if len(report.Regions) != 1 || report.Regions[0].Classification != model.ClassUnread {
		t.Errorf("got %+v", report.Regions)
	}
}

func TestManyRegionsAndThreadsAreBounded(t *testing.T) {
	p := newProcess(t)
	const first = uint64(0x1_0000_0000)
	stack := make([]byte, 16*pageSize)
	for at := 0; at < len(stack); at += 8 {
		binary.LittleEndian.PutUint64(stack[at:], first+uint64(at)*pageSize) // pointers into all of them
	}
	const stacks = uint64(0x9_0000_0000)
	p.add(stacks, stacks, memPrivate, pageReadwrite, stack)
	for k := uint64(0); k < 10_000; k++ {
		base := first + k*2*pageSize
		p.parts = append(p.parts, fakePart{region{base: base, size: pageSize, allocation: base, state: memCommit, protect: pageExecute << 2, kind: memPrivate}, stack[:pageSize]})
	}
	sort.Slice(p.parts, func(a, b int) bool { return p.parts[a].base < p.parts[b].base })
	for k := uint32(0); k < 200; k++ {
		p.list = append(p.list, thread{id: k, state: waiting, counter: libraryBase + petest.Text, stack: stacks + 8*uint64(k), limit: stacks, bound: stacks + uint64(len(stack))})
	}
	report, _ := inspectFake(t, p)
	if len(report.Regions) > maxRecords || len(report.Findings) > maxFindings {
		t.Errorf("%d regions, %d findings", len(report.Regions), len(report.Findings))
	}
	if check := report.Checks[0]; check.State == model.StateDone && check.Details == "" {
		t.Errorf("what was left out is not said: %+v", check)
	}
}
