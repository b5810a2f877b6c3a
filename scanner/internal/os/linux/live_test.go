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
	case "windows-section":
		address = mapWindowsSection(os.Getenv("GENEHOUND_TEST_IMAGE"), os.Getenv("GENEHOUND_TEST_CHANGE") != "")
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
