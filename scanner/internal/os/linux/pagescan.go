//go:build linux

package linux

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// scanArguments is struct pm_scan_arg of PAGEMAP_SCAN (linux/fs.h, Linux 6.7): the kernel lists runs of pages itself and
// skips what is not mapped, however large.
type scanArguments struct {
	size, flags       uint64
	start, end        uint64
	walkEnd           uint64
	vector, length    uint64
	maxPages          uint64
	inverted, mask    uint64
	anyOf, returnMask uint64
}

// scanRegion is struct page_region.
type scanRegion struct{ start, end, categories uint64 }

const (
	scanCommand = 0xc060_6610 // _IOWR('f', 16, struct pm_scan_arg)
	scanFile    = 1 << 2
	scanPresent = 1 << 3
	scanSwapped = 1 << 4
	scanRegions = 512
	// scanStep bounds one call, so that the deadline is seen in mappings that are full, too.
	scanStep = 4 << 30
)

// scanUnknown remembers that this kernel has no such call.
var scanUnknown atomic.Bool

var errNoScan = errors.New("this kernel does not list pages itself")

// scanPagemap is ReadPagemap by the kernel's own listing; errNoScan where there is none.
func scanPagemap(pagemap *os.File, start, end uint64, pace func() error, visit func(PageRun) error) error {
	if scanUnknown.Load() {
		return errNoScan
	}
	connection, err := pagemap.SyscallConn()
	if err != nil {
		return errNoScan
	}
	regions := make([]scanRegion, scanRegions)
	var run PageRun
	for start < end {
		if err := pace(); err != nil {
			return err
		}
		arguments := scanArguments{
			start: start, end: min(end, start+scanStep), length: scanRegions,
			vector: uint64(uintptr(unsafe.Pointer(&regions[0]))),
			anyOf:  scanPresent | scanSwapped, returnMask: scanPresent | scanSwapped | scanFile,
		}
		arguments.size = uint64(unsafe.Sizeof(arguments))
		var found int
		var failure error
		if err := connection.Control(func(descriptor uintptr) { found, failure = scanCall(descriptor, &arguments) }); err != nil {
			return err
		}
		if failure != nil {
			return failure
		}
		for _, r := range regions[:min(max(found, 0), scanRegions)] {
			if err := extendRun(&run, PageRun{r.start, r.end, scanState(r.categories)}, visit); err != nil {
				return err
			}
		}
		if arguments.walkEnd <= start {
			return errNoScan // no progress: not the call that we know
		}
		start = arguments.walkEnd
	}
	return flushRun(&run, visit)
}

func scanCall(descriptor uintptr, arguments *scanArguments) (int, error) {
	found, _, errno := syscall.Syscall(syscall.SYS_IOCTL, descriptor, scanCommand, uintptr(unsafe.Pointer(arguments)))
	switch errno {
	case 0:
		return int(found), nil
	case syscall.ENOTTY, syscall.EINVAL, syscall.ENOSYS:
		scanUnknown.Store(true)
		return 0, errNoScan
	default:
		return 0, errno
	}
}

func scanState(categories uint64) PageState {
	switch {
	case categories&scanPresent != 0 && categories&scanFile != 0:
		return PageOfFile
	case categories&scanPresent != 0:
		return PageAnonymous
	case categories&scanSwapped != 0 && categories&scanFile == 0:
		return PageSwapped
	default:
		return PageAbsent
	}
}
