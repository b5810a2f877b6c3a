//go:build linux

package linux

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"genehound/scanner/internal/model"
)

func TestParseMapsKinds(t *testing.T) {
	for _, c := range []struct {
		line    string
		backing model.Backing
		path    string
		deleted bool
		prot    string
	}{
		{"7f12a000-7f12b000 r-xp 00001000 fe:00 1234                       /usr/lib/libc.so.6", model.BackingFile, "/usr/lib/libc.so.6", false, "r-xp"},
		{"7f12a000-7f12b000 r-xp 00001000 fe:00 1234                       /usr/lib/a b.so (deleted)", model.BackingDeletedFile, "/usr/lib/a b.so", true, "r-xp"},
		{"7f12a000-7f12b000 r-xs 00000000 00:01 1051                       /memfd:x (deleted)", model.BackingMemfd, "/memfd:x", true, "r-xs"},
		{"7f12a000-7f12b000 rwxs 00000000 00:01 1050                       /dev/zero (deleted)", model.BackingSharedAnonymous, "/dev/zero", true, "rwxs"},
		{"7f12a000-7f12b000 rwxs 00000000 00:01 3                          /SYSV00000000 (deleted)", model.BackingSharedAnonymous, "/SYSV00000000", true, "rwxs"},
		{"7f12a000-7f12b000 rwxp 00000000 00:00 0 ", model.BackingAnonymous, "", false, "rwxp"},
		{"7ffd0000-7ffd1000 rwxp 00000000 00:00 0                          [stack]", model.BackingAnonymous, "[stack]", false, "rwxp"},
		{"7f12a000-7f12b000 rwxp 00000000 00:00 0                          [anon:jit]", model.BackingAnonymous, "[anon:jit]", false, "rwxp"},
		{"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]", model.BackingSpecial, "[vsyscall]", false, "--xp"},
		{"7f12a000-7f12b000 r-xp 00000000 00:0e 77                         anon_inode:[perf_event]", model.BackingSpecial, "anon_inode:[perf_event]", false, "r-xp"},
		{`7f12a000-7f12b000 r-xp 00000000 fe:00 9                          /tmp/a\012b`, model.BackingFile, "/tmp/a\nb", false, "r-xp"},
		// A file may be called so; only with its inode gone is it what it says.
		{"7f12a000-7f12b000 r-xp 00000000 fe:00 9                          /memfd:x", model.BackingFile, "/memfd:x", false, "r-xp"},
	} {
		seen := 0
		malformed, err := ParseMaps(strings.NewReader(c.line+"\n"), func(m *Mapping) error {
			seen++
			if m.Backing() != c.backing || m.Path != c.path || m.Deleted != c.deleted || m.Protection() != c.prot {
				t.Errorf("%q: %v %q %v %s", c.line, m.Backing(), m.Path, m.Deleted, m.Protection())
			}
			return nil
		})
		if malformed != 0 || err != nil || seen != 1 {
			t.Errorf("%q: %d malformed, %v, %d seen", c.line, malformed, err, seen)
		}
	}
}

func TestParseMapsCountsWhatItDoesNotUnderstand(t *testing.T) {
	input := "garbage\n" +
		"7f12b000-7f12a000 r-xp 0 fe:00 1 /backwards\n" +
		"7f12a000-7f12b000 r-xp 00000000 fe:00 1 /" + strings.Repeat("a", 3*maxMapLine) + "\n" +
		"7f12a000-7f12b000 r-xp 00000000 fe:00 1 /good\n"
	var paths []string
	malformed, err := ParseMaps(strings.NewReader(input), func(m *Mapping) error {
		paths = append(paths, m.Path)
		return nil
	})
	if malformed != 3 || err != nil || len(paths) != 1 || paths[0] != "/good" {
		t.Fatalf("%d malformed, %v, %q", malformed, err, paths)
	}
}

func TestParseMapsReadsItsOwnWhole(t *testing.T) {
	content, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	count := 0
	malformed, err := ParseMaps(bytes.NewReader(content), func(*Mapping) error { count++; return nil })
	if malformed != 0 || err != nil || count != bytes.Count(content, []byte("\n")) {
		t.Fatalf("%d malformed, %v, %d of %d lines", malformed, err, count, bytes.Count(content, []byte("\n")))
	}
}

