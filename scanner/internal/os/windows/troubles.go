package windows

import "genehound/scanner/internal/model"

// maxTroubles bounds the problems that one part of a scan lists; the others are counted.
const maxTroubles = 200

// troubles are what could not be read of what starts by itself.
type troubles struct {
	list []model.Problem
	more map[model.Reason]int
}

func (t *troubles) add(code model.Reason, path, message string) {
	if len(t.list) < maxTroubles {
		t.list = append(t.list, model.Problem{Code: code, Path: clip(path, model.MaxPath), Message: clip(message, model.MaxText)})
		return
	}
	if t.more == nil {
		t.more = map[model.Reason]int{}
	}
	t.more[code]++
}

// all are the problems, with those that are only counted.
func (t *troubles) all() []model.Problem {
	list := t.list
	for _, code := range []model.Reason{
		model.ReasonNoPrivileges, model.ReasonTimeout, model.ReasonLimit, model.ReasonIOError, model.ReasonUnsupported,
	} {
		if n := t.more[code]; n > 0 {
			list = append(list, model.Problem{Code: code, Message: "of what starts by itself " + count(n, "more thing") + " could not be read, for this reason"})
		}
	}
	return list
}
