//go:build windows

package windows

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"genehound/scanner/internal/model"
)

const epoch = 116_444_736_000_000_000 // FILETIME of 1970

// describe learns what a handle with the least rights tells.
func describe(entry *windows.ProcessEntry32) model.Target {
	name := windows.UTF16ToString(entry.ExeFile[:])
	target := model.Target{Process: model.Process{PID: entry.ProcessID, PPID: entry.ParentProcessID, ProcessPath: &name, ImageType: "64"}}
	if isPseudo(name) {
		target.KernelThread = true
		target.NotRead, target.Details = model.ReasonKernelThread, "it is a part of the kernel"
		return target
	}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, entry.ProcessID)
	if err != nil {
		target.NotRead, target.Details = reasonOf(err), "it cannot be opened: "+err.Error()
		return target
	}
	defer windows.CloseHandle(process)
	if path, err := imagePath(process); err == nil {
		target.ProcessPath = &path
	}
	var wow64 bool
	if windows.IsWow64Process(process, &wow64) == nil && wow64 {
		target.ImageType = "32"
	}
	var created, exited, kernel, user windows.Filetime
	if windows.GetProcessTimes(process, &created, &exited, &kernel, &user) == nil {
		filetime := uint64(created.HighDateTime)<<32 | uint64(created.LowDateTime)
		seconds := (int64(filetime) - epoch) / 10_000_000
		target.StartTime, target.StartTime100Nano, target.Birth = &seconds, &filetime, filetime
	}
	var session uint32
	if windows.ProcessIdToSessionId(entry.ProcessID, &session) == nil {
		number := int(session)
		target.SessionID = &number
	}
	if user, level, err := account(process); err == nil {
		target.Username, target.IntegrityLevel = &user, &level
	}
	settleReading(process, &target)
	return target
}

// settleReading decides whether a process may be opened for reading at all, and reads its command line if so.
func settleReading(process windows.Handle, target *model.Target) {
	if level, ok := protection(process); ok && level != 0 {
		target.NotRead = model.ReasonProtected
		target.Details = fmt.Sprintf("the kernel protects it even from administrators (protection level 0x%02x)", level)
		return
	}
	if isSecurityAuthority(target.ProcessPath) {
		// Opening it for reading alone looks like the theft of credentials, and is blocked or reported as such.
		target.NotRead, target.Details = model.ReasonProtected, "the local security authority is not opened for reading"
		return
	}
	if line, ok := commandLine(process, target.PID); ok {
		target.CommandLine = &line
	}
}

// commandLine asks the kernel, and where it does not answer reads the process's environment block.
func commandLine(process windows.Handle, pid uint32) (string, bool) {
	buffer := make([]byte, 16+maxNameLength+2)
	var n uint32
	if windows.NtQueryInformationProcess(process, windows.ProcessCommandLineInformation, unsafe.Pointer(&buffer[0]), uint32(len(buffer)), &n) == nil {
		text := (*windows.NTUnicodeString)(unsafe.Pointer(&buffer[0]))
		return clip(text.String(), model.MaxCommandLine), true
	}
	opened, err := windows.OpenProcess(windows.PROCESS_QUERY_INFORMATION|windows.PROCESS_VM_READ, false, pid)
	if err != nil {
		return "", false
	}
	h := &handle{process: opened, pid: pid}
	defer h.close()
	wide, _, err := h.peb()
	if err != nil {
		return "", false
	}
	return readCommandLine(h, wide, &wideLayout)
}

func imagePath(process windows.Handle) (string, error) {
	buffer := make([]uint16, model.MaxPath)
	size := uint32(len(buffer))
	if err := windows.QueryFullProcessImageName(process, 0, &buffer[0], &size); err != nil {
		return "", err
	}
	return windows.UTF16ToString(buffer[:size]), nil
}

// account is as whom a process runs, and with what integrity.
func account(process windows.Handle) (user, integrity string, err error) {
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return "", "", err
	}
	defer token.Close()
	owner, err := token.GetTokenUser()
	if err != nil {
		return "", "", err
	}
	buffer := make([]byte, 256)
	size := uint32(len(buffer))
	if windows.GetTokenInformation(token, windows.TokenIntegrityLevel, &buffer[0], size, &size) == nil {
		sid := (*windows.Tokenmandatorylabel)(unsafe.Pointer(&buffer[0])).Label.Sid
		if n := sid.SubAuthorityCount(); n > 0 {
			integrity = integrityName(sid.SubAuthority(uint32(n - 1)))
		}
	}
	return accountName(owner.User.Sid), integrity, nil
}

func accountName(sid *windows.SID) string {
	account, domain, _, err := sid.LookupAccount("")
	if err != nil {
		return sid.String()
	}
	return domain + `\` + account
}

// identify tells files apart by volume and file index.
func identify(file *os.File) (model.FileID, *syscall.ByHandleFileInformation, error) {
	var info syscall.ByHandleFileInformation
	if err := syscall.GetFileInformationByHandle(syscall.Handle(file.Fd()), &info); err != nil {
		return model.FileID{}, nil, err
	}
	return model.FileID{
		Device: uint64(info.VolumeSerialNumber), Inode: uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow),
		Size: uint64(info.FileSizeHigh)<<32 | uint64(info.FileSizeLow), Modified: info.LastWriteTime.Nanoseconds(),
	}, &info, nil
}

func filetime(t syscall.Filetime) *uint64 {
	value := uint64(t.HighDateTime)<<32 | uint64(t.LowDateTime)
	return &value
}

// debugPrivilege lets an administrator read processes of others; it is held but off by default.
const debugPrivilege = "SeDebugPrivilege"

func acquirePrivileges() model.Privileges {
	p := model.Privileges{Held: []string{}, Missing: []string{}}
	if user, _, err := account(windows.CurrentProcess()); err == nil {
		p.User = user
	}
	if enable(debugPrivilege) {
		p.Held = append(p.Held, debugPrivilege)
	} else {
		p.Missing = append(p.Missing, debugPrivilege)
	}
	return p
}

func enable(name string) bool {
	var token windows.Token
	if windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &token) != nil {
		return false
	}
	defer token.Close()
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return false
	}
	wanted := windows.Tokenprivileges{PrivilegeCount: 1}
	if windows.LookupPrivilegeValue(nil, text, &wanted.Privileges[0].Luid) != nil {
		return false
	}
	wanted.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	var before windows.Tokenprivileges
	var length uint32
	size := uint32(unsafe.Sizeof(before))
	if windows.AdjustTokenPrivileges(token, false, &wanted, size, &before, &length) != nil {
		return false
	}
	// The call also succeeds where the token lacks the privilege; then it reports none as changed or enabled.
	return before.PrivilegeCount == 1 || isEnabled(token, wanted.Privileges[0].Luid)
}

func isEnabled(token windows.Token, luid windows.LUID) bool {
	var size uint32
	if err := windows.GetTokenInformation(token, windows.TokenPrivileges, nil, 0, &size); err != windows.ERROR_INSUFFICIENT_BUFFER {
		return false
	}
	buffer := make([]byte, size)
	if windows.GetTokenInformation(token, windows.TokenPrivileges, &buffer[0], size, &size) != nil {
		return false
	}
	for _, held := range (*windows.Tokenprivileges)(unsafe.Pointer(&buffer[0])).AllPrivileges() {
		if held.Luid == luid {
			return held.Attributes&windows.SE_PRIVILEGE_ENABLED != 0
		}
	}
	return false
}
