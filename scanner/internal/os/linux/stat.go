//go:build linux

package linux

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// Stat is what the scan needs of /proc/PID/stat (proc(5)).
type Stat struct {
	Comm       string
	State      byte
	PPID       uint32
	Session    int
	Flags      uint64
	StartTicks uint64 // clock ticks since boot
}

const flagKernelThread = 0x0020_0000 // PF_KTHREAD

// KernelThread tells by the kernel's own flag; names can be chosen freely.
func (s *Stat) KernelThread() bool { return s.Flags&flagKernelThread != 0 }

var errMalformed = errors.New("not as the kernel writes it")

// ParseStat reads the one line of stat. The name stands in brackets and may itself hold any byte, also brackets
// and spaces: the last closing bracket ends it.
func ParseStat(content []byte) (Stat, error) {
	open, close := bytes.IndexByte(content, '('), bytes.LastIndexByte(content, ')')
	if open < 0 || close < open {
		return Stat{}, errMalformed
	}
	s := Stat{Comm: string(content[open+1 : close])}
	fields := strings.Fields(string(content[close+1:]))
	if len(fields) < 20 || len(fields[0]) != 1 {
		return Stat{}, errMalformed
	}
	s.State = fields[0][0]
	ppid, err1 := strconv.ParseUint(fields[1], 10, 32)
	session, err2 := strconv.ParseInt(fields[3], 10, 32)
	flags, err3 := strconv.ParseUint(fields[6], 10, 64)
	ticks, err4 := strconv.ParseUint(fields[19], 10, 64)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return Stat{}, errMalformed
	}
	s.PPID, s.Session, s.Flags, s.StartTicks = uint32(ppid), int(session), flags, ticks
	return s, nil
}

// Status is what the scan needs of /proc/PID/status.
type Status struct {
	UID                   uint32 // real
	EffectiveCapabilities uint64
	TracerPID             uint32
}

// ParseStatus reads "Name:\tvalue" lines. The process's own name is on the first line with its line feeds
// escaped, so it cannot forge another line.
func ParseStatus(content []byte) (Status, error) {
	var s Status
	haveUID := false
	for _, line := range strings.Split(string(content), "\n") {
		name, value, found := strings.Cut(line, ":")
		fields := strings.Fields(value)
		if !found || len(fields) == 0 {
			continue
		}
		switch name {
		case "Uid":
			uid, err := strconv.ParseUint(fields[0], 10, 32)
			if err != nil {
				return Status{}, errMalformed
			}
			s.UID, haveUID = uint32(uid), true
		case "CapEff":
			value, err := strconv.ParseUint(fields[0], 16, 64)
			if err != nil {
				return Status{}, errMalformed
			}
			s.EffectiveCapabilities = value
		case "TracerPid":
			value, err := strconv.ParseUint(fields[0], 10, 32)
			if err != nil {
				return Status{}, errMalformed
			}
			s.TracerPID = uint32(value)
		}
	}
	if !haveUID {
		return Status{}, errMalformed
	}
	return s, nil
}

// ParseSyscall reads /proc/PID/task/TID/syscall: stack and instruction pointer of a thread that is not running.
// running is true where the kernel could not tell because the thread was on a processor.
func ParseSyscall(content []byte) (pc uint64, running bool, err error) {
	fields := strings.Fields(string(content))
	if len(fields) == 1 && fields[0] == "running" {
		return 0, true, nil
	}
	if len(fields) != 9 && len(fields) != 3 {
		return 0, false, errMalformed
	}
	pc, err = strconv.ParseUint(strings.TrimPrefix(fields[len(fields)-1], "0x"), 16, 64)
	if err != nil {
		return 0, false, errMalformed
	}
	return pc, false, nil
}
