//go:build linux

package linux

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"genehound/scanner/internal/model"
)

func TestARefusalIsALackOfPrivilegesUnlessNoneIsLacking(t *testing.T) {
	denied := &fs.PathError{Op: "open", Path: "/proc/1/maps", Err: fs.ErrPermission}
	lacking := model.Privileges{Missing: []string{"CAP_SYS_PTRACE"}}
	for name, c := range map[string]struct {
		system *System
		err    error
		want   model.Reason
	}{
		"every capability":     {&System{firstNamespace: true}, denied, model.ReasonProtected},
		"one is missing":       {&System{firstNamespace: true, privileges: lacking}, denied, model.ReasonNoPrivileges},
		"those of a container": {&System{}, denied, model.ReasonNoPrivileges},
		"gone":                 {&System{firstNamespace: true}, fs.ErrNotExist, model.ReasonExited},
		"broken":               {&System{firstNamespace: true}, errors.New("input/output error"), model.ReasonIOError},
	} {
		if reason, details := c.system.refusal(c.err); reason != c.want || strings.Contains(details, "/proc/") {
			t.Errorf("%s: %s, %s", name, reason, details)
		}
	}
}

func TestOnlyTheWholeMapIsTheMachines(t *testing.T) {
	for text, want := range map[string]bool{
		"         0          0 4294967295\n": true,
		"0 100000 65536\n":                   false,
		"0 0 1\n":                            false,
		"0 0 1\n1 1 4294967294\n":            false,
		"":                                   false,
	} {
		if isWholeMap(text) != want {
			t.Errorf("%q", text)
		}
	}
}
