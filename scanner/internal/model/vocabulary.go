// Package model holds the plain records of a scan: exactly the messages of the contract
// (packages/contract/src/scan), and the two seams of the scanner, System and Sink.
package model

// Layout says how an artifact's bytes are laid out; it follows from the upload route.
type Layout string

const (
	LayoutFile   Layout = "file"   // whole image file from disk
	LayoutMapped Layout = "mapped" // bytes at their RVA from image base, everything but headers and code zero
	LayoutRaw    Layout = "raw"    // consecutive executable pages of one mapping
)

// FindingKind says how code stands where it should not.
type FindingKind string

const (
	FindingReplaced       FindingKind = "replaced"
	FindingHeaderModified FindingKind = "header-modified"
	FindingPatched        FindingKind = "patched"
	FindingHooked         FindingKind = "hooked"
	FindingStomped        FindingKind = "stomped"
	FindingImplantedImage FindingKind = "implanted-image"
	FindingImplantedCode  FindingKind = "implanted-code"
	FindingUnlinked       FindingKind = "unlinked"
	FindingUnbackedThread FindingKind = "unbacked-thread"
	FindingDeletedFile    FindingKind = "deleted-file"
	FindingForeignCode    FindingKind = "foreign-code"
	FindingMasquerade     FindingKind = "masquerade"
	FindingPreload        FindingKind = "preload"
)

// Reason says why something was not read.
type Reason string

const (
	ReasonNoPrivileges Reason = "no_privileges"
	ReasonTimeout      Reason = "timeout"
	ReasonLimit        Reason = "limit"
	ReasonIOError      Reason = "io_error"
	ReasonUnsupported  Reason = "unsupported"
	ReasonInternal     Reason = "internal"

	ReasonExited        Reason = "exited"
	ReasonKernelThread  Reason = "kernel_thread"
	ReasonProtected     Reason = "protected"
	ReasonScannerItself Reason = "scanner_itself"
)

// Incomplete tells whether this reason makes a scan incomplete; the others are only reported.
func (r Reason) Incomplete() bool {
	switch r {
	case ReasonNoPrivileges, ReasonTimeout, ReasonLimit, ReasonIOError, ReasonUnsupported, ReasonInternal:
		return true
	default:
		return false
	}
}

// CheckName names one check of a process.
type CheckName string

const (
	CheckProcess      CheckName = "process"
	CheckModules      CheckName = "modules"
	CheckModuleFiles  CheckName = "module_files"
	CheckRegions      CheckName = "regions"
	CheckModifiedCode CheckName = "modified_code"
	CheckThreads      CheckName = "threads"
	// CheckWorkingSet says whether Windows told which pages are resident and still their file's.
	CheckWorkingSet CheckName = "working_set"
	// CheckImports is about the tables through which modules call each other, CheckPreload about libraries that a process
	// did not ask for.
	CheckImports CheckName = "imports"
	CheckPreload CheckName = "preload"
)

// Checks lists every check in the order in which they run.
var Checks = [...]CheckName{
	CheckProcess, CheckModules, CheckModuleFiles, CheckRegions, CheckModifiedCode, CheckThreads, CheckWorkingSet,
	CheckImports, CheckPreload,
}

// CheckState is the outcome of one check.
type CheckState string

const (
	StateDone        CheckState = "done"
	StatePartial     CheckState = "partial"
	StateNotPossible CheckState = "not_possible"
)

// Backing says what stands behind an executable region.
type Backing string

const (
	BackingAnonymous       Backing = "anonymous"
	BackingSharedAnonymous Backing = "shared_anonymous"
	BackingMemfd           Backing = "memfd"
	BackingDeletedFile     Backing = "deleted_file"
	BackingFile            Backing = "file"
	BackingSpecial         Backing = "special"
)

// Class is the outcome of the test for code.
type Class string

const (
	ClassCode           Class = "code"
	ClassJITCode        Class = "jit_code"
	ClassExecutableData Class = "executable_data"
	ClassUnread         Class = "unread"
)

// Limits of the contract, in UTF-16 code units there and bytes here, so that what fits here fits there.
const (
	MaxPath            = 32_768
	MaxCommandLine     = 262_144
	MaxText            = 4_096
	MaxName            = 512
	MaxItems           = 200_000
	MaxChanges         = 4_096
	MaxEvidence        = 64
	MaxThreadIDs       = 4_096
	MaxBatch           = 2_000
	MessageVersion     = 1
	MaxCollectedRanges = 4_096
)
