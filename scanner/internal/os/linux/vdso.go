//go:build linux

package linux

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/model"
)

// maxVDSO is longer than the kernel's page of code for programs has ever been.
const maxVDSO = 64 << 10

// ownVDSO is the kernel's code as the scanner itself has it: the kernel maps the same pages into every 64-bit process.
var ownVDSO = sync.OnceValue(func() []byte {
	var code []byte
	_, err := readMaps(uint32(os.Getpid()), func(m *Mapping) error {
		if m.Path != "[vdso]" || m.Size() > maxVDSO {
			return nil
		}
		memory, err := os.Open("/proc/self/mem")
		if err != nil {
			return err
		}
		defer memory.Close()
		code = make([]byte, m.Size())
		_, err = memory.ReadAt(code, int64(m.Start))
		return err
	})
	if err != nil {
		return nil
	}
	return code
})

// inspectVDSO compares the resident pages of the kernel's code in a process with the scanner's own. Another length is
// another kind of process (32-bit), which is not compared.
func (i *inspection) inspectVDSO() {
	own := ownVDSO()
	m := i.vdso
	if m == nil || len(own) == 0 || m.Size() != uint64(len(own)) {
		return
	}
	judge := &detect.Modified{Base: m.Start, End: m.End, TextBytes: m.Size(), X86: !is64ARM}
	pageSize := i.system.pageSize
	page := make([]byte, pageSize)
	var changed []span
	err := ReadPagemap(i.pagemap, m.Start, m.End, pageSize, i.pace, func(run PageRun) error {
		if run.State == PageSwapped {
			return nil
		}
		for at := run.Start; at < run.End; at += pageSize {
			if n, err := i.mem.ReadAt(page, int64(at)); n < len(page) {
				return err
			}
			if original := own[at-m.Start:][:pageSize]; !bytes.Equal(page, original) {
				judge.Page(at-m.Start, at, page, original, i.space)
				changed = append(changed, span{at, at + pageSize})
			}
		}
		return nil
	})
	difference, differs := judge.Judge()
	if err != nil || !differs {
		return
	}
	finding := model.Finding{
		Kind: model.FindingPatched, BaseAddress: m.Start, Size: m.Size(), ModulePath: m.Path, Changes: difference.Changes,
		Details: "the kernel's code for programs: " + difference.Details,
	}
	if difference.Kind != "" {
		finding.Kind = difference.Kind
	}
	if dump := i.storeVDSO(m, changed); dump != nil {
		finding.SHA256, finding.Layout = dump.SHA256, model.LayoutRaw
	}
	i.addFinding(finding)
}

// storeVDSO keeps the whole of it: it is the kernel's code and the changes, and never data of a program.
func (i *inspection) storeVDSO(m *Mapping, changed []span) *model.MemoryDump {
	code := bytes.Clone(ownVDSO())
	for _, part := range changed {
		if n, _ := i.mem.ReadAt(code[part.start-m.Start:part.end-m.Start], int64(part.start)); uint64(n) < part.end-part.start {
			return nil
		}
	}
	sha256, size, err := i.recorder.Store(model.LayoutRaw, func(w io.Writer) error {
		_, err := w.Write(code)
		return err
	})
	if err != nil {
		i.storeFailed(fmt.Errorf("the changed vdso: %w", err))
		return nil
	}
	dump := model.MemoryDump{
		BaseAddress: m.Start, PID: i.target.PID, SHA256: sha256, DumpID: sha256, DumpMethod: "virtual", IsFileless: true, Size: size,
		CollectedRanges: []model.Range{{Address: m.Start, Size: m.Size()}},
	}
	i.report.Dumps = append(i.report.Dumps, dump)
	return &dump
}
