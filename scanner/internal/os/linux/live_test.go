//go:build linux && amd64

package linux

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"genehound/scanner/internal/model"
)

// These tests look at real processes: this test's own program, started again in one of the roles below.

const roleVariable = "GENEHOUND_TEST_ROLE"

const canary = "CANARY-4f1c9a7e-do-not-let-me-leave-0b5d"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		play(role)
		return
	}
	os.Exit(m.Run())
}

// play does what the role says, prints an address, and waits for the end of its input.
func play(role string) {
	runtime.LockOSThread()
	address := uintptr(0)
	switch role {
	case "plain":
	case "rwx":
		address = mapCode(8*4096, syscall.MAP_PRIVATE, realCode(6*4096), nil)
	case "rw-rx":
		address = mapCode(8*4096, syscall.MAP_PRIVATE, realCode(6*4096), nil)
		protect(address, 8*4096, syscall.PROT_READ|syscall.PROT_EXEC)
	case "short":
		// The sum of an array, 25 bytes.
		address = mapCode(4096, syscall.MAP_PRIVATE, []byte(shortCode), nil)
		protect(address, 4096, syscall.PROT_READ|syscall.PROT_EXEC)
	case "shared":
		address = mapCode(8*4096, syscall.MAP_SHARED, realCode(6*4096), nil)
	case "canary-page":
		// Real code, then a page of text.
		address = mapCode(64*4096, syscall.MAP_PRIVATE, realCode(2*4096), map[int]string{
			2 * 4096: strings.Repeat(canary+" ", 80), 40 * 4096: canary,
		})
	case "canary-in-page":
		address = mapCode(4*4096, syscall.MAP_PRIVATE, realCode(3000), map[int]string{3000: canary})
	case "data":
		address = mapCode(64*4096, syscall.MAP_PRIVATE, nil, map[int]string{
			0: canary, 8192: strings.Repeat("some text of no meaning, ", 300), 20000: "\x01\x02\x03\x04",
		})
	case "thread":
		// pause() again and again: mov eax,34; syscall; jmp -9
		address = mapCode(4096, syscall.MAP_PRIVATE, []byte("\xb8\x22\x00\x00\x00\x0f\x05\xeb\xf7"), nil)
		go call(address)
	case "system-v":
		id, _, errno := syscall.Syscall(syscall.SYS_SHMGET, 0, 8*4096, 0o1700)
		if errno != 0 {
			check(errno)
		}
		const shmExec = 0o100000
		if address, _, errno = syscall.Syscall(syscall.SYS_SHMAT, id, 0, shmExec); errno != 0 {
			check(errno)
		}
		syscall.Syscall(syscall.SYS_SHMCTL, id, 0, 0) // removed when the last one leaves
		copy(unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), 8*4096), realCode(6*4096))
	case "file":
		address = mapFileAt(os.Getenv("GENEHOUND_TEST_FILE"), syscall.PROT_READ|syscall.PROT_EXEC)
	case "read-implies-exec":
		const readImpliesExec = 0x0040_0000
		if _, _, errno := syscall.Syscall(syscall.SYS_PERSONALITY, readImpliesExec, 0, 0); errno != 0 {
			check(errno)
		}
		b, err := syscall.Mmap(-1, 0, 16<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		check(err)
		for at := 0; at+100 < len(b); at += 97 {
			copy(b[at:], canary)
		}
		kept = append(kept, b, []byte(strings.Repeat(canary, 100_000)))
		address = mapFileAt(os.Getenv("GENEHOUND_TEST_FILE"), syscall.PROT_READ)
	case "implant":
		image, err := os.ReadFile(os.Getenv("GENEHOUND_TEST_IMAGE"))
		check(err)
		address = mapCode(len(image)+4096, syscall.MAP_PRIVATE, image, nil)
	}
	fmt.Printf("%d\n", address)
	io.Copy(io.Discard, os.Stdin)
}

var kept [][]byte

