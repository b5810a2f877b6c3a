//go:build linux

package linux

import (
	"os"

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
