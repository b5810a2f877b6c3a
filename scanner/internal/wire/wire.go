// Package wire turns the records of a scan into the messages of the protocol: route, file and body of each, as
// SCAN_MESSAGES of the contract lists them. How a message travels is the Carrier's business: the network, an offline
// directory, or a listing.
package wire

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"genehound/scanner/internal/model"
)

// Artifact names bytes that a message offers.
type Artifact struct {
	Layout model.Layout
	SHA256 string // lower case hexadecimal
}

// Route is where the bytes go, below the scan's address.
func (a Artifact) Route() string {
	switch a.Layout {
	case model.LayoutFile:
		return "file-system/collected-binaries"
	case model.LayoutMapped:
		return "memory/collected-binaries"
	default:
		return "fileless/collected-binaries"
	}
}

// Folder is where an offline directory keeps the bytes.
func (a Artifact) Folder() string {
	switch a.Layout {
	case model.LayoutFile:
		return "files"
	case model.LayoutMapped:
		return "memory_modules"
	default:
		return "fileless"
	}
}

// Offer is an artifact that this machine has, and where.
type Offer struct {
	Artifact
	Size uint64 // in bytes; 0 where it is not known
	Path string // of the file; empty for memory
	Dump *model.MemoryDump
}

// Message is one message of a scan.
type Message struct {
	Route string // below the scan's address
	File  string // in an offline directory; "%d" stands for a running number from 1
	Body  any    // JSON object
	// Mandatory: a scan is worth nothing without it.
	Mandatory bool
	Last      bool // the scan ends with it
	// Optional: a server that does not know the message misses nothing that it would judge by.
	Optional bool
	// Recalled is the message's name in the contract where it is the same on many machines and from one scan to the
	// next: a server that has it already need not be sent it.
	Recalled string
	// Grows: all messages of this kind share one file; Body is a Modules.
	Grows bool
	// Offers are the artifacts that the answer may ask for: images and memory, never other files (S4).
	Offers []Offer
}

// Carrier takes a scan's messages to where they belong.
type Carrier interface {
	// Send delivers one message and returns which of the offered artifacts are wanted. An error ends the scan.
	Send(message Message) (wanted []Artifact, err error)
	// Binary delivers the bytes of one artifact; open may be called again for a retry. Its reader fails, at its end at the
	// latest, where the bytes are not those that the artifact's SHA-256 names: nobody else checks them.
	Binary(artifact Artifact, open func() (io.ReadCloser, error)) error
	// Problems are what was refused or could not be delivered so far.
	Problems() []model.Problem
}

// Sink is the model's Sink on a Carrier.
type Sink struct{ carrier Carrier }

// NewSink makes a Sink.
func NewSink(carrier Carrier) *Sink { return &Sink{carrier} }

var _ model.Sink = (*Sink)(nil)

func (s *Sink) send(message Message) error {
	_, err := s.carrier.Send(message)
	return err
}

func (s *Sink) HostInfo(info model.HostInfo) error {
	return s.send(Message{Route: "host-info", File: "host_info.json", Mandatory: true, Body: hostInfo{info}})
}

func (s *Sink) Identity(identity model.Identity) error {
	return s.send(Message{Route: "identity-info", File: "identity_info.json", Body: identityInfo{identity}})
}

func (s *Sink) ScheduledTasks(list []model.ScheduledTask) error {
	return s.send(Message{Route: "scheduled-tasks-info", File: "scheduled_tasks_info.json", Recalled: "scheduled_tasks_info", Body: scheduledTasks{present(list)}})
}

func (s *Sink) Autoruns(list []model.Autorun) error {
	return s.send(Message{Route: "autoruns-info", File: "autoruns_info.json", Recalled: "autoruns_info", Body: autoruns{present(list)}})
}

func (s *Sink) Processes(list []model.Process) error {
	return s.send(Message{Route: "processes-info", File: "processes_info.json", Mandatory: true, Body: processes{present(list)}})
}

