//go:build windows

package winapi

import (
	"syscall"
	"unsafe"
)

// Rights to processes and threads.
const (
	ProcessVMRead           = 0x0010
	ProcessQuery            = 0x0400
	ProcessQueryLimited     = 0x1000
	threadGetContext        = 0x0008
	threadQuery             = 0x0040
	stillActive             = 259
	classBasic              = 0
	classWow64              = 26
	classCommandLine        = 60
	classProtection         = 61
	classSystemProcesses    = 5
	classThreadBasic        = 0
	classThreadStartAddress = 9
)

var (
	openThread               = kernel32.NewProc("OpenThread")
	getThreadContext         = kernel32.NewProc("GetThreadContext")
	queryImageName           = kernel32.NewProc("QueryFullProcessImageNameW")
	getProcessImageFileName  = kernel32.NewProc("K32GetProcessImageFileNameW")
	isWow64Process           = kernel32.NewProc("IsWow64Process")
	isWow64Process2          = kernel32.NewProc("IsWow64Process2")
	processIDToSessionID     = kernel32.NewProc("ProcessIdToSessionId")
	ntQueryProcess           = ntdll.NewProc("NtQueryInformationProcess")
	ntQuerySystem            = ntdll.NewProc("NtQuerySystemInformation")
	ntQueryInformationThread = ntdll.NewProc("NtQueryInformationThread")
)

const maxPath = 32_768

// ImageName is the path of a process's program as programs write it.
func ImageName(process Handle) (string, error) {
	buffer := make([]uint16, maxPath)
	size := uint32(len(buffer))
	if ok, _, err := queryImageName.Call(uintptr(process), 0, uintptr(unsafe.Pointer(&buffer[0])), uintptr(unsafe.Pointer(&size))); ok == 0 {
		return "", failed(ok, err)
	}
	return syscall.UTF16ToString(buffer[:size]), nil
}

// ImageFileName is the same path as the kernel writes it.
func ImageFileName(process Handle) (string, error) {
	buffer := make([]uint16, maxPath)
	n, _, err := getProcessImageFileName.Call(uintptr(process), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)))
	if n == 0 {
		return "", failed(n, err)
	}
	return syscall.UTF16ToString(buffer[:n]), nil
}

// IsWow64 tells whether a process is a 32-bit one.
func IsWow64(process Handle) bool {
	var is int32
	ok, _, _ := isWow64Process.Call(uintptr(process), uintptr(unsafe.Pointer(&is)))
	return ok != 0 && is != 0
}

// IsEmulated tells whether this program runs on another kind of processor than it was built for.
func IsEmulated() bool {
	var own, native uint16
	if isWow64Process2.Find() != nil {
		return false
	}
	ok, _, _ := isWow64Process2.Call(uintptr(CurrentProcess), uintptr(unsafe.Pointer(&own)), uintptr(unsafe.Pointer(&native)))
	return ok != 0 && own != 0
}

// SessionOf is the session in which a process runs.
func SessionOf(pid uint32) (uint32, bool) {
	var session uint32
	ok, _, _ := processIDToSessionID.Call(uintptr(pid), uintptr(unsafe.Pointer(&session)))
	return session, ok != 0
}

// Exited tells that a process has ended.
func Exited(process Handle) bool {
	var code uint32
	return syscall.GetExitCodeProcess(process, &code) != nil || code != stillActive
}

// Blocks gives the addresses of a process's environment block and of its 32-bit one, 0 where it has none.
func Blocks(process Handle) (wide, narrow uint64, err error) {
	var basic [6]uintptr // PROCESS_BASIC_INFORMATION: the second word is the block's address
	result, _, _ := ntQueryProcess.Call(uintptr(process), classBasic, uintptr(unsafe.Pointer(&basic)), unsafe.Sizeof(basic), 0)
	if err := status(result); err != nil {
		return 0, 0, err
	}
	var block uintptr
	if result, _, _ = ntQueryProcess.Call(uintptr(process), classWow64, uintptr(unsafe.Pointer(&block)), unsafe.Sizeof(block), 0); status(result) != nil {
		block = 0
	}
	return uint64(basic[1]), uint64(block), nil
}

