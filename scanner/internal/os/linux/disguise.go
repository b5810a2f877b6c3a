//go:build linux

package linux

import (
	"os"
	"syscall"

	"genehound/scanner/internal/detect"
	"genehound/scanner/internal/model"
)

// inspectDisguise reports a process that calls itself a kernel thread, and one whose executable is not what it runs.
func (i *inspection) inspectDisguise() {
	stat, err := readStat(i.target.PID)
	if err != nil || stat.KernelThread() {
		return
	}
	executable := i.executable()
	base, size, path := uint64(0), uint64(0), ""
	if executable != nil {
		base, size, path = executable.base, executable.end-executable.base, pathOf(&executable.first)
	} else if len(i.images) > 0 {
		base = i.images[0].base
	}
	content, _, err := readBounded(procPath(i.target.PID, "cmdline"), 4096)
	if err == nil {
		if sentence, found := detect.Masquerade(stat.Comm, string(content)); found {
			finding := model.Finding{
				Kind: model.FindingMasquerade, BaseAddress: base, Size: size, ModulePath: path,
				Details: sentence + "; it is an ordinary process",
			}
			if executable != nil && !executable.first.Deleted {
				id := executable.facts.id
				finding.File = &id
			}
			i.addFinding(finding)
		}
	}
	if executable == nil && i.mapsNothingOfItsExecutable() {
		i.addFinding(model.Finding{
			Kind: model.FindingReplaced, BaseAddress: base,
			Details: "it maps no code of its executable: another program runs in its place",
		})
	}
}

// executable is the image that the process was started from, where its code is mapped.
func (i *inspection) executable() *loadedImage {
	for k := range i.images {
		if i.isExecutable(&i.images[k]) {
			return &i.images[k]
		}
	}
	return nil
}

// mapsNothingOfItsExecutable is sure only of what can be known: the executable is a file with an inode, the whole map was
// understood, and no mapping, executable or not, is of that inode.
func (i *inspection) mapsNothingOfItsExecutable() bool {
	info, err := os.Stat(procPath(i.target.PID, "exe"))
	if err != nil || i.unreadFiles > 0 || len(i.inodes) == 0 {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && !i.inodes[stat.Ino]
}
