//go:build linux && amd64

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
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
)

// These tests run the whole scanner in a process of its own against processes that are made to be a burden.

const (
	roleVariable = "GENEHOUND_CONDUCT_ROLE"
	pageSize     = 4096
	manyRegions  = 50_000
	someRegions  = 1_000
)

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleVariable); role {
	case "":
		os.Exit(m.Run())
	case "scanner":
		os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
	default:
		if path, hanging := strings.CutPrefix(role, "hanging "); hanging {
			playHanging(path)
		}
		play(role)
	}
}

// play is a burden: it prints a line when it stands, then beats a thousand times a second where that is its role, and tells at
// its end how long the longest pause between two beats was.
func play(role string) {
	switch role {
	case "regions", "some regions":
		count := manyRegions
		if role != "regions" {
			count = someRegions
		}
		b := reserve(uintptr(count)*pageSize, syscall.PROT_READ|syscall.PROT_WRITE)
		// The sum of an array, again and again, so that each page is code.
		code := bytes.Repeat([]byte("\x31\xc0\x85\xf6\x74\x10\x48\x63\xd6\x48\x8d\x14\x97\x03\x07\x48\x83\xc7\x04\x48\x39\xd7\x75\xf5\xc3"), 100)
		for i := 0; i < count; i++ {
			copy(b[i*pageSize:], code)
			protection := syscall.PROT_READ | syscall.PROT_EXEC
			if i%2 == 0 {
				protection |= syscall.PROT_WRITE
			}
			if err := syscall.Mprotect(b[i*pageSize:][:pageSize], protection); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
	case "huge":
		b := reserve(100<<30, syscall.PROT_READ|syscall.PROT_WRITE|syscall.PROT_EXEC)
		for at := 0; at < len(b); at += 5 << 30 {
			b[at] = 0xc3
		}
	}
	fmt.Println(os.Getpid())
	if role == "heart" {
		fmt.Println(beat())
		return
	}
	io.Copy(io.Discard, os.Stdin)
}

func reserve(size uintptr, protection int) []byte {
	const noReserve = 0x4000
	address, _, errno := syscall.Syscall6(syscall.SYS_MMAP, 0, size, uintptr(protection), syscall.MAP_PRIVATE|syscall.MAP_ANON|noReserve, ^uintptr(0), 0)
	if errno != 0 {
		fmt.Println(errno)
		os.Exit(1)
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), size)
}

// beat wakes every millisecond until standard input ends, and counts how often that was late by 20 ms.
func beat() (late int) {
	done := make(chan struct{})
	go func() { io.Copy(io.Discard, os.Stdin); close(done) }()
	last := time.Now()
	for {
		select {
		case <-done:
			return late
		default:
		}
		time.Sleep(time.Millisecond)
		now := time.Now()
		if now.Sub(last) > 21*time.Millisecond {
			late++
		}
		last = now
	}
}

type burden struct {
	pid   int
	lines *bufio.Reader
	stdin io.WriteCloser
}

func startBurden(t *testing.T, role string) burden {
	t.Helper()
	command := exec.Command("/proc/self/exe")
	command.Env = append(os.Environ(), roleVariable+"="+role)
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); command.Process.Kill(); command.Wait() })
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadString('\n')
	if err != nil || strings.TrimSpace(line) != strconv.Itoa(command.Process.Pid) {
		t.Fatalf("%s: %q %v", role, line, err)
	}
	return burden{pid: command.Process.Pid, lines: lines, stdin: stdin}
}

// scanAlone runs the scanner as a process and returns its result.
func scanAlone(t *testing.T, args ...string) (result, string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	command := exec.Command("/proc/self/exe", append([]string{"-o", out, "--json"}, args...)...)
	command.Env = append(os.Environ(), roleVariable+"=scanner", "GENEHOUND_RUNTIME_DIR="+t.TempDir())
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var r result
	if failed := json.Unmarshal(stdout.Bytes(), &r); failed != nil {
		t.Fatalf("%v %v %s", err, failed, stderr.String())
	}
	return r, r.ScanDirectory
}

func TestMemoryStaysBelowItsCeilingWhateverTheTargetIs(t *testing.T) {
	if raced {
		t.Skip("the race detector's own cost hides what is measured")
	}
	// The many are more than one process gets time for here: of the few, each is reported, however long that takes.
	for role, timeout := range map[string]string{"regions": "5s", "some regions": "10m", "huge": "5s"} {
		one := startBurden(t, role)
		r, directory := scanAlone(t, "--pid", strconv.Itoa(one.pid), "--cpu", "100", "--mem", "64", "--process-timeout", timeout)
		if r.Metrics == nil || r.Metrics.ScannerPeakWorkingSet == 0 || r.Metrics.ScannerPeakWorkingSet > 64_000_000 {
			t.Errorf("%s: %+v", role, r.Metrics)
		}
		if role == "some regions" && r.Regions != someRegions {
			t.Errorf("%d regions were reported of %d", r.Regions, someRegions)
		}
		t.Logf("%s: %d regions, %d findings, peak %d bytes, %.1f s, complete %v", role, r.Regions, r.Findings, r.Metrics.ScannerPeakWorkingSet, r.Seconds, r.Complete)
		if _, err := os.Stat(filepath.Join(directory, "coverage_info.json")); err != nil {
			t.Error(err)
		}
	}
}

// footprint is what a scan must leave as it is: resident pages and page faults of the target.
func footprint(t *testing.T, pid int) string {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	return fmt.Sprintf("minor faults %s, major faults %s, resident pages %s", fields[7], fields[9], fields[21])
}

func TestATargetIsLeftAsItWas(t *testing.T) {
	for _, role := range []string{"regions", "huge", "idle"} {
		one := startBurden(t, role)
		runtime.Gosched()
		var before, after string
		// A target's own runtime may do something between two looks: it must be quiet once.
		for try := 0; try < 3; try++ {
			before = footprint(t, one.pid)
			scanAlone(t, "--pid", strconv.Itoa(one.pid), "--cpu", "100", "--process-timeout", "2s")
			if after = footprint(t, one.pid); before == after {
				break
			}
		}
		if before != after {
			t.Errorf("%s: %s before, %s after", role, before, after)
		}
	}
}

// TestAHeartbeatGoesOn compares the pauses of a process that wakes every millisecond with and without a scan of it.
func TestAHeartbeatGoesOn(t *testing.T) {
	if raced {
		t.Skip("the race detector's own cost hides what is measured")
	}
	pauses := func(scan bool) int {
		one := startBurden(t, "heart")
		if scan {
			for n := 0; n < 3; n++ {
				scanAlone(t, "--pid", strconv.Itoa(one.pid))
			}
		} else {
			time.Sleep(time.Second)
		}
		one.stdin.Close()
		line, err := one.lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		late, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		return late
	}
	// A machine that is busy delays it, too: one try in which the scan does not is enough.
	for try := 0; try < 5; try++ {
		quiet, scanned := pauses(false), pauses(true)
		if scanned <= quiet+1 {
			return
		}
		t.Logf("late %d times without, %d times with a scan", quiet, scanned)
	}
	t.Error("the heartbeat is late in every try with a scan")
}
