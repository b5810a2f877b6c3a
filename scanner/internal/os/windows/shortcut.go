package windows

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// maxShortcut bounds what is read of a shortcut: Windows's own have a few kilobytes.
const maxShortcut = 1 << 20

var (
	errNoShortcut = errors.New("it is no shortcut, or a damaged one")
	errShellsOwn  = errors.New("the shortcut names no file in a form that is read, but something that the shell knows")
)

// shortcut is what a .lnk file says ([MS-SHLLINK], whose sections the comments name).
type shortcut struct {
	// targets are the files that it names, each once. Windows takes the first that is there; where they differ, it shows
	// one and starts another.
	targets   []string
	arguments string
}

// Flags of the header (2.1.1).
const (
	linkHasList        = 1 << 0
	linkHasInfo        = 1 << 1
	linkHasName        = 1 << 2
	linkHasRelative    = 1 << 3
	linkHasWorkingDir  = 1 << 4
	linkHasArguments   = 1 << 5
	linkHasIcon        = 1 << 6
	linkIsWide         = 1 << 7
	linkHeaderSize     = 0x4c
	environmentBlock   = 0xa0000001
	environmentSize    = 0x314
	maxShortcutTargets = 4
)

// linkClass is the class of shell links, as it stands behind the header's size.
const linkClass = "\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"

