//go:build windows

package windows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/winapi"
)

// oldestBuild is Windows 10 1607 and Server 2016.
const oldestBuild = 14393

// System is the Windows layer. One value serves one scan.
type System struct {
	privileges model.Privileges
	version    winapi.Version
	facts      *factsCache
	devices    deviceTable
	threads    threadTable
	catalogs   catalogs
}

// New refuses Windows versions that are too old, and emulated or 32-bit ones.
func New() (*System, error) {
	version := winapi.WindowsVersion()
	s := &System{version: version, facts: newFactsCache(), devices: newDeviceTable()}
	s.privileges = acquirePrivileges()
	if version.Major < 10 || version.Build < oldestBuild {
		return s, fmt.Errorf("Windows %d.%d build %d is too old: Windows 10 1607 or Server 2016 or later is needed",
			version.Major, version.Minor, version.Build)
	}
	if winapi.IsEmulated() {
		return s, errors.New("this scanner runs under emulation here: use the build for this machine's architecture")
	}
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
	case s.version.Product != 1: // VER_NT_WORKSTATION
		product = "windows_server"
	case s.version.Build >= 22000:
		product = "windows_11"
	}
	return model.HostInfo{
		ComputerName: name, FQDN: winapi.ComputerName(winapi.NameFull), CPUCount: runtime.NumCPU(),
		OSVersion: product, SystemType: "64", TotalPhysicalMemory: winapi.TotalMemory(), MachineID: machineID(),
		Kernel: fmt.Sprintf("%d.%d.%d", s.version.Major, s.version.Minor, s.version.Build),
	}
}

// Identity says which endpoint this is.
func (s *System) Identity() model.Identity {
	return model.Identity{
		Version: model.MessageVersion, MachineID: machineID(),
		HostName: winapi.ComputerName(winapi.NameHost),
		Domain:   winapi.ComputerName(winapi.NameZone), Addresses: addresses(),
	}
}

// Processes lists what runs.
func (s *System) Processes(context.Context) ([]model.Target, []model.Problem, error) {
	snapshot, err := syscall.CreateToolhelp32Snapshot(syscall.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot list the processes: %w", err)
	}
	defer syscall.CloseHandle(snapshot)
	entry := syscall.ProcessEntry32{Size: uint32(unsafe.Sizeof(syscall.ProcessEntry32{}))}
	var targets []model.Target
	for err = syscall.Process32First(snapshot, &entry); err == nil; err = syscall.Process32Next(snapshot, &entry) {
		targets = append(targets, describe(&entry))
	}
	if !errors.Is(err, winapi.ErrorNoMoreFiles) {
		return targets, nil, fmt.Errorf("the list of processes broke off: %w", err)
	}
	return targets, nil, nil
}

// Modules lists the images that a process maps, and the files behind them.
func (s *System) Modules(_ context.Context, target model.Target) model.ModuleReport {
	h, reason, details := s.openToRead(&target)
	if reason != "" {
		return model.ModuleReport{NotRead: reason, Details: details}
	}
	defer h.close()
	report := listModules(h, s.facts, target)
	if h.exited() {
		return model.ModuleReport{NotRead: model.ReasonExited, Details: "it ended while it was read"}
	}
	return report
}

// OpenFile opens the file behind a module.
func (s *System) OpenFile(file model.ModuleFile) (io.ReadCloser, error) {
	opened, err := openShared(file.Path)
	if err != nil {
		return nil, err
	}
	id, _, err := identify(opened.File)
	if err == nil && id != file.ID {
		err = model.ErrChanged
	}
	if err != nil {
		opened.Close()
		return nil, err
	}
	return opened, nil
}

// Inspect looks for code that no file explains, changed code, and threads outside of any file.
func (s *System) Inspect(ctx context.Context, target model.Target, recorder model.Recorder) model.MemoryReport {
	h, reason, details := s.openToRead(&target)
	if reason != "" {
		return model.MemoryReport{NotRead: reason, Details: details}
	}
	defer h.close()
	report := inspect(ctx, h, s.facts, target, recorder, s.version.Build)
	if h.exited() {
		return model.MemoryReport{NotRead: model.ReasonExited, Details: "it ended while it was read"}
	}
	return report
}

// CPUTime is what this program has used so far.
func (s *System) CPUTime() (user, kernel time.Duration) {
	var creation, exit, kernelTime, userTime syscall.Filetime
	if err := syscall.GetProcessTimes(winapi.CurrentProcess, &creation, &exit, &kernelTime, &userTime); err != nil {
		return 0, 0
	}
	return duration(userTime), duration(kernelTime)
}

// duration reads a FILETIME that is a length: units of 100 ns.
func duration(t syscall.Filetime) time.Duration {
	return time.Duration(uint64(t.HighDateTime)<<32|uint64(t.LowDateTime)) * 100
}

func reasonOf(err error) model.Reason {
	switch {
	case errors.Is(err, winapi.ErrorAccessDenied):
		return model.ReasonNoPrivileges
	case errors.Is(err, winapi.ErrorInvalidParameter):
		return model.ReasonExited
	default:
		return model.ReasonIOError
	}
}

func isPseudo(name string) bool {
	return name == "[System Process]" || strings.EqualFold(name, "System")
}
