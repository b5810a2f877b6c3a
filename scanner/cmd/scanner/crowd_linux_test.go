//go:build linux && amd64

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestACrowdOfProcessesTakesNoMoreMemory scans beside many processes: 300, and 5,000 in the long campaign.
func TestACrowdOfProcessesTakesNoMoreMemory(t *testing.T) {
	if raced {
		t.Skip("the race detector's own cost hides what is measured")
	}
	crowd, seconds := 300, 60.0
	if os.Getenv("GENEHOUND_LONG") == "1" {
		crowd, seconds = 5_000, 300
	}
	script := fmt.Sprintf("i=0; while [ $i -lt %d ]; do sleep 900 & echo $!; i=$((i+1)); done; read end", crowd)
	command := exec.Command("sh", "-c", script)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Kill(-command.Process.Pid, syscall.SIGKILL); command.Wait() })
	pids := make([]string, crowd)
	lines := bufio.NewReader(stdout)
	for i := range pids {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		pids[i] = strings.TrimSpace(line)
	}
	// What else runs on this machine is listed, not read.
	r, _ := scanAlone(t, "--pid", strings.Join(pids, ","), "--cpu", "100", "--mem", "64", "--timeout", fmt.Sprintf("%.0fs", seconds))
	if r.Processes.Seen < crowd {
		t.Errorf("%d seen", r.Processes.Seen)
	}
	// A busy machine may not get to the end in time; then the scan says so.
	if r.Processes.Read < crowd && os.Getuid() == 0 && (r.ExitCode != exitIncomplete || r.Seconds < seconds) {
		t.Errorf("%d read in %.1f s, exit %d", r.Processes.Read, r.Seconds, r.ExitCode)
	}
	if r.Metrics == nil || r.Metrics.ScannerPeakWorkingSet == 0 || r.Metrics.ScannerPeakWorkingSet > 64_000_000 {
		t.Errorf("%+v", r.Metrics)
	}
	if r.Seconds > seconds+10 {
		t.Errorf("%.1f s", r.Seconds)
	}
	t.Logf("%d processes, %d read, %.1f s, peak %d bytes", r.Processes.Seen, r.Processes.Read, r.Seconds, r.Metrics.ScannerPeakWorkingSet)
}