// parseShortcut reads a shortcut that lies in a folder.
func parseShortcut(b []byte, folder string) (shortcut, error) {
	var s shortcut
	if len(b) < linkHeaderSize || binary.LittleEndian.Uint32(b) != linkHeaderSize || string(b[4:20]) != linkClass {
		return s, errNoShortcut
	}
	flags := binary.LittleEndian.Uint32(b[20:])
	b = b[linkHeaderSize:]
	if flags&linkHasList != 0 {
		list, rest, ok := counted(b, 2, 2)
		if !ok {
			return s, errNoShortcut
		}
		s.name(targetOfList(list))
		b = rest
	}
	if flags&linkHasInfo != 0 {
		info, rest, ok := counted(b, 4, 0)
		if !ok {
			return s, errNoShortcut
		}
		s.name(targetOfInfo(info))
		b = rest
	}
	var relative string
	for _, part := range []struct {
		flag uint32
		into *string
	}{{linkHasName, nil}, {linkHasRelative, &relative}, {linkHasWorkingDir, nil}, {linkHasArguments, &s.arguments}, {linkHasIcon, nil}} {
		if flags&part.flag == 0 {
			continue
		}
		text, rest, ok := countedText(b, flags&linkIsWide != 0)
		if !ok {
			return s, errNoShortcut
		}
		if part.into != nil {
			*part.into = text
		}
		b = rest
	}
	s.name(environmentTarget(b))
	if relative != "" && len(s.targets) == 0 {
		s.name(folder + `\` + relative)
	}
	if len(s.targets) == 0 {
		return s, errShellsOwn
	}
	return s, nil
}

// name notes a target, once, however it is written.
func (s *shortcut) name(target string) {
	for _, known := range s.targets {
		if strings.EqualFold(known, target) {
			return
		}
	}
	if target != "" && len(s.targets) < maxShortcutTargets {
		s.targets = append(s.targets, target)
	}
}

// misleads tells whether the targets are more than one file once the environment's names are replaced: most shortcuts that use
// such names say the path without them as well.
func (s *shortcut) misleads(expand func(string) string) bool {
	for _, target := range s.targets[1:] {
		if !strings.EqualFold(expand(target), expand(s.targets[0])) {
			return true
		}
	}
	return false
}

// command is a command line for each of the targets.
func (s *shortcut) command() string {
	lines := make([]string, len(s.targets))
	for i, target := range s.targets {
		lines[i] = `"` + strings.ReplaceAll(target, "\n", "") + `" ` + strings.ReplaceAll(s.arguments, "\n", " ")
	}
	return strings.Join(lines, "\n")
}

// counted splits what a length of 2 or 4 bytes stands before; more is what that length does not count of itself.
func counted(b []byte, width, more int) (part, rest []byte, ok bool) {
	if len(b) < width {
		return nil, nil, false
	}
	size := uint64(binary.LittleEndian.Uint16(b))
	if width == 4 {
		size = uint64(binary.LittleEndian.Uint32(b))
	}
	size += uint64(more)
	if size < uint64(width) || size > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:size], b[size:], true
}

// countedText is a text behind the number of its characters (2.4).
func countedText(b []byte, wide bool) (text string, rest []byte, ok bool) {
	if len(b) < 2 {
		return "", nil, false
	}
	size := int(binary.LittleEndian.Uint16(b))
	b = b[2:]
	if wide {
		size *= 2
	}
	if size > len(b) {
		return "", nil, false
	}
	if wide {
		return wideText(b[:size]), b[size:], true
	}
	text, _ = narrowText(b[:size])
	return text, b[size:], true
}

// wideText is UTF-16 up to its end or a zero.
func wideText(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		unit := binary.LittleEndian.Uint16(b)
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units))
}

// narrowText is a text of the machine's code page up to its end or a zero; ok is false where it is not ASCII, for what its
// other bytes mean is not known here, or has a "?", which stands for what the code page lacks.
func narrowText(b []byte) (text string, ok bool) {
	ok = true
	for i, one := range b {
		if one == 0 {
			b = b[:i]
			break
		}
		ok = ok && one < 0x80 && one != '?'
	}
	return strings.ToValidUTF8(string(b), "\uFFFD"), ok
}

// targetOfList is the path that a list of the shell's items spells: the computer, a drive, folders, a file (2.2; the items'
// own forms are not documented, and told by what Windows writes). Any other item leads to what is no file.
func targetOfList(list []byte) string {
	var path string
	for b := list[2:]; len(b) >= 2; {
		size := int(binary.LittleEndian.Uint16(b))
		if size < 3 || size > len(b) {
			break
		}
		item := b[:size]
		b = b[size:]
		switch kind := item[2]; {
		case kind == 0x1f && path == "":
		case kind&0x70 == 0x20 && path == "":
			drive, _ := narrowText(item[3:])
			if !isDrivePath(drive) {
				return ""
			}
			path = drive[:2]
		case kind&0x70 == 0x30 && path != "":
			name, ok := nameOfItem(item)
			if !ok {
				return ""
			}
			path += `\` + name
		default:
			return ""
		}
	}
	if len(path) <= 2 {
		return ""
	}
	return path
}

// nameOfItem is the name in a file's item: the long one of its last block where that is there, else the short one.
func nameOfItem(item []byte) (string, bool) {
	const fixed = 14
	if len(item) <= fixed {
		return "", false
	}
	at := int(binary.LittleEndian.Uint16(item[len(item)-2:]))
	if at >= fixed && at+20 <= len(item) && binary.LittleEndian.Uint32(item[at+4:]) == 0xbeef0004 {
		// By the block's version: Windows XP, Vista and 7, 8, 8.1 and later.
		name := map[uint16]int{3: 20, 7: 38, 8: 42, 9: 46}[binary.LittleEndian.Uint16(item[at+2:])]
		if name != 0 && at+name < len(item) {
			if long := wideText(item[at+name : len(item)-2]); long != "" {
				return long, true
			}
		}
	}
	if item[2]&4 != 0 {
		name := wideText(item[fixed:])
		return name, name != ""
	}
	name, ascii := narrowText(item[fixed:])
	return name, ascii && name != ""
}

// targetOfInfo is the path that a link's information spells (2.3): on a drive, or on another machine.
func targetOfInfo(info []byte) string {
	if len(info) < 28 {
		return ""
	}
	field := func(at int) int { return int(binary.LittleEndian.Uint32(info[at:])) }
	narrow := func(offset int) (string, bool) {
		if offset <= 0 || offset >= len(info) {
			return "", false
		}
		return narrowText(info[offset:])
	}
	wide := func(offset int) string {
		if offset <= 0 || offset >= len(info) {
			return ""
		}
		return wideText(info[offset:])
	}
	flags, isWide := field(8), field(4) >= 0x24 && len(info) >= 0x24
	suffix, suffixOK := narrow(field(24))
	if isWide && field(0x20) != 0 {
		suffix, suffixOK = wide(field(0x20)), true
	}
	if flags&1 != 0 {
		base, ok := narrow(field(16))
		if isWide && field(0x1c) != 0 {
			base, ok = wide(field(0x1c)), true
		}
		if ok && suffixOK && base != "" {
			return under(base, suffix)
		}
		return ""
	}
	network := field(20)
	if flags&2 == 0 || network <= 0 || network+20 > len(info) {
		return ""
	}
	share, ok := narrow(network + field(network+8))
	if !ok || !suffixOK || !strings.HasPrefix(share, `\\`) {
		return ""
	}
	return under(share, suffix)
}

func under(base, suffix string) string {
	if suffix == "" {
		return base
	}
	return strings.TrimSuffix(base, `\`) + `\` + suffix
}

// environmentTarget is a path with names of the environment in it, in the blocks at the end (2.5.4).
func environmentTarget(b []byte) string {
	for {
		block, rest, ok := counted(b, 4, 0)
		if !ok || len(block) < 8 {
			return ""
		}
		if binary.LittleEndian.Uint32(block[4:]) == environmentBlock && len(block) == environmentSize {
			return wideText(block[268:])
		}
		b = rest
	}
}
