//go:build windows

package windows

import (
	"encoding/binary"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"genehound/scanner/internal/model"
)

// threadTable is the system's list of all threads, asked for at most every few seconds.
type threadTable struct {
	mutex sync.Mutex
	at    time.Time
	byPID map[uint32][]thread
	err   error
}

const (
	threadsAge  = 2 * time.Second
	maxSnapshot = 256 << 20
)

func (t *threadTable) of(pid uint32) ([]thread, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if time.Since(t.at) > threadsAge {
		var snapshot []byte
		snapshot, t.err = systemProcesses()
		t.byPID = parseThreads(snapshot)
		t.at = time.Now()
	}
	return append([]thread{}, t.byPID[pid]...), t.err
}

func systemProcesses() ([]byte, error) {
	for size := uint32(256 << 10); ; size *= 2 {
		buffer := make([]byte, size)
		var needed uint32
		err := windows.NtQuerySystemInformation(windows.SystemProcessInformation, unsafe.Pointer(&buffer[0]), size, &needed)
		if err == windows.STATUS_INFO_LENGTH_MISMATCH && size < maxSnapshot {
			continue
		}
		return buffer, err
	}
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

// contextSize is that of CONTEXT on x64, which must lie at a multiple of 16.
const (
	contextSize    = 1232
	contextFlags   = 0x30
	contextStack   = 0x98
	contextCounter = 0xf8
	contextControl = 0x0010_0001
)

func (h *handle) ask(t *thread) error {
	opened, err := windows.OpenThread(windows.THREAD_QUERY_INFORMATION|windows.THREAD_GET_CONTEXT, false, t.id)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(opened)
	const startAddress, basic = 9, 0
	var start uintptr
	if status, _, _ := ntQueryInformationThread.Call(uintptr(opened), startAddress, uintptr(unsafe.Pointer(&start)), unsafe.Sizeof(start), 0); status == 0 {
		t.start = uint64(start)
	}
	var information [6]uintptr // THREAD_BASIC_INFORMATION: the second word is the TEB's address
	if status, _, _ := ntQueryInformationThread.Call(uintptr(opened), basic, uintptr(unsafe.Pointer(&information)), unsafe.Sizeof(information), 0); status == 0 {
		var block [0x18]byte // NT_TIB: StackBase at 8, StackLimit at 16
		if h.read(uint64(information[1]), block[:]) == len(block) {
			t.bound, t.limit = binary.LittleEndian.Uint64(block[8:]), binary.LittleEndian.Uint64(block[16:])
		}
	}
	if t.state != waiting {
		return nil
	}
	buffer := make([]byte, contextSize+16)
	at := 16 - uintptr(unsafe.Pointer(&buffer[0]))%16
	context := buffer[at : at+contextSize]
	binary.LittleEndian.PutUint32(context[contextFlags:], contextControl)
	if ok, _, err := getThreadContext.Call(uintptr(opened), uintptr(unsafe.Pointer(&context[0]))); ok == 0 {
		return err
	}
	t.counter, t.stack = binary.LittleEndian.Uint64(context[contextCounter:]), binary.LittleEndian.Uint64(context[contextStack:])
	return nil
}

// protection asks whether the kernel protects a process even from administrators; ok is false where it cannot be asked.
func protection(process windows.Handle) (level byte, ok bool) {
	err := windows.NtQueryInformationProcess(process, classProtection, unsafe.Pointer(&level), 1, nil)
	return level, err == nil
}
