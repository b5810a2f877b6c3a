package windows

import (
	"errors"

	"genehound/scanner/internal/model"
)

// listModules lists the images that a process maps: as the kernel knows them, not as the process's own loader says.
func listModules(v view, facts *factsCache, target model.Target) model.ModuleReport {
	report := model.ModuleReport{Checks: []model.Check{done(model.CheckProcess)}}
	i := &inspection{view: v, facts: facts}
	err := i.readSpace()
	if err != nil && !errors.Is(err, errLimit) {
		return model.ModuleReport{NotRead: model.ReasonIOError, Details: clip("its address space: "+err.Error(), model.MaxText)}
	}
	check := done(model.CheckModules)
	if err != nil {
		check = partial(model.CheckModules, model.ReasonLimit, err.Error())
	}
	unread, reason, details := 0, model.ReasonIOError, ""
	for _, m := range i.images {
		bits := target.ImageType
		if h := m.facts.headers; h != nil {
			bits = "32"
			if h.Is64 {
				bits = "64"
			}
		}
		path := m.path
		report.Modules = append(report.Modules, model.LoadedModule{BaseAddress: m.base, FilePath: &path, ImageType: bits, MappedSize: m.end - m.base})
		switch err := m.facts.failure; {
		case err == nil:
			report.Files = append(report.Files, model.ModuleFile{
				ID: m.facts.FileID, Path: path, IsImage: true, PID: target.PID, Start: m.base, End: m.end,
				Accessed: m.facts.accessed, Created: m.facts.created, Modified: m.facts.modified,
			})
		case i.fileless(m):
			// What has no file any more is collected from memory.
		default:
			unread++
			reason, details = reasonOfFile(err), err.Error()
		}
	}
	if unread > 0 && check.State == model.StateDone {
		check = partial(model.CheckModules, reason, count(unread, "mapped file")+" could not be opened; the last: "+details)
	}
	report.Checks = append(report.Checks, check)
	return report
}
