//go:build linux

package linux

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"time"

	"genehound/scanner/internal/model"
)

// thread is where one thread executes, or will when its system call returns.
type thread struct {
	id uint32
	pc uint64
}

const (
	maxThreads = 32_768
	// runningTries is how often a thread that is on a processor is asked again, and after how long: the kernel
	// answers only about threads that are not.
	runningTries = 6
	runningPause = time.Millisecond
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
	// A thread that is on a processor cannot be asked; most are off it a moment later.
	for try := 0; len(names) > 0 && ctx.Err() == nil; try++ {
		var running []string
		for _, name := range names {
			t, busy, err := readThread(pid, name)
			switch {
			case err != nil && reasonOf(err) == model.ReasonExited:
			case err != nil:
				return threads, notPossible(model.CheckThreads, reasonOf(err), "a thread's program counter: "+describe(err))
			case busy:
				running = append(running, name)
			case t.pc != 0:
				threads = append(threads, t)
			}
		}
		names = running
		if try == runningTries {
			break
		}
		if len(names) > 0 {
			time.Sleep(runningPause)
		}
	}
	if len(names) > 0 && check.State == model.StateDone {
		check.Details = count(len(names), "thread") + " executed at every look; where is not known"
	}
	return threads, check
}

func readThread(pid uint32, name string) (t thread, running bool, err error) {
	id, err := strconv.ParseUint(name, 10, 32)
	if err != nil {
		return t, false, nil // no thread
	}
	content, _, err := readBounded(procPath(pid, "task/"+name+"/syscall"), 512)
	if err != nil {
		return t, false, err
	}
	pc, running, err := ParseSyscall(content)
	return thread{uint32(id), pc}, running, err
}

func notPossible(check model.CheckName, reason model.Reason, details string) model.Check {
	return model.Check{Check: check, State: model.StateNotPossible, Reason: reason, Details: details}
}