func TestParseStatTrustsNoName(t *testing.T) {
	fields := " S 7 42 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000 200 18446744073709551615"
	for name, want := range map[string]string{
		"bash": "bash", "a) R 1 1 (b": "a) R 1 1 (b", "": "", "x) S 2": "x) S 2", "kworker/0:3": "kworker/0:3",
	} {
		stat, err := ParseStat([]byte("99 (" + name + ")" + fields))
		if err != nil || stat.Comm != want || stat.PPID != 7 || stat.Session != 9 || stat.StartTicks != 12345 || stat.KernelThread() {
			t.Errorf("%q: %+v %v", name, stat, err)
		}
	}
	kernel, err := ParseStat([]byte("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 0"))
	if err != nil || !kernel.KernelThread() {
		t.Errorf("%+v %v", kernel, err)
	}
	for _, bad := range []string{"", "1 (x", "1 (x)", "1 (x) S 1", "1 (x) S a b c d e f g h i j k l m n o p q r s t"} {
		if _, err := ParseStat([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestParseStatus(t *testing.T) {
	status, err := ParseStatus([]byte("Name:\tevil\\nUid:\nTracerPid:\t55\nUid:\t1000\t0\t0\t0\nCapEff:\t000001ffffffffff\n"))
	if err != nil || status.UID != 1000 || status.TracerPID != 55 || status.EffectiveCapabilities != 0x1ffffffffff {
		t.Errorf("%+v %v", status, err)
	}
	if _, err := ParseStatus([]byte("Name:\tx\n")); err == nil {
		t.Error("a status without Uid is accepted")
	}
}

func TestParseSyscall(t *testing.T) {
	for _, c := range []struct {
		text    string
		pc      uint64
		running bool
		ok      bool
	}{
		{"230 0x1 0x1 0x7ffc 0x0 0x0 0x0 0x7ffc8e57ff68 0x7f88558ed503\n", 0x7f88558ed503, false, true},
		{"-1 0x7ffc8e57ff68 0x7f88558ed503\n", 0x7f88558ed503, false, true},
		{"running\n", 0, true, true},
		{"", 0, false, false},
		{"1 2", 0, false, false},
		{"-1 0x1 zz", 0, false, false},
	} {
		pc, running, err := ParseSyscall([]byte(c.text))
		if pc != c.pc || running != c.running || (err == nil) != c.ok {
			t.Errorf("%q: %x %v %v", c.text, pc, running, err)
		}
	}
}

func unpaced() error { return nil }

func TestReadPagemapRuns(t *testing.T) {
	const page = 4096
	entries := []uint64{0, pagePresent, pagePresent, pagePresent | pageFile, pageSwapped, pageSwapped | pageFile, pagePresent, 0}
	content := make([]byte, 16*8+len(entries)*8)
	for i, entry := range entries {
		binary.LittleEndian.PutUint64(content[(16+i)*8:], entry)
	}
	var runs []PageRun
	collect := func(r PageRun) error { runs = append(runs, r); return nil }
	if err := ReadPagemap(bytes.NewReader(content), 16*page, 24*page, page, unpaced, collect); err != nil {
		t.Fatal(err)
	}
	want := []PageRun{
		{17 * page, 19 * page, PageAnonymous}, {19 * page, 20 * page, PageOfFile},
		{20 * page, 21 * page, PageSwapped}, {22 * page, 23 * page, PageAnonymous},
	}
	if len(runs) != len(want) {
		t.Fatalf("%+v", runs)
	}
	for i := range want {
		if runs[i] != want[i] {
			t.Errorf("%+v, not %+v", runs[i], want[i])
		}
	}
	if err := ReadPagemap(bytes.NewReader(content), 16*page, 200*page, page, unpaced, collect); err == nil {
		t.Error("a page table that ends early is accepted")
	}
}

// What the kernel lists itself is what its entries say.
func TestPageListsAgree(t *testing.T) {
	pagemap, err := os.Open("/proc/self/pagemap")
	if err != nil {
		t.Skip(err)
	}
	defer pagemap.Close()
	b, err := syscall.Mmap(-1, 0, 64*4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(b)
	for _, page := range []int{3, 4, 5, 9, 40, 63} {
		b[page*4096] = 1
	}
	start := uint64(uintptr(unsafe.Pointer(&b[0])))
	list := func(r io.ReaderAt) (runs []PageRun) {
		if err := ReadPagemap(r, start, start+64*4096, 4096, unpaced, func(r PageRun) error { runs = append(runs, r); return nil }); err != nil {
			t.Fatal(err)
		}
		return runs
	}
	listed, read := list(pagemap), list(struct{ io.ReaderAt }{pagemap})
	if len(read) != 4 || fmt.Sprint(listed) != fmt.Sprint(read) {
		t.Errorf("%v, entries say %v", listed, read)
	}
}

func TestCommandLine(t *testing.T) {
	for input, want := range map[string]string{
		"ls\x00-l\x00": "ls -l", "sh\x00-c\x00a b\x00": `sh -c "a b"`, "": "", "x\x00\x00y\x00": `x "" y`, "renamed": "renamed",
	} {
		if got := commandLine([]byte(input), false); got != want {
			t.Errorf("%q: %q, not %q", input, got, want)
		}
	}
}

func FuzzParseMaps(f *testing.F) {
	f.Add([]byte("7f12a000-7f12b000 r-xp 00001000 fe:00 1234   /usr/lib/libc.so.6\n"))
	f.Add([]byte("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n\n-- \n"))
	f.Add([]byte("0-1 ---- 0 0:0 18446744073709551615 \xff (deleted)"))
	f.Fuzz(func(t *testing.T, content []byte) {
		visited := 0
		malformed, err := ParseMaps(bytes.NewReader(content), func(m *Mapping) error {
			visited++
			if m.End <= m.Start {
				t.Fatalf("%+v", m)
			}
			m.Backing()
			return nil
		})
		if lines := bytes.Count(content, []byte("\n")) + 1; err != nil || visited+malformed > lines {
			t.Fatalf("%d lines, %d visited, %d malformed, %v", lines, visited, malformed, err)
		}
	})
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("99 (x) y) S 7 42 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000 200 18446744073709551615"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if stat, err := ParseStat(content); err == nil && !bytes.Contains(content, []byte(stat.Comm)) {
			t.Fatal("a name that is not there")
		}
		ParseStatus(content)
		ParseSyscall(content)
	})
}

func FuzzReadPagemap(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0x80}, uint64(0), uint64(8192))
	f.Fuzz(func(t *testing.T, content []byte, start, size uint64) {
		start, size = start%(1<<40)/4096*4096, size%(1<<24)
		last := start
		ReadPagemap(bytes.NewReader(content), start, start+size, 4096, unpaced, func(r PageRun) error {
			if r.Start < last || r.End <= r.Start || r.End > start+size+4096 || r.State == PageAbsent {
				t.Fatalf("%+v", r)
			}
			last = r.End
			return nil
		})
	})
}
