// Package offline writes a scan into a directory, in the layout that the public clients use:
//
//	ROOT/scan_<computer>_<time>/*.json    one scan's messages
//	ROOT/files/<sha256>.sample            and memory_modules/, fileless/: bytes, shared by all scans below ROOT
//
// A scan that is sealed to a key has the same files, each sealed by itself and with .age behind its name; the scan's name
// is then without the computer's.
package offline

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/seal"
	"genehound/scanner/internal/wire"
)

// reserve is what a scan leaves free on the disk, in bytes.
const reserve = 256 << 20

// Options of a directory.
type Options struct {
	Root        string // created where missing, for its owner only; empty makes a new one below Base
	Base        string
	Computer    string // name of the machine
	ScannerInfo wire.ScannerInfo
	Start       time.Time
	SealTo      *seal.Recipient // nil: not sealed
	// FreeBytes tells how much room a directory's file system has; nil asks the system.
	FreeBytes func(directory string) (uint64, error)
}

// Writer is a Carrier. A file that is there is whole: it is written under another name, synced, renamed. A scan whose
// end never came says "interrupted" in scan_summary.json from the beginning on.
type Writer struct {
	root      string
	ownRoot   bool // the root was made for this scan alone
	scan      string
	freeBytes func(string) (uint64, error)
	modules   *list // all_loaded_modules_info.json while it grows
	counts    map[string]int
	offered   map[wire.Artifact]bool
	problems  []model.Problem
	sealTo    *seal.Recipient
}

var _ wire.Carrier = (*Writer)(nil)

// New creates the scan's directory below the root.
func New(options Options) (*Writer, error) {
	root, err := makeRoot(options)
	if err != nil {
		return nil, fmt.Errorf("cannot write the offline directory: %w", err)
	}
	computer := safeName(options.Computer)
	if options.SealTo != nil {
		computer = "sealed"
	}
	name := fmt.Sprintf("scan_%s_%s", computer, options.Start.UTC().Format("20060102T150405Z"))
	scan, err := createUnique(filepath.Join(root, name))
	if err != nil {
		return nil, fmt.Errorf("cannot write the offline directory: %w", err)
	}
	w := &Writer{
		root: root, ownRoot: options.Root == "", scan: scan, freeBytes: options.FreeBytes,
		counts: map[string]int{}, offered: map[wire.Artifact]bool{}, sealTo: options.SealTo,
	}
	if w.freeBytes == nil {
		w.freeBytes = freeBytes
	}
	interrupted := model.End{Reason: model.EndInterrupted, EndTime: float64(options.Start.UnixMilli()) / 1000}
	if err := errors.Join(w.write("scanner_info.json", options.ScannerInfo), w.write("scan_summary.json", interrupted)); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot write the offline directory: %w", err), w.Discard())
	}
	return w, nil
}

func makeRoot(options Options) (string, error) {
	if options.Root == "" {
		return os.MkdirTemp(options.Base, "genehound-")
	}
	root, err := filepath.Abs(options.Root)
	if err != nil {
		return "", err
	}
	return root, os.MkdirAll(root, 0o700)
}

// Directory is the scan's own directory.
func (w *Writer) Directory() string { return w.scan }

// Root holds the scan's directory and the samples.
func (w *Writer) Root() string { return w.root }

// Problems are what could not be kept.
func (w *Writer) Problems() []model.Problem { return w.problems }

// Send writes one message. Wanted is every offered artifact that the root does not hold yet.
func (w *Writer) Send(message wire.Message) (wanted []wire.Artifact, err error) {
	if err := w.store(message); err != nil {
		return nil, fmt.Errorf("cannot write the offline directory: %w", err)
	}
	for _, offer := range message.Offers {
		artifact := offer.Artifact
		if isHash(artifact.SHA256) && !w.offered[artifact] {
			w.offered[artifact] = true
			if _, err := os.Stat(w.samplePath(artifact)); err != nil {
				wanted = append(wanted, artifact)
			}
		}
	}
	return wanted, nil
}

func (w *Writer) store(message wire.Message) error {
	if modules, ok := message.Body.(wire.Modules); ok && message.Grows {
		return w.grow(message.File, modules)
	}
	if err := w.closeModules(); err != nil {
		return err
	}
	name := message.File
	if strings.Contains(name, "%d") {
		w.counts[name]++
		name = fmt.Sprintf(name, w.counts[name])
	}
	return w.write(name, message.Body)
}

func (w *Writer) grow(name string, modules wire.Modules) (err error) {
	if w.modules == nil {
		if w.modules, err = openList(w.named(w.scan, name), "processes", w.sealTo); err != nil {
			return err
		}
	}
	for _, process := range modules.Processes {
		if err := w.modules.add(process); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) closeModules() error {
	if w.modules == nil {
		return nil
	}
	modules := w.modules
	w.modules = nil
	return modules.close()
}

func (w *Writer) write(name string, body any) error {
	return writeAtomically(w.named(w.scan, name), w.sealTo, func(file io.Writer) error { return wire.Encode(file, body) })
}

// Discard removes the scan's directory, and the root where it was made for this scan.
func (w *Writer) Discard() error {
	if w.modules != nil {
		w.modules.abandon()
		w.modules = nil
	}
	if w.ownRoot {
		return removeTree(w.root)
	}
	return removeTree(w.scan)
}

// Binary stores one artifact. What cannot be stored becomes a problem; the scan goes on.
func (w *Writer) Binary(artifact wire.Artifact, open func() (io.ReadCloser, error)) error {
	if !w.offered[artifact] {
		return fmt.Errorf("%s %s was never offered", artifact.Layout, artifact.SHA256)
	}
	if free, err := w.freeBytes(w.root); err == nil && free < reserve {
		w.problem(model.ReasonLimit, artifact, fmt.Errorf("less than %d MiB are free on the disk", reserve>>20))
		return nil
	}
	if err := w.storeSample(artifact, open); err != nil {
		w.problem(wire.ReasonOf(err), artifact, err)
	}
	return nil
}

func (w *Writer) storeSample(artifact wire.Artifact, open func() (io.ReadCloser, error)) error {
	source, err := open()
	if err != nil {
		return err
	}
	defer source.Close()
	path := w.samplePath(artifact)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return writeAtomically(path, w.sealTo, func(file io.Writer) error {
		_, err := io.Copy(file, source)
		return err
	})
}

func (w *Writer) samplePath(artifact wire.Artifact) string {
	return w.named(w.root, artifact.Folder(), artifact.SHA256+".sample")
}

// named is a file's path, with what sealed files have behind their names.
func (w *Writer) named(parts ...string) string {
	path := filepath.Join(parts...)
	if w.sealTo != nil {
		path += seal.Extension
	}
	return path
}

func (w *Writer) problem(code model.Reason, artifact wire.Artifact, cause error) {
	w.problems = append(w.problems, wire.Problem(code, "%s %s was not kept: %v", artifact.Layout, artifact.SHA256, cause))
}

func isHash(text string) bool {
	return len(text) == 2*sha256.Size && strings.Trim(text, "0123456789abcdef") == ""
}
