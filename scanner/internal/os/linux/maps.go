//go:build linux

package linux

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"genehound/scanner/internal/model"
)

// Mapping is one line of /proc/PID/maps.
type Mapping struct {
	Start, End uint64
	Offset     uint64
	Device     uint64 // major<<32 | minor
	Inode      uint64
	Path       string // without " (deleted)"
	Deleted    bool
	Read       bool
	Write      bool
	Exec       bool
	Shared     bool
}

// Size is the mapping's length in bytes.
func (m *Mapping) Size() uint64 { return m.End - m.Start }

// Protection is written as in the map: r-xp.
func (m *Mapping) Protection() string {
	letters := []byte("---p")
	for i, set := range [...]bool{m.Read, m.Write, m.Exec} {
		if set {
			letters[i] = "rwx"[i]
		}
	}
	if m.Shared {
		letters[3] = 's'
	}
	return string(letters)
}

// Backing says what stands behind the mapping. Shared anonymous memory has an inode and the name /dev/zero or
// /SYSV…: only the name tells it from a file.
func (m *Mapping) Backing() model.Backing {
	switch {
	case strings.HasPrefix(m.Path, "/memfd:") && m.Deleted:
		return model.BackingMemfd
	case m.Deleted && (m.Path == "/dev/zero" || strings.HasPrefix(m.Path, "/SYSV")):
		return model.BackingSharedAnonymous
	case m.Inode != 0 && m.Deleted:
		return model.BackingDeletedFile
	case m.Inode != 0 && strings.HasPrefix(m.Path, "/"):
		return model.BackingFile
	case m.Inode != 0:
		return model.BackingSpecial // anon_inode, a file of no mounted file system
	case isSpecial(m.Path):
		return model.BackingSpecial
	default:
		return model.BackingAnonymous
	}
}

// isSpecial recognises what the kernel itself maps.
func isSpecial(path string) bool {
	switch path {
	case "[vdso]", "[vsyscall]", "[vvar]", "[vvar_vclock]", "[uprobes]", "[sigpage]", "[vectors]":
		return true
	}
	return false
}

// maxMappings bounds one process: the kernel's own default limit is 65,530.
const maxMappings = 1_000_000

// maxMapLine is longer than any line: PATH_MAX, every byte escaped to four, and the fixed columns.
const maxMapLine = 4*4096 + 512

var errTooManyMappings = errors.New("more mappings than the scanner reads")

// ParseMaps reads /proc/PID/maps and hands on each mapping; the record is valid only during the call. Lines that
// are not as the kernel writes them are counted, not guessed.
func ParseMaps(r io.Reader, visit func(*Mapping) error) (malformed int, err error) {
	reader := bufio.NewReaderSize(r, maxMapLine)
	paths := map[string]string{}
	count := 0
	var m Mapping
	for {
		line, err := reader.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			malformed++
			if err := skipLine(reader); err != nil {
				return malformed, ignoreEOF(err)
			}
			continue
		}
		if len(line) > 0 {
			if !parseMapLine(bytes.TrimSuffix(line, []byte("\n")), &m, paths) {
				malformed++
			} else if count++; count > maxMappings {
				return malformed, errTooManyMappings
			} else if err := visit(&m); err != nil {
				return malformed, err
			}
		}
		if err != nil {
			return malformed, ignoreEOF(err)
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func skipLine(reader *bufio.Reader) error {
	for {
		if _, err := reader.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// parseMapLine reads "start-end perms offset major:minor inode   path".
func parseMapLine(line []byte, m *Mapping, paths map[string]string) bool {
	*m = Mapping{}
	var fields [5][]byte
	rest := line
	for i := range fields {
		rest = bytes.TrimLeft(rest, " ")
		end := bytes.IndexByte(rest, ' ')
		if end < 0 {
			end = len(rest)
		}
		fields[i], rest = rest[:end], rest[end:]
	}
	start, end, ok := splitHex(fields[0], '-')
	if !ok || end <= start {
		return false
	}
	m.Start, m.End = start, end
	if len(fields[1]) != 4 {
		return false
	}
	m.Read, m.Write, m.Exec, m.Shared = fields[1][0] == 'r', fields[1][1] == 'w', fields[1][2] == 'x', fields[1][3] == 's'
	if m.Offset, ok = parseHex(fields[2]); !ok {
		return false
	}
	major, minor, ok := splitHex(fields[3], ':')
	if !ok || major > 1<<31 || minor > 1<<32-1 {
		return false
	}
	m.Device = major<<32 | minor
	inode, err := strconv.ParseUint(string(fields[4]), 10, 64)
	if err != nil {
		return false
	}
	m.Inode = inode
	name := bytes.TrimLeft(rest, " ")
	if trimmed, found := bytes.CutSuffix(name, []byte(" (deleted)")); found {
		m.Deleted, name = true, trimmed
	}
	// The same name stands on several lines: one copy serves all.
	path, known := paths[string(name)]
	if !known {
		path = unescapePath(string(name))
		paths[string(name)] = path
	}
	m.Path = path
	return true
}

// unescapePath undoes the only escape that the kernel writes here: a line feed as \012.
func unescapePath(path string) string {
	return strings.ReplaceAll(path, `\012`, "\n")
}

func splitHex(field []byte, separator byte) (first, second uint64, ok bool) {
	at := bytes.IndexByte(field, separator)
	if at < 0 {
		return 0, 0, false
	}
	if first, ok = parseHex(field[:at]); !ok {
		return 0, 0, false
	}
	second, ok = parseHex(field[at+1:])
	return first, second, ok
}

func parseHex(digits []byte) (uint64, bool) {
	if len(digits) == 0 || len(digits) > 16 {
		return 0, false
	}
	var value uint64
	for _, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			value = value<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			value = value<<4 | uint64(c-'a'+10)
		case c >= 'A' && c <= 'F':
			value = value<<4 | uint64(c-'A'+10)
		default:
			return 0, false
		}
	}
	return value, true
}