func mapFileAt(path string, protection int) uintptr {
	file, err := os.Open(path)
	check(err)
	info, err := file.Stat()
	check(err)
	b, err := syscall.Mmap(int(file.Fd()), 0, int(info.Size()), protection, syscall.MAP_PRIVATE)
	check(err)
	file.Close()
	kept = append(kept, b, bytes.Clone(b[:1])) // the first page becomes resident
	return uintptr(unsafe.Pointer(&b[0]))
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

const shortCode = "\x31\xc0\x85\xf6\x74\x10\x48\x63\xd6\x48\x8d\x14\x97\x03\x07\x48\x83\xc7\x04\x48\x39\xd7\x75\xf5\xc3"

func mapCode(size, flags int, code []byte, texts map[int]string) uintptr {
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE|syscall.PROT_EXEC, flags|syscall.MAP_ANON)
	check(err)
	copy(b, code)
	for at, text := range texts {
		copy(b[at:], text)
	}
	return uintptr(unsafe.Pointer(&b[0]))
}

func protect(address uintptr, size int, protection int) {
	_, _, errno := syscall.Syscall(syscall.SYS_MPROTECT, address, uintptr(size), uintptr(protection))
	if errno != 0 {
		check(errno)
	}
}

func call(address uintptr) {
	runtime.LockOSThread()
	code := &address
	(*(*func())(unsafe.Pointer(&code)))()
}

// realCode is a piece of some program's .text.
func realCode(size int) []byte {
	for _, path := range []string{"/bin/bash", "/lib/x86_64-linux-gnu/libc.so.6", "/proc/self/exe"} {
		file, err := elf.Open(path)
		if err != nil {
			continue
		}
		defer file.Close()
		if text := file.Section(".text"); text != nil && text.Size > uint64(size)+1<<16 {
			code := make([]byte, size)
			if _, err := text.ReadAt(code, 1<<14); err == nil {
				return code
			}
		}
	}
	check(fmt.Errorf("no program to take code from"))
	return nil
}

// memoryRecorder keeps artifacts as the pass would.
type memoryRecorder struct{ artifacts map[string][]byte }

func (r *memoryRecorder) Store(_ model.Layout, fill func(io.Writer) error) (string, uint64, error) {
	var b bytes.Buffer
	if err := fill(&b); err != nil {
		return "", 0, err
	}
	sum := sha256.Sum256(b.Bytes())
	name := hex.EncodeToString(sum[:])
	r.artifacts[name] = b.Bytes()
	return name, uint64(b.Len()), nil
}
func (r *memoryRecorder) Pace(ctx context.Context) error { return ctx.Err() }
func (r *memoryRecorder) CountRead(uint64, uint64)       {}

type actor struct {
	command *exec.Cmd
	input   io.Closer
	pid     uint32
	address uint64
}

func start(t *testing.T, role string, environment ...string) actor {
	t.Helper()
	command := exec.Command("/proc/self/exe", "-test.run=XXX")
	command.Env = append(append(os.Environ(), roleVariable+"="+role, "SECRET="+canary), environment...)
	return launch(t, command)
}

func launch(t *testing.T, command *exec.Cmd) actor {
	t.Helper()
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		command.Process.Kill()
		command.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("%s: %v %q", command.Path, err, line)
	}
	address, err := strconv.ParseUint(strings.TrimSpace(line), 10, 64)
	if err != nil {
		t.Fatalf("%s says %q", command.Path, line)
	}
	return actor{command, input, uint32(command.Process.Pid), address}
}

func inspect(t *testing.T, pid uint32) (model.MemoryReport, *memoryRecorder) {
	t.Helper()
	system := New()
	target, err := system.target(pid)
	if err != nil {
		t.Fatal(err)
	}
	recorder := &memoryRecorder{artifacts: map[string][]byte{}}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	report := system.Inspect(ctx, target, recorder)
	if report.NotRead != "" {
		t.Fatalf("not read: %s %s", report.NotRead, report.Details)
	}
	for _, c := range report.Checks {
		if c.State != model.StateDone {
			t.Errorf("%+v", c)
		}
	}
	for name, artifact := range recorder.artifacts {
		if bytes.Contains(artifact, []byte("CANARY")) {
			t.Errorf("the canary leaves in %s", name)
		}
	}
	return report, recorder
}

