//go:build linux

package linux

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"genehound/scanner/internal/model"
)

// The capabilities that a whole scan needs (measured): maps, exe and memory of other users' processes; their page
// tables and system calls; the files behind their mappings.
const (
	capDACReadSearch     = 2
	capSysPtrace         = 19
	capSysAdmin          = 21
	capCheckpointRestore = 40
)

func readPrivileges(users map[uint32]string) (p model.Privileges, mayTrace bool) {
	p = model.Privileges{Held: []string{}, Missing: []string{}}
	status, err := readStatus(uint32(os.Getpid()))
	if err != nil {
		p.Missing = append(p.Missing, "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_CHECKPOINT_RESTORE")
		return p, false
	}
	p.User = (&System{users: users}).userName(status.UID)
	has := func(capability uint) bool { return status.EffectiveCapabilities>>capability&1 != 0 }
	note := func(name string, held bool) {
		if held {
			p.Held = append(p.Held, name)
		} else {
			p.Missing = append(p.Missing, name)
		}
	}
	note("CAP_SYS_PTRACE", has(capSysPtrace))
	note("CAP_DAC_READ_SEARCH", has(capDACReadSearch))
	if has(capSysAdmin) {
		p.Held = append(p.Held, "CAP_SYS_ADMIN")
	} else {
		note("CAP_CHECKPOINT_RESTORE", has(capCheckpointRestore))
	}
	return p, has(capSysPtrace)
}

// refusal says why a process could not be opened. Who holds every capability that the kernel asks for, in the first
// user namespace, and is refused all the same, lacks no privilege: a security module protects that process, as
// protected processes on Windows are.
func (s *System) refusal(err error) (model.Reason, string) {
	if errors.Is(err, fs.ErrPermission) && len(s.privileges.Missing) == 0 && s.firstNamespace {
		return model.ReasonProtected, describe(err) + ", although no capability is missing: a security module protects it"
	}
	return reasonOf(err), describe(err)
}

// inFirstUserNamespace tells whether this program's capabilities are those of the machine, not of a container.
func inFirstUserNamespace() bool {
	content, _, err := readBounded("/proc/self/uid_map", 4096)
	return err == nil && isWholeMap(string(content))
}

// isWholeMap tells whether a uid_map maps every user to itself.
func isWholeMap(text string) bool {
	fields := strings.Fields(text)
	return len(fields) == 3 && fields[0] == "0" && fields[1] == "0" && fields[2] == "4294967295"
}
