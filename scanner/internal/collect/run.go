// Package collect is the pass over the machine: it asks the System, keeps ceilings and deadlines, and hands
// everything to the Sink in the order of the protocol.
package collect

import (
	"time"

	"genehound/scanner/internal/model"
)

// Options bound a scan. Zero values take the defaults. A dry run is a Sink of its own that lists what it is
// given, answers every hash as wanted and reads the Binary's length: so it lists exactly what would leave.
type Options struct {
	CPUPercent     int             // ceiling in percent of one core; 0 takes the default, above 99 is none
	Timeout        time.Duration   // of the whole scan
	ProcessTimeout time.Duration   // of one look at one process
	MaxBytes       uint64          // artifact bytes collected from memory
	SpoolDirectory string          // where the bytes of artifacts wait for their answer, in an unlinked file
	ExcludePIDs    map[uint32]bool // listed, not read
	OnlyPIDs       map[uint32]bool // nil: all
	MaxFileBytes   uint64          // files above this are listed with a problem, not hashed
}

// Stage names what the pass is doing, for progress.
type Stage string

const (
	StageProcesses Stage = "processes"
	StageModules   Stage = "modules"
	StageFiles     Stage = "files"
	StageMemory    Stage = "memory"
	StageReport    Stage = "report"
)

// Progress tells how far a stage is; Total may grow.
type Progress struct {
	Stage Stage
	Done  int
	Total int
}

// Summary is the result of a pass.
type Summary struct {
	Complete       bool
	Processes      int
	ProcessesRead  int
	Modules        int
	Files          int
	Regions        int
	Findings       int
	Dumps          int
	FindingsByKind map[model.FindingKind]int
	BytesCollected uint64
	Privileges     model.Privileges
	Metrics        model.RuntimeMetrics
	Reason         model.EndReason
}
