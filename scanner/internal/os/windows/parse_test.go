package windows

import (
	"encoding/binary"
	"testing"
)

// flat is memory of one piece, as hostile as its bytes.
type flat []byte

func (f flat) read(address uint64, b []byte) int {
	if address < blockBase || address-blockBase >= uint64(len(f)) {
		return 0
	}
	return copy(b, f[address-blockBase:])
}

func TestEnvironmentOfAProcess(t *testing.T) {
	e, err := readEnvironment(flat(environmentBytes(libraryBase, libraryPath)), blockBase, &wideLayout)
	if err != nil || e.broken || len(e.entries) != 1 {
		t.Fatalf("got %+v, %v", e, err)
	}
	if one := e.entries[0]; one.base != libraryBase || one.name != libraryPath || one.lists != 7 {
		t.Errorf("got %+v", one)
	}
	if _, err := readEnvironment(flat(nil), blockBase, &wideLayout); err == nil {
		t.Error("no block, no error")
	}
}

func TestALoopInTheLoadersListEnds(t *testing.T) {
	b := environmentBytes(libraryBase, libraryPath)
	binary.LittleEndian.PutUint64(b[0x200:], blockBase+0x200) // the entry leads to itself
	e, err := readEnvironment(flat(b), blockBase, &wideLayout)
	if err != nil || !e.broken {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestPagesByTheirAttributes(t *testing.T) {
	for _, one := range []struct {
		attributes uint64
		how        residency
		want       pageState
	}{
		{valid | original, residencyOriginal, pageOriginal},
		{valid, residencyOriginal, pageOwn},
		// Before build 16299 nobody says whether a page is still the file's: it is compared.
		{valid | original, residencyValid, pageOwn},
		{0, residencyOriginal, pageAbsent},
		{1 << 22, residencyOriginal, pageStandby},
		{paged, residencyOriginal, pagePagedOut},
	} {
		if got := stateOf(one.attributes, one.how); got != one.want {
			t.Errorf("%x: got %d, want %d", one.attributes, got, one.want)
		}
	}
}

func TestPathsAsProgramsWriteThem(t *testing.T) {
	drives := map[string]string{`\device\harddiskvolume3`: "C:", `\device\harddiskvolume30`: "D:"}
	for name, want := range map[string]string{
		`\Device\HarddiskVolume3\Windows\a.dll`: `C:\Windows\a.dll`,
		`\Device\HarddiskVolume30\b.dll`:        `D:\b.dll`,
		`\Device\HarddiskVolume4\c.dll`:         `\\?\GLOBALROOT\Device\HarddiskVolume4\c.dll`,
		`\Device\Mup\server\share\d.dll`:        `\\server\share\d.dll`,
		`\??\C:\windows\e.dll`:                  `C:\windows\e.dll`,
		`\??\UNC\server\share\f.dll`:            `\\server\share\f.dll`,
	} {
		if got := dosPath(name, drives); got != want {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestThreadsOfTheSystemsList(t *testing.T) {
	b := make([]byte, 0x100+0x50+0x100)
	binary.LittleEndian.PutUint32(b, 0x150)
	binary.LittleEndian.PutUint32(b[4:], 1)
	b[0x50] = 42
	b[0x100+0x30], b[0x100+0x44], b[0x100+0x48] = 43, waiting, waitDelay
	list := parseThreads(b)
	if one := list[42]; len(one) != 1 || one[0].id != 43 || !one[0].sleeps() {
		t.Errorf("got %+v", list)
	}
}

func FuzzEnvironment(f *testing.F) {
	f.Add(environmentBytes(libraryBase, libraryPath))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, layout := range []*blockLayout{&wideLayout, &narrowLayout} {
			e, err := readEnvironment(flat(b), blockBase, layout)
			if err == nil && len(e.entries) > maxLoaded*3+3 {
				t.Fatal("more modules than the bound")
			}
			readCommandLine(flat(b), blockBase, layout)
		}
		parseThreads(b)
	})
}

// FuzzImageInMemory lets a process hold anything where an image is mapped.
func FuzzImageInMemory(f *testing.F) {
	f.Add(library().Bytes)
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		p := &fakeProcess{names: map[uint64]string{}, files: map[string][]byte{}, block: blockBase}
		load(p, library(), libraryBase, libraryPath)
		p.write(libraryBase, b)
		p.files[`C:\other.dll`] = b
		p.names[0x6000_0000] = `\Device\Disk\other.dll`
		p.add(0x6000_0000, 0x6000_0000, memImage, pageExecute<<2, append(b, 0))
		p.add(0x7000_0000, 0x7000_0000, memPrivate, pageExecute<<2, append(b, 0))
		p.add(blockBase, blockBase, memPrivate, pageReadwrite, append(b, 0))
		inspectFake(t, p)
	})
}

func TestOnlyFoldersOfTheSystemAndOurOwnAreTrusted(t *testing.T) {
	for owner, want := range map[string]bool{"S-1-5-18": true, "S-1-5-32-544": true, user: true, "S-1-5-21-9-9-9-1000": false, "": false} {
		if isTrustedOwner(owner, user) != want {
			t.Errorf("%s: not %v", owner, want)
		}
	}
	if isTrustedOwner("", "") {
		t.Error("nobody is trusted")
	}
}

// FuzzThreads reads the kernel's list of processes from any bytes.
func FuzzThreads(f *testing.F) {
	one := make([]byte, 0x100+2*0x50)
	one[0], one[1], one[4], one[0x50] = 0xa0, 1, 2, 7
	f.Add(append(append([]byte{}, one...), one...))
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		for _, list := range parseThreads(b) {
			total += len(list)
		}
		if total > len(b)*len(b)/0x50+1 {
			t.Fatalf("%d threads in %d bytes", total, len(b))
		}
	})
}

func TestThreadsOfTwoProcesses(t *testing.T) {
	first, second := make([]byte, 0x100+2*0x50), make([]byte, 0x100+0x50)
	first[0], first[1], first[4], first[0x50] = 0xa0, 1, 2, 7
	second[4], second[0x50] = 9, 8 // it says more threads than there are bytes
	first[0x100+0x30], first[0x150+0x30], second[0x100+0x30] = 1, 2, 3
	second[0x100+0x44], second[0x100+0x48] = waiting, waitQueue
	got := parseThreads(append(first, second...))
	if len(got[7]) != 2 || len(got[8]) != 1 || got[7][1].id != 2 || !got[8][0].sleeps() || got[7][0].sleeps() {
		t.Errorf("got %+v", got)
	}
}
