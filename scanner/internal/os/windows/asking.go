//go:build windows

package windows

import (
	"encoding/binary"
	"sync"
	"time"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/winapi"
)

// threadTable is the system's list of all threads, asked for at most every few seconds.
type threadTable struct {
	mutex sync.Mutex
	at    time.Time
	byPID map[uint32][]thread
	err   error
}

const threadsAge = 2 * time.Second

func (t *threadTable) of(pid uint32) ([]thread, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if time.Since(t.at) > threadsAge {
		var snapshot []byte
		snapshot, t.err = winapi.SystemProcesses()
		t.byPID = parseThreads(snapshot)
		t.at = time.Now()
	}
	return append([]thread{}, t.byPID[pid]...), t.err
}

// threads asks every thread that is not about to run where it stands. A running thread's registers would be stale at once.
func (h *handle) threads() ([]thread, model.Check) {
	list, err := h.system.threads.of(h.pid)
	if err != nil {
		return nil, notPossible(model.CheckThreads, model.ReasonIOError, "the system's list of threads: "+err.Error())
	}
	refused := 0
	var last error
	for k := range list {
		if err := h.ask(&list[k]); err != nil && reasonOf(err) != model.ReasonExited {
			refused++
			last = err
		}
	}
	if refused > 0 {
		return list, partial(model.CheckThreads, reasonOf(last), count(refused, "thread")+" could not be asked; the last: "+last.Error())
	}
	return list, done(model.CheckThreads)
}

func (h *handle) ask(t *thread) error {
	opened, err := winapi.OpenThread(t.id)
	if err != nil {
		return err
	}
	defer opened.Close()
	if start := opened.Start(); start != 0 {
		t.start = start
	}
	var block [0x18]byte // NT_TIB: StackBase at 8, StackLimit at 16
	if at := opened.Block(); at != 0 && h.read(at, block[:]) == len(block) {
		t.bound, t.limit = binary.LittleEndian.Uint64(block[8:]), binary.LittleEndian.Uint64(block[16:])
	}
	if t.askable() {
		t.counter, t.stack, err = opened.Registers()
	}
	return err
}
