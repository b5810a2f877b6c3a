package collect

import (
	"fmt"
	"slices"
	"strings"

	"genehound/scanner/internal/model"
)

// maxAlike bounds how many different findings wait for more of their kind; beyond it they are reported one by one.
const maxAlike = 4096

// alike gathers changes of modules that are the same in many processes, as security products and hot patches make them:
// each is reported once, with the processes that have it.
type alike struct {
	order []*model.Finding
	byKey map[string]*model.Finding
}

// key names a change of a module by what was changed, empty for any other finding. Where it leads into modules, these
// name it: the bytes hold addresses, which differ from process to process. All else must be equal to the byte.
func alikeKey(f *model.Finding) string {
	if f.Kind != model.FindingPatched && f.Kind != model.FindingHooked || f.ModulePath == "" || len(f.Changes) == 0 && len(f.LeadsTo) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\x00%s\x00%v\x00%q", f.Kind, f.ModulePath, f.Changes, f.LeadsTo)
	if len(f.LeadsTo) == 0 {
		b.WriteString("\x00" + f.SHA256)
	}
	return b.String()
}

// take keeps the finding for later, or adds its process to one like it; false where it is to be reported by itself.
func (a *alike) take(f *model.Finding) bool {
	key := alikeKey(f)
	if key == "" {
		return false
	}
	if known := a.byKey[key]; known != nil {
		switch {
		case known.PID == f.PID || slices.Contains(known.OtherPIDs, f.PID):
		case len(known.OtherPIDs) < model.MaxThreadIDs:
			known.OtherPIDs = append(known.OtherPIDs, f.PID)
		default:
			return false // no process is left out: it gets a report of its own
		}
		return true
	}
	if len(a.order) >= maxAlike {
		return false
	}
	if a.byKey == nil {
		a.byKey = map[string]*model.Finding{}
	}
	kept := *f
	a.order = append(a.order, &kept)
	a.byKey[key] = &kept
	return true
}

// list gives what was kept, in order, each with its count in words.
func (a *alike) list() []model.Finding {
	list := make([]model.Finding, 0, len(a.order))
	for _, f := range a.order {
		if n := len(f.OtherPIDs); n > 0 {
			f.Details = strings.ToValidUTF8(fmt.Sprintf("the same in %d processes: %.4000s", n+1, f.Details), "")
		}
		list = append(list, *f)
	}
	return list
}
