//go:build linux

package linux

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"

	"genehound/scanner/internal/model"
)

// thread is where one thread executes, or will when its system call returns.
type thread struct {
	id uint32
	pc uint64
}

const (
	maxThreads = 32_768
	// runningTries is how often a thread that is on a processor is asked again; the kernel answers only about
	// threads that are not.
	runningTries = 3
)

// readThreads asks for every thread's program counter without stopping any.
func readThreads(ctx context.Context, pid uint32) ([]thread, model.Check) {
	check := model.Check{Check: model.CheckThreads, State: model.StateDone}
	directory, err := os.Open(procPath(pid, "task"))
	if err != nil {
		return nil, notPossible(model.CheckThreads, reasonOf(err), "its threads: "+describe(err))
	}
	defer directory.Close()
	names, err := directory.Readdirnames(maxThreads + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, notPossible(model.CheckThreads, reasonOf(err), "its threads: "+describe(err))
	}
	if len(names) > maxThreads {
		names = names[:maxThreads]
		check = partial(model.CheckThreads, model.ReasonLimit, "more threads than are read")
	}
	var threads []thread
	running := 0
	for _, name := range names {
		id, err := strconv.ParseUint(name, 10, 32)
		if err != nil || ctx.Err() != nil {
			continue
		}
		pc, busy, err := threadCounter(pid, name)
		switch {
		case err != nil && reasonOf(err) == model.ReasonExited:
		case err != nil:
			return threads, notPossible(model.CheckThreads, reasonOf(err), "a thread's program counter: "+describe(err))
		case busy:
			running++
		case pc != 0:
			threads = append(threads, thread{uint32(id), pc})
		}
	}
	if running > 0 && check.State == model.StateDone {
		check.Details = count(running, "thread") + " executed at every look; where is not known"
	}
	return threads, check
}

func threadCounter(pid uint32, name string) (pc uint64, running bool, err error) {
	for try := 0; try < runningTries; try++ {
		content, _, err := readBounded(procPath(pid, "task/"+name+"/syscall"), 512)
		if err != nil {
			return 0, false, err
		}
		if pc, running, err = ParseSyscall(content); err != nil || !running {
			return pc, running, err
		}
	}
	return 0, true, nil
}

func notPossible(check model.CheckName, reason model.Reason, details string) model.Check {
	return model.Check{Check: check, State: model.StateNotPossible, Reason: reason, Details: details}
}
