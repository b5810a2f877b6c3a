//go:build windows

package windows

import (
	"fmt"
	"os"
	"syscall"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/winapi"
)

const epoch = 116_444_736_000_000_000 // FILETIME of 1970

// describe learns what a handle with the least rights tells.
func describe(entry *syscall.ProcessEntry32) model.Target {
	name := syscall.UTF16ToString(entry.ExeFile[:])
	target := model.Target{Process: model.Process{PID: entry.ProcessID, PPID: entry.ParentProcessID, ProcessPath: &name, ImageType: "64"}}
	if isPseudo(name) {
		target.KernelThread = true
		target.NotRead, target.Details = model.ReasonKernelThread, "it is a part of the kernel"
		return target
	}
	process, err := syscall.OpenProcess(winapi.ProcessQueryLimited, false, entry.ProcessID)
	if err != nil {
		target.NotRead, target.Details = reasonOf(err), "it cannot be opened: "+err.Error()
		return target
	}
	defer syscall.CloseHandle(process)
	if path, err := winapi.ImageName(process); err == nil {
		target.ProcessPath = &path
	}
	if winapi.IsWow64(process) {
		target.ImageType = "32"
	}
	var created, exited, kernel, user syscall.Filetime
	if syscall.GetProcessTimes(process, &created, &exited, &kernel, &user) == nil {
		filetime := uint64(created.HighDateTime)<<32 | uint64(created.LowDateTime)
		seconds := (int64(filetime) - epoch) / 10_000_000
		target.StartTime, target.StartTime100Nano, target.Birth = &seconds, &filetime, filetime
	}
	if session, ok := winapi.SessionOf(entry.ProcessID); ok {
		number := int(session)
		target.SessionID = &number
	}
	if user, level, err := winapi.Account(process); err == nil {
		name := integrityName(level)
		target.Username, target.IntegrityLevel = &user, &name
	}
	settleReading(process, &target)
	return target
}

// settleReading decides whether a process may be opened for reading at all, and reads its command line if so.
func settleReading(process winapi.Handle, target *model.Target) {
	if level, ok := winapi.Protection(process); ok && level != 0 {
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
func commandLine(process winapi.Handle, pid uint32) (string, bool) {
	if line, ok := winapi.CommandLine(process); ok {
		return clip(line, model.MaxCommandLine), true
	}
	opened, err := syscall.OpenProcess(winapi.ProcessQuery|winapi.ProcessVMRead, false, pid)
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
	if user, _, err := winapi.Account(winapi.CurrentProcess); err == nil {
		p.User = user
	}
	if winapi.Enable(debugPrivilege) {
		p.Held = append(p.Held, debugPrivilege)
	} else {
		p.Missing = append(p.Missing, debugPrivilege)
	}
	return p
}
