//go:build linux && amd64

package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"genehound/scanner/internal/model"
)

// hangingFile mounts a file system of one file that is an image by its first page and whose other pages are never
// answered: who reads them waits in state D. The protocol is <linux/fuse.h>, version 7.31.
func hangingFile(t *testing.T) (path string, free func()) {
	t.Helper()
	fd, err := syscall.Open("/dev/fuse", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no FUSE here: %v", err)
	}
	directory := t.TempDir()
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd)
	if err := syscall.Mount("hanging", directory, "fuse", syscall.MS_NOSUID|syscall.MS_NODEV, options); err != nil {
		syscall.Close(fd)
		t.Skipf("nothing can be mounted here: %v", err)
	}
	go answerHanging(fd)
	free = sync.OnceFunc(func() {
		// The end of its connection frees whoever waits.
		abortConnection(t, directory)
		syscall.Unmount(directory, syscall.MNT_DETACH)
		syscall.Close(fd)
	})
	t.Cleanup(free)
	return filepath.Join(directory, "hanging.so"), free
}

// abortConnection is what an administrator does to a file system that hangs.
func abortConnection(t *testing.T, directory string) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Error(err)
	}
	control := t.TempDir()
	if err := syscall.Mount("none", control, "fusectl", 0, ""); err != nil {
		t.Error(err)
		return
	}
	defer syscall.Unmount(control, syscall.MNT_DETACH)
	for _, line := range strings.Split(string(mounts), "\n") {
		fields := strings.Fields(line)
		if len(fields) > 4 && fields[4] == directory {
			_, minor, _ := strings.Cut(fields[2], ":")
			if err := os.WriteFile(filepath.Join(control, minor, "abort"), []byte("1"), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

const (
	fuseLookup, fuseForget, fuseGetattr, fuseOpen, fuseRead = 1, 2, 3, 14, 15
	fuseRelease, fuseFlush, fuseInit, fuseInterrupt         = 18, 25, 26, 36
	hangingSize                                             = 16 * pageSize
)

func attributes(node uint64) []byte {
	mode, size := uint32(0o040755), uint64(0)
	if node != 1 {
		mode, size = 0o100755, hangingSize
	}
	b := binary.LittleEndian.AppendUint64(nil, node)
	b = binary.LittleEndian.AppendUint64(b, size)
	b = append(b, make([]byte, 4*8+3*4)...) // blocks and times
	b = binary.LittleEndian.AppendUint32(b, mode)
	b = binary.LittleEndian.AppendUint32(b, 1)
	return append(b, make([]byte, 5*4)...) // owner, device, block size, flags
}

func answerHanging(fd int) {
	request := make([]byte, 256<<10)
	for {
		n, err := syscall.Read(fd, request)
		if err == syscall.EINTR || err == syscall.ENOENT {
			continue
		}
		if err != nil || n < 40 {
			return
		}
		opcode, unique, node := binary.LittleEndian.Uint32(request[4:]), binary.LittleEndian.Uint64(request[8:]), binary.LittleEndian.Uint64(request[16:])
		var body []byte
		failed := int32(0)
		switch opcode {
		case fuseForget, 42, fuseInterrupt:
			continue
		case fuseInit:
			body = make([]byte, 64)
			binary.LittleEndian.PutUint32(body, 7)
			binary.LittleEndian.PutUint32(body[4:], 31)
			binary.LittleEndian.PutUint32(body[20:], pageSize) // largest write
		case fuseLookup:
			body = binary.LittleEndian.AppendUint64(body, 2)
			body = append(body, make([]byte, 4*8)...)
			body = append(body, attributes(2)...)
		case fuseGetattr:
			body = append(make([]byte, 16), attributes(node)...)
		case fuseOpen:
			body = make([]byte, 16)
		case fuseRead:
			offset, size := binary.LittleEndian.Uint64(request[48:]), binary.LittleEndian.Uint32(request[56:])
			if offset+uint64(size) > pageSize {
				continue // never
			}
			page := make([]byte, pageSize)
			copy(page, "\x7fELF\x02\x01\x01")
			body = page[offset : offset+uint64(size)]
		case fuseRelease, fuseFlush:
		default:
			failed = -int32(syscall.ENOSYS)
		}
		answer := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
		answer = binary.LittleEndian.AppendUint32(answer, uint32(failed))
		answer = binary.LittleEndian.AppendUint64(answer, unique)
		_, _ = syscall.Write(fd, append(answer, body...))
	}
}

// playHanging maps the file, executable, and touches a page that never comes.
func playHanging(path string) {
	file, err := os.Open(path)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	b, err := syscall.Mmap(int(file.Fd()), 0, hangingSize, syscall.PROT_READ|syscall.PROT_EXEC, syscall.MAP_PRIVATE)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(os.Getpid())
	os.Exit(int(b[5*pageSize]))
}

// hangs tells whether a thread of the process is in state D.
func hangs(pid int) bool {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, path := range tasks {
		content, _ := os.ReadFile(path)
		if _, rest, found := strings.Cut(string(content), ") "); found && strings.HasPrefix(rest, "D") {
			return true
		}
	}
	return false
}

// scanHanging runs the scanner and returns its result line: its process itself may hang in the kernel after that, until
// the file system answers.
func scanHanging(t *testing.T, free func(), args ...string) result {
	t.Helper()
	command := exec.Command("/proc/self/exe", append([]string{"-o", filepath.Join(t.TempDir(), "out"), "--json"}, args...)...)
	command.Env = append(os.Environ(), roleVariable+"=scanner", "GENEHOUND_RUNTIME_DIR="+t.TempDir())
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	giveUp := time.AfterFunc(60*time.Second, free)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if !giveUp.Stop() {
		t.Error("the scanner did not say what came of it before the file system was freed")
	}
	free()
	_ = command.Wait()
	var r result
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return r
}

// TestAProcessThatHangsIsARecordWithAReason has a target in state D, and a file that takes the scanner itself there.
func TestAProcessThatHangsIsARecordWithAReason(t *testing.T) {
	path, free := hangingFile(t)
	one := startBurden(t, "hanging "+path)
	for try := 0; !hangs(one.pid); try++ {
		if try > 100 {
			t.Fatal("the target does not hang")
		}
		time.Sleep(50 * time.Millisecond)
	}
	began := time.Now()
	r := scanHanging(t, free, "--pid", strconv.Itoa(one.pid), "--cpu", "100", "--process-timeout", "2s", "--timeout", "30s")
	if took := time.Since(began); took > 45*time.Second {
		t.Errorf("it took %v", took)
	}
	if r.Outcome != outcomeWritten || r.ExitCode != exitIncomplete {
		t.Errorf("%+v", r)
	}
	content, err := os.ReadFile(filepath.Join(r.ScanDirectory, "coverage_info.json"))
	if err != nil {
		t.Fatal(err)
	}
	var message struct {
		Coverage model.Coverage `json:"coverage_info"`
	}
	if err := json.Unmarshal(content, &message); err != nil {
		t.Fatal(err)
	}
	reasons := ""
	for _, process := range message.Coverage.Processes {
		if int(process.PID) == one.pid {
			reasons = fmt.Sprintf("%s %s %v", process.Reason, process.Details, process.Checks)
		}
	}
	if !strings.Contains(reasons, string(model.ReasonTimeout)) {
		t.Errorf("the process is told as %s", reasons)
	}
	t.Logf("%.1f s: %s; %v", r.Seconds, reasons, message.Coverage.Problems)
}
