package wire

import (
	"io"

	"genehound/scanner/internal/jsontext"
	"genehound/scanner/internal/model"
)

// Modules is the body of loaded-modules-info.
type Modules struct {
	Processes []model.ProcessModules `json:"processes"`
}

type hostInfo struct {
	HostInfo model.HostInfo `json:"host_info"`
}

type identityInfo struct {
	Identity model.Identity `json:"identity_info"`
}

type scheduledTasks struct {
	Tasks []model.ScheduledTask `json:"scheduled_tasks_info"`
}

type autoruns struct {
	Autoruns []model.Autorun `json:"autoruns_info"`
}

type processes struct {
	Processes []model.Process `json:"processes_info"`
}

type files struct {
	Files []model.FileInfo `json:"files_info"`
}

type differences struct {
	Differences []model.FileModuleDifference `json:"file_module_differences"`
}

type injected struct {
	Injected []model.InjectedModule `json:"injected_modules_info"`
}

type dumps struct {
	Dumps []model.MemoryDump `json:"memory_module_dumps_info"`
}

type regions struct {
	Version int            `json:"version"`
	Regions []model.Region `json:"regions_info"`
}

type findings struct {
	Version  int             `json:"version"`
	Findings []model.Finding `json:"findings_info"`
}

type coverageInfo struct {
	Coverage model.Coverage `json:"coverage_info"`
}

// ScannerInfo opens a scan: the body of create-scan, and scanner_info.json of an offline directory.
type ScannerInfo struct {
	ScanType   string      `json:"scan_type,omitempty"`
	AnalysisID string      `json:"analysis_id,omitempty"`
	Options    ScanOptions `json:"options"`
	Scanner    Scanner     `json:"scanner_info"`
	StartTime  int64       `json:"start_time"` // seconds since 1970
}

// ScanTypeEndpoint is a live scan of an endpoint.
const ScanTypeEndpoint = "endpoint_scan"

// ScanOptions are what the scan was asked for.
type ScanOptions struct {
	Analyze  bool `json:"analyze"`
	SelfTest bool `json:"self_test,omitempty"`
	// Limited: only some processes were to be read.
	Limited bool `json:"limited,omitempty"`
	// Private: user names, profile paths and command lines are pseudonyms.
	Private bool `json:"private,omitempty"`
}

// Scanner describes the running program.
type Scanner struct {
	Version     string `json:"scanner_version"`
	Platform    string `json:"platform"`
	ImageType   string `json:"image_type"` // "64"
	PID         int    `json:"pid"`
	ProcessPath string `json:"process_path"`
	Username    string `json:"username,omitempty"`
	WorkDir     string `json:"workdir,omitempty"`
}

// Encode writes compact JSON and a line feed. Text that is no UTF-8 is written with replacement characters.
func Encode(target io.Writer, body any) error {
	return jsontext.Encode(target, body)
}
