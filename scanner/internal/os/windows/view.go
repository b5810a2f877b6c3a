// Package windows is the Windows layer of a scan. It reads processes by the rights to query and to read alone: nothing is
// suspended, attached to or written, and where the working set can be asked, no page is brought in that was not there.
//
// What is decided is in files without a build constraint, over the interface view, and is tested on any system; the system
// calls behind it are in files for Windows alone.
package windows

import (
	"io"

	"genehound/scanner/internal/model"
)

// view is what an inspection asks of one process. On Windows it is a handle; in tests a recorded or made-up process. Everything
// that is decided from it is decided here, without a system call.
type view interface {
	// regions calls visit for the address space from its lowest to its highest committed region.
	regions(visit func(region) error) error
	// mappedName is the kernel's name of the file that is mapped at an address; errNoFile where none is.
	mappedName(address uint64) (string, error)
	// read reads what is there and tells how many bytes; less than asked for where a page cannot be read.
	read(address uint64, b []byte) int
	// workingSet gives the attributes (PSAPI_WORKING_SET_EX_BLOCK) of count pages from an address.
	workingSet(address uint64, count int) ([]uint64, error)
	// threads lists the process's threads as far as they let themselves be asked.
	threads() ([]thread, model.Check)
	// peb gives the addresses of the process's environment blocks; the second is that of 32-bit processes, or 0.
	peb() (wide, narrow uint64, err error)
	// open opens a file by the path that pathOf made of a kernel's name.
	open(path string) (imageFile, error)
	pathOf(kernelName string) string
	// imagePath is the kernel's name of the process's own image.
	imagePath() (string, error)
}

// imageFile is an open file behind an image.
type imageFile interface {
	io.ReaderAt
	io.Closer
	identity() (fileIdentity, error)
}

// fileIdentity tells a file from others; times are FILETIMEs.
type fileIdentity struct {
	model.FileID
	accessed, created, modified *uint64
}

// Memory constants of winnt.h.
const (
	memCommit  = 0x1000
	memPrivate = 0x2_0000
	memMapped  = 0x4_0000
	memImage   = 0x100_0000

	pageNoAccess  = 0x01
	pageReadonly  = 0x02
	pageReadwrite = 0x04
	pageWritecopy = 0x08
	pageExecute   = 0x10
	pageGuard     = 0x100
	pageExecutes  = 0xf0
)

// region is what VirtualQueryEx says of a run of pages with equal attributes.
type region struct {
	base, size uint64
	allocation uint64 // base of the allocation or mapping it belongs to
	state      uint32
	protect    uint32
	initial    uint32 // protection with which it was allocated
	kind       uint32
}

func (r *region) end() uint64     { return r.base + r.size }
func (r *region) committed() bool { return r.state == memCommit }

func (r *region) executable() bool { return r.committed() && r.protect&pageExecutes != 0 }

// readable tells that a read would succeed and disturb nothing: touching a guard page would.
func (r *region) readable() bool {
	return r.committed() && r.protect&(pageNoAccess|pageGuard) == 0 && r.protect != 0
}

// hides tells that memory which was allocated for code can be neither read nor executed now: a payload that sleeps does so.
func (r *region) hides() bool {
	return r.committed() && r.kind == memPrivate && r.initial&pageExecutes != 0 && r.protect&(pageNoAccess|pageGuard) != 0
}

// protection writes the pages' rights as the other systems' maps do.
func (r *region) protection() string {
	shared := "p"
	if r.kind == memMapped {
		shared = "s"
	}
	switch r.protect & 0xff {
	case pageReadonly:
		return "r--" + shared
	case pageReadwrite, pageWritecopy:
		return "rw-" + shared
	case pageExecute:
		return "--x" + shared
	case pageExecute << 1:
		return "r-x" + shared
	case pageExecute << 2, pageExecute << 3:
		return "rwx" + shared
	default:
		return "---" + shared
	}
}

// pageState is what the working set tells of a page.
type pageState uint8

const (
	pageAbsent   pageState = iota // never touched, or not known to be anywhere
	pageOriginal                  // resident, still the file's
	pageOwn                       // resident, the process's own copy
	pageStandby                   // not resident, in memory: reading would bring it in
	pagePagedOut                  // not resident, in the page file
)

// residency says how far the working set can be asked.
type residency uint8

const (
	residencyUnknown  residency = iota // not at all: everything is read
	residencyValid                     // which pages are resident
	residencyOriginal                  // and which of them are still the file's
)

// sharedOriginalBuild is the first build that tells whether a page is still the file's.
const sharedOriginalBuild = 16299

// stateOf reads one PSAPI_WORKING_SET_EX_BLOCK.
func stateOf(attributes uint64, how residency) pageState {
	const valid, original, location, inMemory, inPageFile = 1, 1 << 30, 22, 1, 2
	switch {
	case attributes&valid == 0:
		switch attributes >> location & 3 {
		case inMemory:
			return pageStandby
		case inPageFile:
			return pagePagedOut
		}
		return pageAbsent
	case how == residencyOriginal && attributes&original != 0:
		return pageOriginal
	default:
		return pageOwn
	}
}

// States of threads (KTHREAD_STATE): one that was never told, for a thread that runs is past it, and one that waits.
const (
	stateUntold = 0
	waiting     = 5
)

// thread is what is known of one thread, none of it by suspending it.
type thread struct {
	id           uint32
	order        int    // among the process's threads
	start        uint64 // Win32 start address, 0: not known
	state        uint32
	waitReason   uint32
	counter      uint64 // instruction and stack pointer of a waiting thread, 0: not known
	stack        uint64
	limit, bound uint64 // lowest address of the stack and the end above it
}

// Wait reasons (KWAIT_REASON) of threads that sleep or wait for an object or for work.
const (
	waitDelay       = 4
	waitUserRequest = 6
	waitQueue       = 15
)

// askable tells whether a thread's registers mean something: those of a running one are stale at once.
func (t *thread) askable() bool { return t.state == waiting || t.state == stateUntold }

func (t *thread) sleeps() bool {
	return t.state == waiting && (t.waitReason == waitDelay || t.waitReason == waitUserRequest || t.waitReason == waitQueue)
}