func find(report *model.MemoryReport, kind model.FindingKind) *model.Finding {
	for i := range report.Findings {
		if report.Findings[i].Kind == kind {
			return &report.Findings[i]
		}
	}
	return nil
}

func TestPlainProcessIsClean(t *testing.T) {
	report, recorder := inspect(t, start(t, "plain").pid)
	if len(report.Findings) != 0 || len(recorder.artifacts) != 0 || len(report.Differences) != 0 {
		t.Fatalf("%+v", report)
	}
}

func TestImplantedCodeIsFound(t *testing.T) {
	for role, backing := range map[string]model.Backing{
		"rwx": model.BackingAnonymous, "rw-rx": model.BackingAnonymous, "shared": model.BackingSharedAnonymous,
		"system-v": model.BackingSharedAnonymous,
	} {
		t.Run(role, func(t *testing.T) {
			actor := start(t, role)
			report, recorder := inspect(t, actor.pid)
			finding := find(&report, model.FindingImplantedCode)
			if finding == nil || finding.BaseAddress != actor.address || finding.Layout != model.LayoutRaw {
				t.Fatalf("%+v", report)
			}
			if report.Regions[0].Backing != backing || report.Regions[0].Classification != model.ClassCode {
				t.Errorf("%+v", report.Regions[0])
			}
			artifact, want := recorder.artifacts[finding.SHA256], realCode(6*4096)
			if len(artifact) != 6*4096 {
				t.Fatalf("%d bytes", len(artifact))
			}
			same := 0
			for i := range want {
				if artifact[i] == want[i] {
					same++
				}
			}
			if same < len(want)*99/100 {
				t.Errorf("%d of %d bytes are the payload's", same, len(want))
			}
		})
	}
}

func TestShortCodeIsFound(t *testing.T) {
	actor := start(t, "short")
	report, recorder := inspect(t, actor.pid)
	finding := find(&report, model.FindingImplantedCode)
	if finding == nil || finding.BaseAddress != actor.address || !bytes.HasPrefix(recorder.artifacts[finding.SHA256], []byte(shortCode)) {
		t.Fatalf("%+v", report)
	}
}

func TestOnlyCodeOfAHeapLeaves(t *testing.T) {
	for _, role := range []string{"canary-page", "canary-in-page"} {
		t.Run(role, func(t *testing.T) {
			actor := start(t, role)
			report, recorder := inspect(t, actor.pid)
			finding := find(&report, model.FindingImplantedCode)
			if finding == nil {
				t.Fatalf("%+v", report)
			}
			if n := len(recorder.artifacts[finding.SHA256]); n > 2*4096 {
				t.Errorf("%d bytes are taken", n)
			}
		})
	}
	t.Run("data", func(t *testing.T) {
		report, recorder := inspect(t, start(t, "data").pid)
		if len(report.Findings) != 0 || len(recorder.artifacts) != 0 {
			t.Fatalf("%+v", report)
		}
		if len(report.Regions) != 1 || report.Regions[0].Classification != model.ClassExecutableData {
			t.Fatalf("%+v", report.Regions)
		}
	})
}

