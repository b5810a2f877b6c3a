package collect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"genehound/scanner/internal/model"
)

// recordingSink keeps what it is given, wants everything, and checks the order and the bytes as a server would.
type recordingSink struct {
	calls       []string
	host        model.HostInfo
	identity    model.Identity
	tasks       []model.ScheduledTask
	autoruns    []model.Autorun
	processes   []model.Process
	modules     []model.ProcessModules
	files       []model.FileInfo
	differences []model.FileModuleDifference
	injected    []model.InjectedModule
	dumps       []model.MemoryDump
	regions     []model.Region
	findings    []model.Finding
	coverage    model.Coverage
	end         model.End
	artifacts   map[string][]byte // by layout and hash, from memory only
	fileBytes   uint64
	dropFiles   bool
	dropDumps   bool
}

func newRecordingSink() *recordingSink { return &recordingSink{artifacts: map[string][]byte{}} }

func (s *recordingSink) call(name string) { s.calls = append(s.calls, name) }

func (s *recordingSink) HostInfo(h model.HostInfo) error {
	s.call("host")
	s.host = h
	return nil
}

func (s *recordingSink) Identity(i model.Identity) error {
	s.call("identity")
	s.identity = i
	return nil
}

func (s *recordingSink) ScheduledTasks(t []model.ScheduledTask) error {
	s.call("tasks")
	s.tasks = t
	return nil
}

func (s *recordingSink) Autoruns(a []model.Autorun) error {
	s.call("autoruns")
	s.autoruns = a
	return nil
}

func (s *recordingSink) Processes(p []model.Process) error {
	s.call("processes")
	s.processes = p
	return nil
}

func (s *recordingSink) LoadedModules(m []model.ProcessModules) error {
	s.call("modules")
	s.modules = append(s.modules, m...)
	return nil
}

func (s *recordingSink) Files(f []model.FileInfo) ([]string, error) {
	s.call("files")
	s.files = append(s.files, f...)
	var wanted []string
	for _, file := range f {
		if !s.dropFiles {
			wanted = append(wanted, file.SHA256)
		}
	}
	return wanted, nil
}

func (s *recordingSink) ModuleDifferences(d []model.FileModuleDifference) error {
	s.call("differences")
	s.differences = d
	return nil
}

func (s *recordingSink) InjectedModules(i []model.InjectedModule) error {
	s.call("injected")
	s.injected = i
	return nil
}

func (s *recordingSink) MemoryDumps(d []model.MemoryDump) ([]string, error) {
	s.call("dumps")
	s.dumps = append(s.dumps, d...)
	var wanted []string
	for _, dump := range d {
		if !s.dropDumps {
			wanted = append(wanted, dump.SHA256)
		}
	}
	return wanted, nil
}

func (s *recordingSink) Regions(r []model.Region) error {
	s.call("regions")
	s.regions = append(s.regions, r...)
	return nil
}

func (s *recordingSink) Findings(f []model.Finding) error {
	s.call("findings")
	s.findings = append(s.findings, f...)
	return nil
}

func (s *recordingSink) Coverage(c model.Coverage) error {
	s.call("coverage")
	s.coverage = c
	return nil
}

func (s *recordingSink) Binary(layout model.Layout, sum string, open func() (io.ReadCloser, error)) error {
	reader, err := open()
	if err != nil {
		return nil // a file that is gone is no failure of the scan
	}
	defer reader.Close()
	hash := sha256.New()
	var kept strings.Builder
	writers := []io.Writer{hash}
	if layout != model.LayoutFile {
		writers = append(writers, &kept)
	}
	n, err := io.Copy(io.MultiWriter(writers...), reader)
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
		return fmt.Errorf("%s artifact %s arrives as %s", layout, sum, got)
	}
	if layout == model.LayoutFile {
		s.fileBytes += uint64(n)
		return nil
	}
	s.artifacts[string(layout)+" "+sum] = []byte(kept.String())
	return nil
}

func (s *recordingSink) End(e model.End) error {
	s.call("end")
	s.end = e
	return nil
}
