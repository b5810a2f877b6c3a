//go:build linux

package linux

import (
	"strconv"
	"strings"

	"genehound/scanner/internal/model"
)

// readUsers reads names from a passwd file. Users of other sources (LDAP, containers) stay numbers: asking them
// would need the C library, and could hang.
func readUsers(path string) map[uint32]string {
	users := map[uint32]string{}
	content, _, err := readBounded(path, 4<<20)
	if err != nil {
		return users
	}
	for _, line := range strings.Split(string(content), "\n") {
		fields := strings.SplitN(line, ":", 4)
		if len(fields) < 4 || fields[0] == "" || fields[0][0] == '#' {
			continue
		}
		uid, err := strconv.ParseUint(fields[2], 10, 32)
		if err != nil {
			continue
		}
		if _, known := users[uint32(uid)]; !known {
			users[uint32(uid)] = clip(fields[0], model.MaxName)
		}
	}
	return users
}

func (s *System) userName(uid uint32) string {
	if name, known := s.users[uid]; known {
		return name
	}
	return strconv.FormatUint(uint64(uid), 10)
}
