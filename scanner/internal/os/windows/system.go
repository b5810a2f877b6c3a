//go:build windows

// Package windows is the Windows layer of a scan. It lists processes, their modules and the files behind them; what
// it does not look into yet, the memory behind no file and the changed code, it reports as unsupported for every
// process, so that such a scan is never taken for a complete one.
package windows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"genehound/scanner/internal/model"
)

// oldestBuild is Windows 10 1607 and Server 2016.
const oldestBuild = 14393

// System is the Windows layer. One value serves one scan.
type System struct {
	privileges model.Privileges
	version    *windows.OsVersionInfoEx
}

// New refuses Windows versions that are too old, and emulated or 32-bit ones.
func New() (*System, error) {
	version := windows.RtlGetVersion()
	if version.MajorVersion < 10 || version.BuildNumber < oldestBuild {
		return nil, fmt.Errorf("Windows %d.%d build %d is too old: Windows 10 1607 or Server 2016 or later is needed",
			version.MajorVersion, version.MinorVersion, version.BuildNumber)
	}
	var own, native uint16
	if err := windows.IsWow64Process2(windows.CurrentProcess(), &own, &native); err == nil && own != 0 {
		return nil, errors.New("this scanner runs under emulation here: use the build for this machine's architecture")
	}
	s := &System{version: version}
	s.privileges = acquirePrivileges()
	return s, nil
}

// Privileges tells as whom the scanner runs.
func (s *System) Privileges() model.Privileges { return s.privileges }

// HostInfo describes the machine.
func (s *System) HostInfo() model.HostInfo {
	name, err := os.Hostname()
	if err != nil {
		name = ""
	}
	product := "windows_10"
	switch {
	case s.version.ProductType != 1: // VER_NT_WORKSTATION
		product = "windows_server"
	case s.version.BuildNumber >= 22000:
		product = "windows_11"
	}
	return model.HostInfo{
		ComputerName: name, FQDN: computerName(windows.ComputerNamePhysicalDnsFullyQualified), CPUCount: runtime.NumCPU(),
		OSVersion: product, SystemType: "64", TotalPhysicalMemory: totalMemory(), MachineID: machineID(),
		Kernel: fmt.Sprintf("%d.%d.%d", s.version.MajorVersion, s.version.MinorVersion, s.version.BuildNumber),
	}
}

// Identity says which endpoint this is.
func (s *System) Identity() model.Identity {
	return model.Identity{
		Version: model.MessageVersion, MachineID: machineID(),
		HostName: computerName(windows.ComputerNamePhysicalDnsHostname),
		Domain:   computerName(windows.ComputerNamePhysicalDnsDomain), Addresses: addresses(),
	}
}

// Processes lists what runs.
func (s *System) Processes(context.Context) ([]model.Target, []model.Problem, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot list the processes: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	var targets []model.Target
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		targets = append(targets, describe(&entry))
	}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return targets, nil, fmt.Errorf("the list of processes broke off: %w", err)
	}
	return targets, nil, nil
}

// Modules lists the images that a process maps, as its loader knows them.
func (s *System) Modules(_ context.Context, target model.Target) model.ModuleReport {
	report := model.ModuleReport{Checks: []model.Check{{Check: model.CheckProcess, State: model.StateDone}}}
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPMODULE|windows.TH32CS_SNAPMODULE32, target.PID)
	if err != nil {
		reason := reasonOf(err)
		report.NotRead, report.Details = reason, err.Error()
		report.Checks = append(report.Checks, model.Check{Check: model.CheckModules, State: model.StateNotPossible, Reason: reason, Details: err.Error()})
		return report
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ModuleEntry32{Size: uint32(unsafe.Sizeof(windows.ModuleEntry32{}))}
	for err = windows.Module32First(snapshot, &entry); err == nil; err = windows.Module32Next(snapshot, &entry) {
		path := windows.UTF16ToString(entry.ExePath[:])
		report.Modules = append(report.Modules, model.LoadedModule{
			BaseAddress: uint64(entry.ModBaseAddr), FilePath: &path, ImageType: target.ImageType, MappedSize: uint64(entry.ModBaseSize),
		})
		if file, err := moduleFile(path, target.PID, &entry); err == nil {
			report.Files = append(report.Files, file)
		} else {
			report.Problems = append(report.Problems, problem(target.PID, path, err))
		}
	}
	check := model.Check{Check: model.CheckModules, State: model.StateDone}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		check = model.Check{Check: model.CheckModules, State: model.StatePartial, Reason: reasonOf(err), Details: err.Error()}
	}
	report.Checks = append(report.Checks, check)
	return report
}

// OpenFile opens the file behind a module.
func (s *System) OpenFile(file model.ModuleFile) (io.ReadCloser, error) {
	opened, err := os.Open(file.Path)
	if err != nil {
		return nil, err
	}
	id, _, err := identify(opened)
	if err == nil && id != file.ID {
		err = model.ErrChanged
	}
	if err != nil {
		opened.Close()
		return nil, err
	}
	return opened, nil
}

// Inspect says that it cannot look.
func (s *System) Inspect(context.Context, model.Target, model.Recorder) model.MemoryReport {
	const details = "this build of the scanner does not read the memory of Windows processes"
	var report model.MemoryReport
	for _, check := range []model.CheckName{model.CheckRegions, model.CheckModifiedCode, model.CheckThreads} {
		report.Checks = append(report.Checks, model.Check{
			Check: check, State: model.StateNotPossible, Reason: model.ReasonUnsupported, Details: details,
		})
	}
	return report
}

// CPUTime is what this program has used so far.
func (s *System) CPUTime() (user, kernel time.Duration) {
	var creation, exit, kernelTime, userTime windows.Filetime
	if err := windows.GetProcessTimes(windows.CurrentProcess(), &creation, &exit, &kernelTime, &userTime); err != nil {
		return 0, 0
	}
	return duration(userTime), duration(kernelTime)
}

// duration reads a FILETIME that is a length: units of 100 ns.
func duration(t windows.Filetime) time.Duration {
	return time.Duration(uint64(t.HighDateTime)<<32|uint64(t.LowDateTime)) * 100
}

func problem(pid uint32, path string, err error) model.Problem {
	return model.Problem{Code: reasonOf(err), PID: &pid, Path: path, Message: "the module's file cannot be read: " + err.Error()}
}

func reasonOf(err error) model.Reason {
	switch {
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return model.ReasonNoPrivileges
	case errors.Is(err, windows.ERROR_INVALID_PARAMETER):
		return model.ReasonExited
	default:
		return model.ReasonIOError
	}
}

func isPseudo(name string) bool {
	return name == "[System Process]" || strings.EqualFold(name, "System")
}
