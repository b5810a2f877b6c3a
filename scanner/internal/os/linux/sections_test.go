//go:build linux && amd64

package linux

import (
	"debug/pe"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"genehound/scanner/internal/model"
)

// mapWindowsSection does as Wine does with images whose file is laid out otherwise than memory: the headers are mapped,
// the code is read into memory behind them. The role of a test's process.
func mapWindowsSection(path string, change bool) uintptr {
	image, err := pe.Open(path)
	check(err)
	text := image.Section(".text")
	code, err := text.Data()
	check(err)
	size := uintptr(text.VirtualAddress) + uintptr(text.VirtualSize+4095)&^4095
	base, _, errno := syscall.Syscall6(syscall.SYS_MMAP, 0, size, syscall.PROT_NONE, syscall.MAP_PRIVATE|syscall.MAP_ANON, ^uintptr(0), 0)
	if errno != 0 {
		check(errno)
	}
	file, err := os.Open(path)
	check(err)
	for _, one := range [][5]uintptr{
		{base, 4096, syscall.PROT_READ, syscall.MAP_PRIVATE | syscall.MAP_FIXED, file.Fd()},
		{base + uintptr(text.VirtualAddress), size - uintptr(text.VirtualAddress), syscall.PROT_READ | syscall.PROT_WRITE,
			syscall.MAP_PRIVATE | syscall.MAP_ANON | syscall.MAP_FIXED, ^uintptr(0)},
	} {
		if _, _, errno := syscall.Syscall6(syscall.SYS_MMAP, one[0], one[1], one[2], one[3], one[4], 0); errno != 0 {
			check(errno)
		}
	}
	start := base + uintptr(text.VirtualAddress)
	memory := unsafe.Slice(*(**byte)(unsafe.Pointer(&start)), int(size-uintptr(text.VirtualAddress)))
	copy(memory, code[:min(len(code), int(text.VirtualSize))])
	if change {
		memory[100] ^= 1
	}
	protect(start, len(memory), syscall.PROT_READ|syscall.PROT_EXEC)
	return start
}

func TestASectionThatALoaderReadIntoMemoryIsItsFiles(t *testing.T) {
	path := "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/zlib1.dll"
	if _, err := os.Stat(path); err != nil {
		t.Skip("no Windows image is installed: ", err)
	}
	same := start(t, "windows-section", "GENEHOUND_TEST_IMAGE="+path)
	report, recorder := inspect(t, same.pid)
	if len(report.Findings) > 0 {
		t.Errorf("got %+v", report.Findings)
	}
	region := regionOf(&report, same.address)
	if region == nil || region.Classification != model.ClassCode || recorder.artifacts[region.SHA256] == nil ||
		!strings.Contains(strings.Join(region.Evidence, " "), "a section of "+path) {
		t.Errorf("it is not collected as what it is: %+v", region)
	}
	changed := start(t, "windows-section", "GENEHOUND_TEST_IMAGE="+path, "GENEHOUND_TEST_CHANGE=1")
	report, _ = inspect(t, changed.pid)
	if find(&report, model.FindingImplantedCode) == nil {
		t.Errorf("one byte of difference is not told: %+v", report)
	}
}

func regionOf(report *model.MemoryReport, address uint64) *model.Region {
	for k := range report.Regions {
		if report.Regions[k].BaseAddress == address {
			return &report.Regions[k]
		}
	}
	return nil
}