// Protection is the level at which the kernel protects a process even from administrators, 0 for none; ok is false where
// the kernel cannot be asked.
func Protection(process Handle) (level byte, ok bool) {
	result, _, _ := ntQueryProcess.Call(uintptr(process), classProtection, uintptr(unsafe.Pointer(&level)), 1, 0)
	return level, status(result) == nil
}

// CommandLine asks the kernel with what arguments a process was started.
func CommandLine(process Handle) (string, bool) {
	const header = 16 // UNICODE_STRING, whose text follows in the same buffer
	buffer := make([]uint16, header/2+maxPath)
	result, _, _ := ntQueryProcess.Call(uintptr(process), classCommandLine, uintptr(unsafe.Pointer(&buffer[0])), uintptr(2*len(buffer)), 0)
	if status(result) != nil {
		return "", false
	}
	length := min(int(buffer[0])/2, len(buffer)-header/2)
	return syscall.UTF16ToString(buffer[header/2 : header/2+length]), true
}

// SystemProcesses is the kernel's list of processes with their threads, as it writes it.
func SystemProcesses() ([]byte, error) {
	const largest = 256 << 20
	for size := 256 << 10; ; size *= 2 {
		buffer := make([]byte, size)
		result, _, _ := ntQuerySystem.Call(classSystemProcesses, uintptr(unsafe.Pointer(&buffer[0])), uintptr(size), 0)
		if uint32(result) == StatusLengthMismatch && size < largest {
			continue
		}
		return buffer, status(result)
	}
}

// Thread is an open thread, with the rights to be asked and no other.
type Thread Handle

// OpenThread opens a thread.
func OpenThread(id uint32) (Thread, error) {
	handle, _, err := openThread.Call(threadQuery|threadGetContext, 0, uintptr(id))
	return Thread(handle), failed(handle, err)
}

// Close lets go of the thread.
func (t Thread) Close() { syscall.CloseHandle(Handle(t)) }

// Start is the address at which a program had the thread started, 0 where it is not told.
func (t Thread) Start() uint64 {
	var start uintptr
	if result, _, _ := ntQueryInformationThread.Call(uintptr(t), classThreadStartAddress, uintptr(unsafe.Pointer(&start)), unsafe.Sizeof(start), 0); status(result) != nil {
		return 0
	}
	return uint64(start)
}

// Block is the address of the thread's environment block, 0 where it is not told.
func (t Thread) Block() uint64 {
	var basic [6]uintptr // THREAD_BASIC_INFORMATION: the second word is the block's address
	if result, _, _ := ntQueryInformationThread.Call(uintptr(t), classThreadBasic, uintptr(unsafe.Pointer(&basic)), unsafe.Sizeof(basic), 0); status(result) != nil {
		return 0
	}
	return uint64(basic[1])
}

// Registers are the instruction and stack pointers of a thread that waits; it is not suspended for it.
func (t Thread) Registers() (counter, stack uint64, err error) {
	// CONTEXT on x64, which must lie at a multiple of 16.
	const size, flags, stackAt, counterAt, control = 1232, 0x30, 0x98, 0xf8, 0x0010_0001
	buffer := make([]byte, size+16)
	context := buffer[16-uintptr(unsafe.Pointer(&buffer[0]))%16:][:size]
	*(*uint32)(unsafe.Pointer(&context[flags])) = control
	if ok, _, err := getThreadContext.Call(uintptr(t), uintptr(unsafe.Pointer(&context[0]))); ok == 0 {
		return 0, 0, failed(ok, err)
	}
	return *(*uint64)(unsafe.Pointer(&context[counterAt])), *(*uint64)(unsafe.Pointer(&context[stackAt])), nil
}
