package main

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"genehound/scanner/internal/collect"
	"genehound/scanner/internal/config"
	"genehound/scanner/internal/dryrun"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/wire"
)

// outcome says what became of a scan.
type outcome string

const (
	outcomeDelivered outcome = "delivered"
	outcomeKept      outcome = "kept"    // not delivered, in a directory
	outcomeWritten   outcome = "written" // into the directory that was asked for
	outcomeListed    outcome = "listed"  // --dry-run
	outcomeFailed    outcome = "failed"
)

// processCounts tell how many processes were seen, and how many were read wholly.
type processCounts struct {
	Seen int `json:"seen"`
	Read int `json:"read"`
}

// result is what --json prints, and what the exit status follows from.
type result struct {
	Outcome       outcome `json:"outcome"`
	ExitCode      int     `json:"exit_code"`
	Error         string  `json:"error,omitempty"`
	Version       string  `json:"scanner_version"`
	Server        string  `json:"server,omitempty"`
	AnalysisID    string  `json:"analysis_id,omitempty"`
	Directory     string  `json:"directory,omitempty"`      // root of an offline directory
	ScanDirectory string  `json:"scan_directory,omitempty"` // this scan's part of it
	SelfTest      bool    `json:"self_test,omitempty"`

	Complete           bool                      `json:"complete"`
	Reason             model.EndReason           `json:"reason,omitempty"`
	Processes          processCounts             `json:"processes"`
	Modules            int                       `json:"modules"`
	Files              int                       `json:"files"`
	Regions            int                       `json:"regions"`
	Findings           int                       `json:"findings"`
	FindingsByKind     map[model.FindingKind]int `json:"findings_by_kind,omitempty"`
	ArtifactsFromMem   int                       `json:"artifacts_from_memory"`
	ArtifactsDelivered uint64                    `json:"artifacts_delivered"`
	MissingPrivileges  []string                  `json:"missing_privileges,omitempty"`
	Problems           []model.Problem           `json:"problems,omitempty"`
	Notes              []string                  `json:"notes,omitempty"`
	Metrics            *model.RuntimeMetrics     `json:"runtime_metrics,omitempty"`
	Listed             *dryrun.Totals            `json:"listed,omitempty"`
	Seconds            float64                   `json:"seconds"`
}

func (r *result) fail(status int, err error) *result {
	r.Outcome, r.ExitCode, r.Error = outcomeFailed, status, err.Error()
	return r
}

func (r *result) add(summary collect.Summary, problems []model.Problem) {
	r.Complete, r.Reason = summary.Complete, summary.Reason
	r.Processes = processCounts{Seen: summary.Processes, Read: summary.ProcessesRead}
	r.Modules, r.Files, r.Regions = summary.Modules, summary.Files, summary.Regions
	r.Findings, r.FindingsByKind = summary.Findings, summary.FindingsByKind
	r.ArtifactsFromMem = summary.Dumps
	r.MissingPrivileges = summary.Privileges.Missing
	metrics := summary.Metrics
	r.Metrics = &metrics
	r.Problems = problems
	for _, problem := range problems {
		r.Complete = r.Complete && !problem.Code.Incomplete()
	}
}

// finish settles the exit status of a scan that is somewhere safe.
func (r *result) finish(request config.Config, what outcome) {
	r.Outcome = what
	switch {
	case what == outcomeKept:
		r.ExitCode = exitUndelivered
	case r.Reason == model.EndUnsupported:
		r.ExitCode = exitUnsupported
	case request.FailOnSuspicious && r.Findings > 0:
		r.ExitCode = exitFindings
	case !r.Complete || r.Reason != model.EndDone:
		r.ExitCode = exitIncomplete
	default:
		r.ExitCode = exitDone
	}
}

// report writes the result: sentences to the console, and to standard output the JSON line, or else the path of a
// directory that someone has to deliver.
func (r *result) report(request config.Config, console *console, stdout io.Writer) {
	if r.Outcome == outcomeFailed {
		console.warn("scanner: %s.", strings.TrimSuffix(r.Error, "."))
	} else {
		r.summarise(console)
	}
	for _, note := range r.Notes {
		console.warn("Note: %s.", note)
	}
	if request.JSON {
		if err := wire.Encode(stdout, r); err != nil {
			console.warn("scanner: cannot write the result: %v.", err)
		}
		return
	}
	if r.ScanDirectory != "" {
		fmt.Fprintln(stdout, r.ScanDirectory)
	}
}

func (r *result) summarise(console *console) {
	for i, problem := range r.Problems {
		if i == 10 {
			console.say("… and %d more problems, see the coverage.", len(r.Problems)-i)
			break
		}
		console.say("Problem (%s): %s.", problem.Code, problem.Message)
	}
	if len(r.MissingPrivileges) > 0 {
		console.say("Without %s some processes cannot be read.", strings.Join(r.MissingPrivileges, ", "))
	}
	console.say("%d processes, %d of them read wholly; %d modules, %d files, %d regions without a file; %d findings%s.",
		r.Processes.Seen, r.Processes.Read, r.Modules, r.Files, r.Regions, r.Findings, r.kinds())
	took := fmt.Sprintf("%.1f s, %.1f s of CPU, %d MiB at most", r.Seconds,
		float64(r.Metrics.ScannerCPUKernelTime+r.Metrics.ScannerCPUUserTime)/1e7, r.Metrics.ScannerPeakWorkingSet>>20)
	switch r.Outcome {
	case outcomeDelivered:
		console.say("Delivered to %s as %s (%s).", r.Server, r.AnalysisID, took)
	case outcomeWritten:
		console.say("Written to %s (%s).", r.ScanDirectory, took)
	case outcomeKept:
		console.warn("Not delivered: %s. Kept in the directory below; deliver it by: genehound upload %s", r.Error, r.ScanDirectory)
	case outcomeListed:
		console.say("Nothing was sent. %d messages (%d bytes), %d artifacts (at most %d bytes) would leave (%s).",
			r.Listed.Messages, r.Listed.MessageBytes, r.Listed.Artifacts, r.Listed.ArtifactBytes, took)
	}
	if r.ExitCode == exitIncomplete {
		console.say("The scan is incomplete: not everything could be read.")
	}
}

func (r *result) kinds() string {
	if len(r.FindingsByKind) == 0 {
		return ""
	}
	parts := make([]string, 0, len(r.FindingsByKind))
	for kind, count := range r.FindingsByKind {
		parts = append(parts, fmt.Sprintf("%d %s", count, kind))
	}
	sort.Strings(parts)
	return " (" + strings.Join(parts, ", ") + ")"
}
