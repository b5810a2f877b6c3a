package windows

import (
	"context"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"unicode/utf16"
)

// wides is a text as UTF-16, with its end.
func wides(text string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text + "\x00")) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
}

func word16(n int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(n))) }
func word32(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

// item is a file's entry in a list as Windows 10 writes it: short name, block of version 9 with the long one.
func item(short, long string) string {
	fixed := "\x32\x00" + strings.Repeat("\x00", 10) + short + "\x00"
	if len(fixed)%2 == 1 {
		fixed += "\x00"
	}
	block := word16(46+len(wides(long))+2) + word16(9) + word32(0xbeef0004) + strings.Repeat("\x00", 38) + wides(long) + word16(len(fixed)+2)
	return word16(2+len(fixed)+len(block)) + fixed + block
}

// link puts parts together: a list of items, information, texts, blocks.
func link(flags int, parts ...string) []byte {
	header := word32(linkHeaderSize) + linkClass + word32(flags)
	return []byte(header + strings.Repeat("\x00", linkHeaderSize-len(header)) + strings.Join(parts, ""))
}

func listOf(items ...string) string {
	all := strings.Join(items, "") + "\x00\x00"
	return word16(len(all)) + all
}

func infoOf(narrow, wide string) string {
	body := narrow + "\x00" + "\x00"
	wideAt := 0x24 + len(body)
	body += wides(wide) + wides("")
	return word32(0x24+len(body)) + word32(0x24) + word32(1) + word32(0) + word32(0x24) + word32(0) +
		word32(0x24+len(narrow)+1) + word32(wideAt) + word32(wideAt+len(wides(wide))) + body
}

func counted16(text string) string {
	return word16(len([]rune(text))) + strings.TrimSuffix(wides(text), "\x00\x00")
}

const (
	computer = "\x14\x00\x1f\x50\xe0\x4f\xd0\x20\xea\x3a\x69\x10\xa2\xd8\x08\x00\x2b\x30\x30\x9d"
	drive    = "\x19\x00\x2fC:\\\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
)

func TestShortcuts(t *testing.T) {
	made, err := os.ReadFile("testdata/wine.lnk")
	if err != nil {
		t.Fatal(err)
	}
	blockOf := func(path string) string {
		b := word32(environmentSize) + word32(environmentBlock) + strings.Repeat("\x00", 260) + wides(path)
		return b + strings.Repeat("\x00", environmentSize-len(b))
	}
	share := "\\\\server\\share\x00"
	network := word32(28+20+len(share)+len("x.exe\x00")) + word32(28) + word32(2) + word32(0) + word32(0) + word32(28) +
		word32(28+20+len(share)) + word32(20+len(share)) + word32(2) + word32(20) + word32(0) + word32(0) + share + "x.exe\x00"
	for name, c := range map[string]struct {
		content   []byte
		targets   string
		arguments string
	}{
		"made by Wine": {made, `C:\windows\system32\rundll32.exe`, `C:\held.dll,Start`},
		"as Windows 10 does": {
			link(linkHasList|linkHasInfo|linkHasArguments|linkIsWide, listOf(computer, drive, item("PROGRA~1", "Program Files"), item("GROE~1.EXE", "größe.exe")),
				infoOf("C:\\Program Files\\gr\xf6\xdfe.exe", `C:\Program Files\größe.exe`), counted16("-a ü")),
			`C:\Program Files\größe.exe`, "-a ü",
		},
		"shows one, starts another": {
			link(linkHasList|linkHasInfo|linkIsWide, listOf(computer, drive, item("EVIL.EXE", "evil.exe")), infoOf(`C:\good.exe`, `C:\good.exe`)),
			`C:\evil.exe|C:\good.exe`, "",
		},
		"environment":     {link(linkIsWide, blockOf(`%windir%\x.exe`), "\x00\x00\x00\x00"), `%windir%\x.exe`, ""},
		"relative":        {link(linkHasRelative|linkIsWide, counted16(`..\x.exe`)), `C:\folder\..\x.exe`, ""},
		"another machine": {link(linkHasInfo, network), `\\server\share\x.exe`, ""},
	} {
		s, err := parseShortcut(c.content, `C:\folder`)
		if err != nil || strings.Join(s.targets, "|") != c.targets || s.arguments != c.arguments {
			t.Errorf("%s: got %+v, %v", name, s, err)
		}
	}
	for name, content := range map[string][]byte{
		"nothing": nil, "a part": made[:90], "what only the shell knows": link(linkHasList, listOf(computer)),
	} {
		if s, err := parseShortcut(content, `C:\folder`); err == nil {
			t.Errorf("%s: got %+v", name, s)
		}
	}
}

// shortcutDisk has one shortcut, which is read.
type shortcutDisk struct {
	fakeDisk
	content []byte
}

func (d shortcutDisk) read(string, int64) ([]byte, error) { return d.content, nil }

func TestAStartUpFolderStartsWhatItsShortcutsLeadTo(t *testing.T) {
	made, err := os.ReadFile("testdata/wine.lnk")
	if err != nil {
		t.Fatal(err)
	}
	held := fakeDisk{`c:\windows\system32\rundll32.exe`: true, `c:\held.dll`: true}
	a := newAutoruns(context.Background(), fakeRegistry{}, shortcutDisk{held, made})
	a.addFolder(`C:\Startup`, "user")
	if len(a.list) != 1 || len(a.list[0].Starts) != 2 || a.list[0].Starts[1].File.Path != `C:\held.dll` {
		t.Fatalf("got %+v", a.list)
	}
	if one := a.list[0]; one.EntryPath != `C:\Startup\hello.bat.lnk` || one.EntryValue != `C:\windows\system32\rundll32.exe C:\held.dll,Start` || len(a.finish()) != 0 {
		t.Errorf("got %+v, %+v", one, a.finish())
	}
	// A damaged one is reported, and a file that starts.
	a = newAutoruns(context.Background(), fakeRegistry{}, shortcutDisk{fakeDisk{`c:\startup\hello.bat.lnk`: true}, made[:50]})
	a.addFolder(`C:\Startup`, "user")
	if len(a.list) != 1 || len(a.list[0].Starts) != 1 || len(a.finish()) != 1 {
		t.Errorf("got %+v, %+v", a.list, a.finish())
	}
	// On another machine it is told of, and not opened: the disk panics where that happens.
	a = newAutoruns(context.Background(), fakeRegistry{}, shortcutDisk{fakeDisk{}, link(linkHasRelative|linkIsWide, counted16(`\..\..\\server\x.exe`))})
	a.addFolder(`\\server\Startup`, "user")
	if len(a.list[0].Starts) != 0 || len(a.finish()) != 1 {
		t.Errorf("got %+v, %+v", a.list, a.finish())
	}
}

func TestAShortcutMisleadsOnlyWhereItsTargetsDiffer(t *testing.T) {
	expand := func(text string) string { return strings.ReplaceAll(text, "%windir%", `C:\Windows`) }
	for targets, want := range map[string]bool{
		`c:\windows\x.exe`: false, `c:\windows\x.exe|%windir%\x.exe`: false, `%windir%\x.exe|c:\windows\y.exe`: true,
	} {
		if s := (shortcut{targets: strings.Split(targets, "|")}); s.misleads(expand) != want {
			t.Errorf("%s: %v", targets, !want)
		}
	}
}

func FuzzShortcut(f *testing.F) {
	made, err := os.ReadFile("testdata/wine.lnk")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(made)
	f.Add(link(linkHasList|linkHasInfo, listOf(computer, drive, item("EVIL.EXE", "evil.exe")), infoOf(`C:\good.exe`, `C:\good.exe`)))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseShortcut(b, `C:\folder`)
		if err == nil && len(s.targets) == 0 || len(s.targets) > maxShortcutTargets || strings.Count(s.command(), "\n") >= maxShortcutTargets {
			t.Errorf("got %+v, %v", s, err)
		}
		for _, target := range s.targets {
			if len(target) > 3*len(b)+20 {
				t.Errorf("a target of %d bytes out of %d", len(target), len(b))
			}
		}
	})
}