func (s *Sink) LoadedModules(list []model.ProcessModules) error {
	return s.send(Message{
		Route: "processes/loaded-modules-info", File: "all_loaded_modules_info.json", Grows: true, Body: Modules{present(list)},
	})
}

func (s *Sink) Files(list []model.FileInfo) ([]string, error) {
	message := Message{Route: "files-info", File: "files_info_%d.json", Body: files{present(list)}}
	for _, file := range list {
		if file.IsImage {
			artifact := Artifact{model.LayoutFile, file.SHA256}
			message.Offers = append(message.Offers, Offer{Artifact: artifact, Size: file.Size, Path: file.FilePath})
		}
	}
	return s.offer(message)
}

func (s *Sink) MemoryDumps(list []model.MemoryDump) ([]string, error) {
	message := Message{Route: "memory-module-dumps-info", File: "memory_module_dump_info_%d.json", Body: dumps{present(list)}}
	for i := range list {
		artifact := Artifact{model.LayoutMapped, list[i].SHA256}
		if list[i].IsFileless {
			artifact.Layout = model.LayoutRaw
		}
		message.Offers = append(message.Offers, Offer{Artifact: artifact, Size: list[i].Size, Dump: &list[i]})
	}
	return s.offer(message)
}

func (s *Sink) offer(message Message) ([]string, error) {
	wanted, err := s.carrier.Send(message)
	hashes := make([]string, 0, len(wanted))
	for _, artifact := range wanted {
		hashes = append(hashes, artifact.SHA256)
	}
	return hashes, err
}

func (s *Sink) ModuleDifferences(list []model.FileModuleDifference) error {
	return s.send(Message{Route: "file-module-differences", File: "file_module_differences.json", Body: differences{present(list)}})
}

func (s *Sink) InjectedModules(list []model.InjectedModule) error {
	return s.send(Message{Route: "injected-modules-info", File: "injected_modules_info.json", Body: injected{present(list)}})
}

func (s *Sink) Regions(list []model.Region) error {
	return s.send(Message{Route: "regions-info", File: "regions_info_%d.json", Body: regions{model.MessageVersion, present(list)}})
}

func (s *Sink) Findings(list []model.Finding) error {
	return s.send(Message{Route: "findings-info", File: "findings_info_%d.json", Body: findings{model.MessageVersion, present(list)}})
}

// Coverage adds what the carrier could not deliver: a scan that lost something is not complete.
func (s *Sink) Coverage(coverage model.Coverage) error {
	for _, problem := range s.carrier.Problems() {
		coverage.Problems = append(coverage.Problems, problem)
		coverage.Complete = coverage.Complete && !problem.Code.Incomplete()
	}
	if len(coverage.Problems) > model.MaxItems {
		coverage.Problems = coverage.Problems[:model.MaxItems]
	}
	coverage.Problems = present(coverage.Problems)
	coverage.Processes = present(coverage.Processes)
	return s.send(Message{Route: "coverage-info", File: "coverage_info.json", Body: coverageInfo{coverage}})
}

func (s *Sink) Binary(layout model.Layout, sha256 string, open func() (io.ReadCloser, error)) error {
	return s.carrier.Binary(Artifact{layout, sha256}, open)
}

func (s *Sink) End(end model.End) error {
	return s.send(Message{Route: "end", File: "scan_summary.json", Mandatory: true, Last: true, Body: end})
}

// present makes an absent list an empty one: the contract knows no null there.
func present[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Problem makes the record of something that was not delivered.
func Problem(code model.Reason, format string, values ...any) model.Problem {
	text := fmt.Sprintf(format, values...)
	if len(text) > model.MaxText {
		text = text[:model.MaxText]
	}
	return model.Problem{Code: code, Message: text}
}

// ReasonOf tells why the bytes of an artifact could not be read. A file that is no longer there went away with the
// process through which it was seen, or was replaced: that is the machine's life, not a gap in the scan.
func ReasonOf(err error) model.Reason {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return model.ReasonExited
	case errors.Is(err, fs.ErrPermission):
		return model.ReasonNoPrivileges
	default:
		return model.ReasonIOError
	}
}
