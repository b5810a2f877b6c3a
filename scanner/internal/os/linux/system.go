//go:build linux

// Package linux reads processes through the process file system alone: no attaching, no stopping, and no access
// that would bring a page into a process which was not there.
package linux

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/regular"
)

// System is the Linux layer of a scan. One value serves one scan.
type System struct {
	privileges model.Privileges
	mayTrace   bool
	// firstNamespace tells that the capabilities hold for the whole machine.
	firstNamespace bool
	users          map[uint32]string
	boot           time.Time
	pageSize       uint64

	mutex sync.Mutex
	files map[fileKey]*fileFacts
	// verified are imports that lead where they should, by files; slotsRemembered counts what files' tables take.
	verified        map[importKey][]byte
	slotsRemembered int
	verifiedBytes   int
	owners          map[model.FileID]*ownedFile
}

// New asks the kernel as whom the scanner runs.
func New() *System {
	s := &System{
		files: map[fileKey]*fileFacts{}, pageSize: uint64(os.Getpagesize()), users: readUsers("/etc/passwd"),
	}
	s.privileges, s.mayTrace = readPrivileges(s.users)
	s.firstNamespace = inFirstUserNamespace()
	s.boot = bootTime()
	return s
}

// Privileges tells as whom the scanner runs, and which capabilities it lacks.
func (s *System) Privileges() model.Privileges { return s.privileges }

// clockTicks is USER_HZ, 100 on every Linux architecture that Go supports.
const clockTicks = 100

func bootTime() time.Time {
	content, _, err := readBounded(proc+"/stat", 1<<20)
	if err != nil {
		return time.Time{}
	}
	for _, line := range strings.Split(string(content), "\n") {
		if value, found := strings.CutPrefix(line, "btime "); found {
			if seconds, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil {
				return time.Unix(seconds, 0)
			}
		}
	}
	return time.Time{}
}

// Processes lists what runs, in order of pid.
func (s *System) Processes(ctx context.Context) ([]model.Target, []model.Problem, error) {
	directory, err := os.Open(proc)
	if err != nil {
		return nil, nil, err
	}
	defer directory.Close()
	var targets []model.Target
	var problems []model.Problem
	for ctx.Err() == nil {
		names, err := directory.Readdirnames(512)
		for _, name := range names {
			pid, parseError := strconv.ParseUint(name, 10, 32)
			if parseError != nil {
				continue
			}
			target, err := s.target(uint32(pid))
			if reason := reasonOf(err); err != nil {
				if reason != model.ReasonExited {
					pid := uint32(pid)
					problems = append(problems, model.Problem{
						Code: reason, PID: &pid, Message: "the process could not be described: " + describe(err),
					})
				}
				continue
			}
			targets = append(targets, target)
		}
		if errors.Is(err, io.EOF) {
			return targets, problems, nil
		}
		if err != nil {
			return targets, problems, err
		}
	}
	return targets, problems, ctx.Err()
}

// target describes one process; only a process without a stat line is an error.
func (s *System) target(pid uint32) (model.Target, error) {
	stat, err := readStat(pid)
	if err != nil {
		return model.Target{}, err
	}
	t := model.Target{Process: model.Process{PID: pid, PPID: stat.PPID}, Birth: stat.StartTicks}
	session := stat.Session
	t.SessionID = &session
	if !s.boot.IsZero() {
		started := s.boot.Add(time.Duration(stat.StartTicks) * (time.Second / clockTicks))
		seconds, hundreds := started.Unix(), filetime(started.UnixNano())
		t.StartTime, t.StartTime100Nano = &seconds, &hundreds
	}
	if status, err := readStatus(pid); err == nil {
		name := s.userName(status.UID)
		level := "user"
		if status.EffectiveCapabilities != 0 {
			level = "system"
		}
		t.Username, t.IntegrityLevel, t.TracerPID = &name, &level, status.TracerPID
	}
	if stat.KernelThread() {
		name := clip("["+stat.Comm+"]", model.MaxPath)
		t.ProcessPath, t.KernelThread = &name, true
		t.NotRead, t.Details = model.ReasonKernelThread, "a kernel thread has no memory of its own"
		return t, nil
	}
	s.describeProgram(&t, &stat)
	return t, nil
}

func (s *System) describeProgram(t *model.Target, stat *Stat) {
	if stat.State == 'Z' || stat.State == 'X' {
		name := clip(stat.Comm, model.MaxPath)
		t.ProcessPath = &name
		t.NotRead, t.Details = model.ReasonExited, "it has ended and waits for its parent"
		return
	}
	if path, err := os.Readlink(procPath(t.PID, "exe")); err == nil {
		path = clip(path, model.MaxPath)
		t.ProcessPath = &path
		t.ImageType = "64"
		var head [5]byte
		if file, err := regular.Open(procPath(t.PID, "exe")); err == nil {
			if n, _ := file.ReadAt(head[:], 0); n == 5 && head[4] == 1 {
				t.ImageType = "32"
			}
			file.Close()
		}
	} else {
		name := clip(stat.Comm, model.MaxPath)
		t.ProcessPath = &name
	}
	if content, cut, err := readBounded(procPath(t.PID, "cmdline"), maxCommandLine); err == nil {
		line := commandLine(content, cut)
		t.CommandLine = &line
	}
}

// maxCommandLine leaves room for what quoting adds.
const maxCommandLine = model.MaxCommandLine / 4

// commandLine joins the arguments by spaces; those with spaces are quoted, so that they can be told apart.
func commandLine(content []byte, cut bool) string {
	var b strings.Builder
	arguments := strings.Split(strings.TrimRight(string(content), "\x00"), "\x00")
	for i, argument := range arguments {
		if i > 0 {
			b.WriteByte(' ')
		}
		if strings.ContainsAny(argument, " \t\n\"") || argument == "" && len(arguments) > 1 {
			b.WriteString(strconv.Quote(argument))
		} else {
			b.WriteString(argument)
		}
	}
	if cut {
		b.WriteString(" …")
	}
	return clip(b.String(), model.MaxCommandLine)
}

// OpenFile opens the file behind a module through the process that maps it, or by its path where that process has
// ended, and checks that it is still the one.
func (s *System) OpenFile(file model.ModuleFile) (io.ReadCloser, error) {
	opened, err := openMapping(file.PID, &Mapping{
		Start: file.Start, End: file.End, Path: file.Path, Inode: file.ID.Inode,
	})
	if err == nil {
		return verified(opened, file.ID)
	}
	byPath, pathError := regular.OpenIn("/", file.Path)
	if pathError != nil {
		return nil, err
	}
	return verified(byPath, file.ID)
}

func verified(opened *os.File, id model.FileID) (io.ReadCloser, error) {
	info, err := opened.Stat()
	if err == nil {
		if found, _, ok := fileIDOf(info); !ok || found != id {
			err = model.ErrChanged
		}
	}
	if err != nil {
		opened.Close()
		return nil, err
	}
	return opened, nil
}

// CPUTime is what this program has used so far.
func (s *System) CPUTime() (user, kernel time.Duration) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, 0
	}
	return time.Duration(usage.Utime.Nano()), time.Duration(usage.Stime.Nano())
}

// PeakMemory is the largest resident size of this program in bytes.
func (s *System) PeakMemory() uint64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return uint64(usage.Maxrss) * 1024
}

// clip makes text valid and at most limit bytes long, as the contract demands.
func clip(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
