//go:build windows

package windows

import (
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
	if user, err := owner(process); err == nil {
		target.Username = &user
	}
	return target
}

func imagePath(process windows.Handle) (string, error) {
	buffer := make([]uint16, model.MaxPath)
	size := uint32(len(buffer))
	if err := windows.QueryFullProcessImageName(process, 0, &buffer[0], &size); err != nil {
		return "", err
	}
	return windows.UTF16ToString(buffer[:size]), nil
}

func owner(process windows.Handle) (string, error) {
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return "", err
	}
	defer token.Close()
	user, err := token.GetTokenUser()
	if err != nil {
		return "", err
	}
	return accountName(user.User.Sid), nil
}

func accountName(sid *windows.SID) string {
	account, domain, _, err := sid.LookupAccount("")
	if err != nil {
		return sid.String()
	}
	return domain + `\` + account
}

func moduleFile(path string, pid uint32, entry *windows.ModuleEntry32) (model.ModuleFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return model.ModuleFile{}, err
	}
	defer file.Close()
	id, info, err := identify(file)
	if err != nil {
		return model.ModuleFile{}, err
	}
	return model.ModuleFile{
		ID: id, Path: path, IsImage: true, PID: pid, Start: uint64(entry.ModBaseAddr), End: uint64(entry.ModBaseAddr) + uint64(entry.ModBaseSize),
		Accessed: filetime(info.LastAccessTime), Created: filetime(info.CreationTime), Modified: filetime(info.LastWriteTime),
	}, nil
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
	if user, err := owner(windows.CurrentProcess()); err == nil {
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
