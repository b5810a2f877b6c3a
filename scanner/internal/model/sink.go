package model

import (
	"context"
	"errors"
	"io"
	"time"
)

// Sink receives a scan in the order of the protocol; the network client and the offline directory are the two.
//
// Calls never overlap. HostInfo, Identity, ScheduledTasks and Autoruns (where the System is a PersistenceSource) and
// Processes come once, then LoadedModules and Files in batches,
// ModuleDifferences and InjectedModules once, MemoryDumps, Regions and Findings in batches, Coverage and End
// once. Where the artifacts outgrow the spool, MemoryDumps with their binaries may already come before
// ModuleDifferences. Binary follows the call that wanted the bytes, before the next call. Empty lists are not
// sent, except by ScheduledTasks, Autoruns and Processes. An error ends the scan: a refused item is no error but a problem that the Sink
// keeps for itself; nobody but End is called afterwards.
type Sink interface {
	HostInfo(HostInfo) error
	Identity(Identity) error
	ScheduledTasks([]ScheduledTask) error
	Autoruns([]Autorun) error
	Processes([]Process) error
	LoadedModules([]ProcessModules) error                  // <= MaxBatch processes per call
	Files([]FileInfo) (wanted []string, err error)         // <= MaxBatch per call; wanted SHA-256, lower case
	ModuleDifferences([]FileModuleDifference) error        //
	InjectedModules([]InjectedModule) error                //
	MemoryDumps([]MemoryDump) (wanted []string, err error) // wanted SHA-256, lower case
	Regions([]Region) error                                // <= MaxBatch per call
	Findings([]Finding) error                              // <= MaxBatch per call
	Coverage(Coverage) error
	// Binary sends the bytes of one artifact; it must stream, never hold the whole. open may be called
	// again for a retry, and fails where the file changed or went away since it was hashed.
	Binary(layout Layout, sha256 string, open func() (io.ReadCloser, error)) error
	End(End) error
}

// Target is a process as the pass sees it: the record that travels, and what identifies it while it runs.
type Target struct {
	Process
	// Birth tells a process from a later one with the same pid; its unit is the system's own.
	Birth uint64
	// NotRead says why the process as a whole cannot be read (a kernel thread, for example), else empty.
	NotRead Reason
	// Details belong to NotRead.
	Details string
}

// FileID tells files apart whatever they are called; equal ids have equal bytes.
type FileID struct {
	Device   uint64
	Inode    uint64
	Size     uint64
	Modified int64 // nanoseconds since 1970
}

// ModuleFile is the file behind a module, and the way to it through one process.
type ModuleFile struct {
	ID       FileID
	Path     string
	Accessed *uint64 // FILETIME
	Created  *uint64
	Modified *uint64
	IsImage  bool // its headers are those of an image; only then its bytes may leave
	// PID, Start and End name the mapping through which the file opens, whatever mount namespace it is in.
	PID        uint32
	Start, End uint64
}

// ModuleReport is the first, cheap look at a process: what is mapped.
type ModuleReport struct {
	Modules  []LoadedModule
	Files    []ModuleFile
	Checks   []Check // process, modules
	NotRead  Reason  // set where nothing of the process could be read
	Details  string
	Problems []Problem
}

// MemoryReport is the second look at a process: what its executable memory holds.
type MemoryReport struct {
	Regions     []Region
	Findings    []Finding
	Differences []FileModuleDifference
	Injected    []InjectedModule
	Dumps       []MemoryDump
	Checks      []Check // regions, modified_code, threads
	NotRead     Reason
	Details     string
	Problems    []Problem
}

// ErrLimit is the Recorder's refusal of an artifact that outgrows the scan's budget.
var ErrLimit = errors.New("the scan's limit of collected bytes is reached")

// ErrChanged tells that a file is no longer the one that was hashed.
var ErrChanged = errors.New("the file changed since it was hashed")

// Recorder takes what an inspection collects, and keeps its pace.
type Recorder interface {
	// Store keeps what fill writes as one artifact and returns its SHA-256 (lower case) and length. The same
	// bytes are kept once, however often they are met. ErrLimit where no room is left.
	Store(layout Layout, fill func(io.Writer) error) (sha256 string, size uint64, err error)
	// Pace sleeps as the CPU ceiling demands; an error means that time is up.
	Pace(ctx context.Context) error
	// CountRead adds to the run's metrics.
	CountRead(fromFiles, fromMemory uint64)
}

// System is what an operating system layer offers to the pass. Its methods may be called from several
// goroutines: a call that hangs in the kernel is left behind when its deadline passes.
type System interface {
	HostInfo() HostInfo
	Identity() Identity
	Privileges() Privileges
	// Processes lists what runs. What is known of a process that cannot be described wholly is still listed.
	Processes(ctx context.Context) ([]Target, []Problem, error)
	// Modules lists the image files that a process maps with executable pages.
	Modules(ctx context.Context, target Target) ModuleReport
	// OpenFile opens the file behind a module; ErrChanged where its identity is no longer that of the ID.
	OpenFile(file ModuleFile) (io.ReadCloser, error)
	// Inspect looks for code that no file explains. It never changes, stops or pages in anything.
	Inspect(ctx context.Context, target Target, recorder Recorder) MemoryReport
	// CPUTime is what this program has used so far, and PeakMemory its largest resident size in bytes.
	CPUTime() (user, kernel time.Duration)
	PeakMemory() uint64
}