// A document that is mapped with execute permission stays; a file that is no image but holds code is found.
func TestMappedFilesThatAreNoImages(t *testing.T) {
	document := filepath.Join(t.TempDir(), "document")
	if err := os.WriteFile(document, []byte(strings.Repeat("A letter. "+canary+"\n", 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	report, recorder := inspect(t, start(t, "file", "GENEHOUND_TEST_FILE="+document).pid)
	if len(report.Findings) != 0 || len(recorder.artifacts) != 0 || len(report.Regions) != 1 ||
		report.Regions[0].Classification != model.ClassExecutableData || report.Regions[0].Backing != model.BackingFile {
		t.Errorf("%+v", report)
	}
	raw := filepath.Join(t.TempDir(), "raw")
	if err := os.WriteFile(raw, realCode(3*4096), 0o600); err != nil {
		t.Fatal(err)
	}
	report, _ = inspect(t, start(t, "file", "GENEHOUND_TEST_FILE="+raw).pid)
	if finding := find(&report, model.FindingImplantedCode); finding == nil || finding.ModulePath != raw {
		t.Errorf("%+v", report)
	}
}

func TestReadImpliesExec(t *testing.T) {
	document := filepath.Join(t.TempDir(), "document")
	if err := os.WriteFile(document, []byte(strings.Repeat("A letter. "+canary+"\n", 2000)), 0o600); err != nil {
		t.Fatal(err)
	}
	report, recorder := inspect(t, start(t, "read-implies-exec", "GENEHOUND_TEST_FILE="+document).pid)
	if len(report.Findings) != 0 || len(recorder.artifacts) != 0 || len(report.Regions) < 2 {
		t.Errorf("%+v", report)
	}
	for _, r := range report.Regions {
		if r.Classification != model.ClassExecutableData || !strings.Contains(strings.Join(r.Evidence, " "), "READ_IMPLIES_EXEC") {
			t.Errorf("%+v", r)
		}
	}
}

// In another mount namespace, with another root, paths say nothing: files open through the kernel's own links.
func TestOtherMountNamespace(t *testing.T) {
	unshare, err := exec.LookPath("unshare")
	if err != nil || os.Getuid() != 0 {
		t.Skip("needs unshare and root")
	}
	script := `d=$1; mount -t tmpfs none "$d" && cp /proc/self/exe "$d/x" 2>/dev/null; cp /bin/cat "$d/program" && exec "$d/program"`
	command := exec.Command(unshare, "-m", "sh", "-c", script, "sh", t.TempDir())
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { input.Close(); command.Process.Kill(); command.Wait() }()
	input.Write([]byte("x\n"))
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		t.Skip("no mount namespace here")
	}
	system := New()
	target, err := system.target(uint32(command.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	modules := system.Modules(context.Background(), target)
	found := false
	for _, file := range modules.Files {
		opened, err := system.OpenFile(file)
		if err != nil {
			t.Errorf("%s: %v", file.Path, err)
			continue
		}
		opened.Close()
		found = found || strings.HasSuffix(file.Path, "/program") && file.IsImage
	}
	if !found || len(modules.Checks) != 2 || modules.Checks[1].State != model.StateDone {
		t.Errorf("%+v", modules)
	}
	report, _ := inspect(t, target.PID)
	if len(report.Findings) != 0 {
		t.Errorf("%+v", report.Findings)
	}
}

func TestThreadOutsideOfAnyFile(t *testing.T) {
	actor := start(t, "thread")
	awaitThread(t, actor)
	report, recorder := inspect(t, actor.pid)
	finding := find(&report, model.FindingUnbackedThread)
	if finding == nil || finding.ThreadID == nil || finding.BaseAddress < actor.address || finding.BaseAddress >= actor.address+16 {
		t.Fatalf("%+v", report)
	}
	if code := find(&report, model.FindingImplantedCode); code == nil || !bytes.Contains(recorder.artifacts[code.SHA256], []byte("\x0f\x05\xeb\xf7")) {
		t.Errorf("nine bytes in which a thread executes are code: %+v", report)
	}
}

// awaitThread asks until a thread waits in the actor's code.
func awaitThread(t *testing.T, a actor) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		threads, _ := readThreads(ctx, a.pid)
		for _, thread := range threads {
			if thread.pc >= a.address && thread.pc < a.address+4096 {
				return
			}
		}
	}
	t.Fatal("no thread came")
}

func TestImplantedImage(t *testing.T) {
	path := firstOf(t, "/bin/true", "/usr/bin/true")
	actor := start(t, "implant", "GENEHOUND_TEST_IMAGE="+path)
	report, _ := inspect(t, actor.pid)
	if finding := find(&report, model.FindingImplantedImage); finding == nil {
		t.Fatalf("%+v", report)
	}
}

func firstOf(t *testing.T, paths ...string) string {
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skipf("none of %v is here", paths)
	return ""
}

// startSleeper runs a program that links to the C library and waits.
func startSleeper(t *testing.T, path string, files ...*os.File) actor {
	t.Helper()
	command := exec.Command(path)
	command.Args = []string{"cat"}
	command.ExtraFiles = files
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { input.Close(); command.Process.Kill(); command.Wait() })
	// An echo tells that it is loaded and runs.
	if _, err := input.Write([]byte("x\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return actor{command, input, uint32(command.Process.Pid), 0}
}

func TestMemfdExecutable(t *testing.T) {
	content, err := os.ReadFile(firstOf(t, "/bin/cat", "/usr/bin/cat"))
	if err != nil {
		t.Fatal(err)
	}
	var sums []string
	for range [2]int{} {
		name := []byte("kworker\x00")
		fd, _, errno := syscall.Syscall(319, uintptr(unsafe.Pointer(&name[0])), 0, 0)
		if errno != 0 {
			t.Skip(errno)
		}
		file := os.NewFile(fd, "memfd")
		defer file.Close()
		if _, err := file.Write(content); err != nil {
			t.Fatal(err)
		}
		actor := startSleeper(t, "/proc/self/fd/"+strconv.Itoa(int(fd)), file)
		report, recorder := inspect(t, actor.pid)
		finding := find(&report, model.FindingImplantedImage)
		if finding == nil || find(&report, model.FindingDeletedFile) == nil || finding.Layout != model.LayoutMapped {
			t.Fatalf("%+v", report)
		}
		sums = append(sums, finding.SHA256)
		checkMapped(t, recorder.artifacts[finding.SHA256], content)
	}
	if sums[0] != sums[1] {
		t.Error("the same image gives different artifacts in two processes")
	}
}

// checkMapped compares a mapped layout with what the file's segments say.
func checkMapped(t *testing.T, mapped, content []byte) {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for _, segment := range file.Progs {
		if segment.Type != elf.PT_LOAD {
			continue
		}
		part := content[segment.Off : segment.Off+segment.Filesz]
		switch {
		case segment.Flags&elf.PF_X != 0:
			if !bytes.Equal(mapped[segment.Vaddr:segment.Vaddr+segment.Filesz], part) {
				t.Error("an executable segment is not there")
			}
		case segment.Flags&elf.PF_W != 0 && segment.Filesz > 0:
			if bytes.Contains(mapped, part[:min(len(part), 256)]) {
				t.Error("writable data is there")
			}
		}
	}
	if !bytes.Equal(mapped[:64], content[:64]) {
		t.Error("the header is not there")
	}
}

func TestDeletedExecutable(t *testing.T) {
	source := firstOf(t, "/bin/cat", "/usr/bin/cat")
	content, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, content, 0o700); err != nil {
		t.Fatal(err)
	}
	actor := startSleeper(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	report, recorder := inspect(t, actor.pid)
	finding := find(&report, model.FindingDeletedFile)
	if finding == nil || finding.Layout != model.LayoutMapped || !strings.HasSuffix(finding.ModulePath, " (deleted)") {
		t.Fatalf("%+v", report)
	}
	checkMapped(t, recorder.artifacts[finding.SHA256], content)
	// A newer build at the same place: what a package upgrade leaves is listed and no finding.
	if err := os.WriteFile(path, append(bytes.Clone(content), "newer"...), 0o700); err != nil {
		t.Fatal(err)
	}
	report, _ = inspect(t, actor.pid)
	if find(&report, model.FindingDeletedFile) != nil || len(report.Regions) != 1 {
		t.Errorf("%+v", report)
	}
}

// patch writes into another process's code as an attacker would.
func patch(t *testing.T, pid uint32, symbol string, code []byte) (address uint64) {
	t.Helper()
	var libc Mapping
	if _, err := readMaps(pid, func(m *Mapping) error {
		if strings.Contains(m.Path, "/libc.so") || strings.Contains(m.Path, "/libc-2") {
			if libc.Start == 0 {
				libc = *m
			}
		}
		return nil
	}); err != nil || libc.Start == 0 {
		t.Skipf("no C library to patch: %v", err)
	}
	file, err := elf.Open(procPath(pid, "root") + libc.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	symbols, err := file.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Name == symbol {
			address = libc.Start + s.Value
		}
	}
	mem, err := os.OpenFile(procPath(pid, "mem"), os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer mem.Close()
	if _, err := mem.WriteAt(code, int64(address)); err != nil {
		t.Skip(err)
	}
	return address
}

func TestPatchedLibrary(t *testing.T) {
	actor := startSleeper(t, firstOf(t, "/bin/cat", "/usr/bin/cat"))
	address := patch(t, actor.pid, "getenv", []byte{0x31, 0xc0, 0xc3})
	report, recorder := inspect(t, actor.pid)
	finding := find(&report, model.FindingPatched)
	if finding == nil || len(finding.Changes) != 1 || len(report.Differences) != 1 {
		t.Fatalf("%+v", report)
	}
	rva := address - finding.BaseAddress
	if change := finding.Changes[0]; uint64(change.RVA) > rva+2 || uint64(change.RVA+change.Size) < rva+2 {
		t.Errorf("the change is at %x, not at %x", change.RVA, rva)
	}
	if artifact := recorder.artifacts[finding.SHA256]; !bytes.Equal(artifact[rva:rva+3], []byte{0x31, 0xc0, 0xc3}) {
		t.Error("the change is not in the artifact")
	}
}

func TestHookedLibrary(t *testing.T) {
	actor := startSleeper(t, firstOf(t, "/bin/cat", "/usr/bin/cat"))
	var program Mapping
	if _, err := readMaps(actor.pid, func(m *Mapping) error {
		if m.Exec && strings.HasSuffix(m.Path, "/cat") {
			program = *m
		}
		return nil
	}); err != nil || program.Start == 0 {
		t.Fatal(err)
	}
	hook := []byte{0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0} // mov rax, target; jmp rax
	for i := 0; i < 8; i++ {
		hook[2+i] = byte((program.Start + 0x100) >> (8 * i))
	}
	patch(t, actor.pid, "getenv", hook)
	report, _ := inspect(t, actor.pid)
	finding := find(&report, model.FindingHooked)
	if finding == nil || !strings.Contains(finding.Details, "/cat") {
		t.Fatalf("%+v", report)
	}
}

func TestBreakpointIsNoFinding(t *testing.T) {
	actor := startSleeper(t, firstOf(t, "/bin/cat", "/usr/bin/cat"))
	patch(t, actor.pid, "getenv", []byte{0xcc})
	report, _ := inspect(t, actor.pid)
	if len(report.Findings) != 0 || len(report.Differences) != 1 || report.Differences[0].Modules[0].Result[0].Type != "breakpoint" {
		t.Fatalf("%+v", report)
	}
}

func TestInspectionDisturbsNothing(t *testing.T) {
	quiet := startSleeper(t, firstOf(t, "/bin/cat", "/usr/bin/cat"))
	before := faults(t, quiet.pid)
	inspect(t, quiet.pid)
	if after := faults(t, quiet.pid); after != before {
		t.Errorf("resident size and faults were %v, are %v", before, after)
	}
	// This program's own runtime faults now and then; its size must stay.
	for _, role := range []string{"canary-page", "rwx", "shared"} {
		actor := start(t, role)
		before := faults(t, actor.pid)
		inspect(t, actor.pid)
		if after := faults(t, actor.pid); after[0] != before[0] {
			t.Errorf("%s: resident size was %v, is %v", role, before[0], after[0])
		}
	}
}

// faults are a process's resident size, and its page faults.
func faults(t *testing.T, pid uint32) [3]string {
	t.Helper()
	content, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	return [3]string{fields[21], fields[7], fields[9]}
}
