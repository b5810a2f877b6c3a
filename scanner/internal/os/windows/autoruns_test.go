package windows

import (
	"context"
	"encoding/binary"
	"io/fs"
	"math"
	"sort"
	"strings"
	"testing"
	"unicode/utf16"

	"genehound/scanner/internal/model"
)

// fakeRegistry maps keys to their values; keys above them are there, too.
type fakeRegistry map[string][]registryValue

func (r fakeRegistry) values(path string) ([]registryValue, error) { return r[path], nil }

func (r fakeRegistry) keys(path string) ([]string, error) {
	seen := map[string]bool{}
	for key := range r {
		if rest, ok := strings.CutPrefix(key, path+`\`); ok {
			name, _, _ := strings.Cut(rest, `\`)
			seen[name] = true
		}
	}
	var names []string
	for name := range seen {
		names = append(names, name)
	}
	sort.Strings(names)
	return names, nil
}

// fakeDisk has files by path in lower case.
type fakeDisk map[string]bool

func (d fakeDisk) started(path string) (model.ModuleFile, error) {
	if len(path) < 3 || path[1:3] != `:\` {
		panic("a path elsewhere is opened: " + path)
	}
	if !d[strings.ToLower(path)] {
		return model.ModuleFile{}, fs.ErrNotExist
	}
	return model.ModuleFile{Path: path}, nil
}

func (fakeDisk) expand(text string) string {
	for name, value := range map[string]string{"%systemroot%": `C:\Windows`, "%SystemRoot%": `C:\Windows`} {
		text = strings.ReplaceAll(text, name, value)
	}
	return text
}

func (d fakeDisk) list(string) (files, folders []string, err error) {
	return []string{"hello.bat.lnk"}, nil, nil
}

func (d fakeDisk) read(string, int64) ([]byte, error) { return []byte(definition), nil }

var files = fakeDisk{
	`c:\windows\system32\userinit.exe`: true, `c:\windows\system32\svchost.exe`: true, `c:\windows\system32\usermgr.dll`: true,
	`c:\windows\system32\drivers\monitor.sys`: true, `c:\windows\system32\rundll32.exe`: true, `c:\tools\evil.dll`: true,
	`c:\program files\vendor\agent.exe`: true, `c:\windows\system32\msv1_0.dll`: true, `c:\windows\system32\autochk.exe`: true,
}

func text(name string, texts ...string) registryValue { return registryValue{name: name, texts: texts} }

const (
	user  = "S-1-5-21-1-2-3-1001"
	class = "{900c0763-5cad-4a34-bc1f-40cd513679d5}"
)

var machine = fakeRegistry{
	`HKLM\` + systemKey + `Winlogon`:                                     {text("Userinit", `c:\windows\system32\userinit.exe,`), text("Other", "x")},
	`HKLM\` + windowsKey + `Run`:                                         {text("Agent", `C:\Program Files\Vendor\agent.exe -quiet`)},
	`HKU\` + user + `\` + windowsKey + `Run`:                             {text("Loader", `rundll32.exe C:\tools\evil.dll,Start`)},
	`HKLM\Software\Wow6432Node\Microsoft\Windows\CurrentVersion\RunOnce`: {text("Once", "none.exe")},
	`HKLM\` + windowsKey + `Explorer\ShellServiceObjects\` + class:       {},
	`HKLM\Software\Classes\CLSID\` + class + `\InprocServer32`:           {text("", `%SystemRoot%\System32\usermgr.dll`)},
	`HKLM\System\CurrentControlSet\Services\usermanager`:                 {text("ImagePath", `%systemroot%\system32\svchost.exe -k netsvcs -p`), text("DisplayName", "User Manager"), {name: "Type", data: []byte{0x20, 0, 0, 0}}, {name: "Start", data: []byte{2, 0, 0, 0}}},
	`HKLM\System\CurrentControlSet\Services\usermanager\Parameters`:      {text("ServiceDll", `%systemroot%\system32\usermgr.dll`)},
	`HKLM\System\CurrentControlSet\Services\monitor`:                     {text("ImagePath", `\SystemRoot\System32\drivers\monitor.sys`), {name: "Type", data: []byte{1, 0, 0, 0}}, {name: "Start", data: []byte{3, 0, 0, 0}}},
	`HKLM\` + controlKey + `Lsa`:                                         {text("Authentication Packages", "msv1_0")},
	`HKLM\` + controlKey + `Session Manager`:                             {text("BootExecute", "autocheck autochk /q /v *")},
	`HKLM\` + controlKey + `Session Manager\KnownDlls`:                   {text("usermgr", "usermgr.dll")},
	`HKLM\` + controlKey + `Print\Monitors\Local Port`:                   {text("Driver", "localspl.dll")},
	`HKLM\` + systemKey + `Image File Execution Options\sethc.exe`:       {text("Debugger", "cmd.exe")},
	`HKLM\` + systemKey + `Winlogon\GPExtensions\` + class:               {text("DllName", "gpprefcl.dll")},
	`HKLM\` + systemKey + `Drivers32`:                                    {text("msacm.x", "x.acm")},
	`HKLM\` + windowsKey + `Explorer\Browser Helper Objects\` + class:    {},
	`HKLM\System\CurrentControlSet\Services\WinSock2\Parameters\Protocol_Catalog9\Catalog_Entries64\000000000001`: {
		{name: "PackedCatalogItem", data: append([]byte(`%SystemRoot%\system32\usermgr.dll`), make([]byte, 300)...)},
	},
}

func TestAutorunsOfAllCategories(t *testing.T) {
	found := readAutoruns(context.Background(), machine, files)
	found.addFolder(`C:\ProgramData\Startup`, "")
	byPath := map[string]model.Autorun{}
	categories := map[string]bool{}
	for _, one := range found.list {
		byPath[one.EntryPath] = one
		categories[one.Category] = true
	}
	if len(categories) != 13 {
		t.Errorf("got %d categories: %v", len(categories), categories)
	}
	for path, starts := range map[string]string{
		`HKLM\` + systemKey + `Winlogon\Userinit`:                                  `c:\windows\system32\userinit.exe`,
		`HKLM\` + windowsKey + `Run\Agent`:                                         `C:\Program Files\Vendor\agent.exe`,
		`HKU\` + user + `\` + windowsKey + `Run\Loader`:                            `C:\Windows\System32\rundll32.exe|C:\tools\evil.dll`,
		`HKLM\` + windowsKey + `Explorer\ShellServiceObjects\` + class:             `C:\Windows\System32\usermgr.dll`,
		`HKLM\System\CurrentControlSet\Services\usermanager`:                       `C:\Windows\system32\svchost.exe`,
		`HKLM\System\CurrentControlSet\Services\usermanager\Parameters\ServiceDll`: `C:\Windows\system32\usermgr.dll`,
		`HKLM\System\CurrentControlSet\Services\monitor`:                           `C:\Windows\System32\drivers\monitor.sys`,
		`HKLM\` + controlKey + `Lsa\Authentication Packages`:                       `C:\Windows\System32\msv1_0.dll`,
		`HKLM\` + controlKey + `Session Manager\BootExecute`:                       `C:\Windows\System32\autochk.exe`,
		`HKLM\` + controlKey + `Session Manager\KnownDlls\usermgr`:                 `C:\Windows\System32\usermgr.dll`,
		`HKLM\Software\Wow6432Node\Microsoft\Windows\CurrentVersion\RunOnce\Once`:  ``,
	} {
		one, ok := byPath[path]
		if !ok {
			t.Errorf("no %s", path)
			continue
		}
		var got []string
		for _, start := range one.Starts {
			got = append(got, start.File.Path)
		}
		if !strings.EqualFold(strings.Join(got, "|"), starts) {
			t.Errorf("%s starts %q, want %q", path, got, starts)
		}
	}
	if driver := byPath[`HKLM\System\CurrentControlSet\Services\monitor`]; driver.Category != "drivers" || driver.State != "static" {
		t.Errorf("got %+v", driver)
	}
	if _, ok := byPath[`HKLM\`+systemKey+`Winlogon\Other`]; ok {
		t.Error("a value that starts nothing is listed")
	}
	if one := byPath[`HKU\`+user+`\`+windowsKey+`Run\Loader`]; one.Username != user || one.EntryPathType != "registry" {
		t.Errorf("got %+v", one)
	}
}

const definition = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.4" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <!-- <Actions><Exec><Command>no</Command></Exec></Actions> -->
  <RegistrationInfo><Date>2022-12-03T15:21:47</Date><Author>Dell, Inc.</Author><Description>a &lt;b&gt; &amp; c</Description></RegistrationInfo>
  <Triggers><LogonTrigger /><CalendarTrigger><StartBoundary>2023-01-01T00:00:00</StartBoundary></CalendarTrigger></Triggers>
  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId></Principal></Principals>
  <Settings><Enabled>false</Enabled><Hidden>true</Hidden></Settings>
  <Actions Context="Author"><Exec><Command>C:\agent.exe</Command><Arguments>AutoUpdate</Arguments><WorkingDirectory>C:\</WorkingDirectory></Exec>
  <ComHandler><ClassId>{900c0763-5cad-4a34-bc1f-40cd513679d5}</ClassId></ComHandler></Actions>
</Task>`

func TestADefinitionOfATask(t *testing.T) {
	wide := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(definition)) {
		wide = binary.LittleEndian.AppendUint16(wide, unit)
	}
	for _, content := range [][]byte{wide, []byte(definition)} {
		task, ok := parseTask(`\Dell\Update`, content)
		if !ok || task.Author != "Dell, Inc." || task.Description != "a <b> & c" || task.State != "disabled" || !task.IsHidden ||
			task.Username != "S-1-5-18" || task.When != "LogonTrigger, CalendarTrigger" || task.RegistrationDate != "2022-12-03T15:21:47" {
			t.Errorf("got %+v", task)
		}
		if len(task.ExecActions) != 2 || task.ExecActions[0].ExecArgs != "AutoUpdate" || task.ExecActions[1].ExecPath != class {
			t.Errorf("got %+v", task.ExecActions)
		}
	}
	if _, ok := parseTask("x", []byte("<Other><Task/></Other>")); ok {
		t.Error("something else is taken for a task")
	}
}

func TestLastRun(t *testing.T) {
	b := make([]byte, 28)
	if got := lastRun(b); got == nil || *got != 0 {
		t.Errorf("a task that never ran: %v", got)
	}
	binary.LittleEndian.PutUint64(b[12:], 116_444_736_000_000_000) // 1970-01-01
	if got := lastRun(b); math.Abs(*got-25_569) > 1e-9 {
		t.Errorf("got %v", *got)
	}
}

func FuzzTask(f *testing.F) {
	f.Add([]byte(definition))
	f.Add([]byte("\xff\xfe<\x00T\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		task, _ := parseTask("t", b)
		if len(task.ExecActions) > maxActions || len(task.Author) > model.MaxText {
			t.Fatal("beyond the bounds")
		}
	})
}

func FuzzCommand(f *testing.F) {
	f.Add(`rundll32.exe C:\tools\evil.dll,Start`)
	f.Add(`"C:\Program Files\Vendor\agent.exe" -quiet`)
	f.Fuzz(func(t *testing.T, command string) {
		if len(command) > 4096 {
			return
		}
		a := newAutoruns(context.Background(), machine, files)
		if n := len(a.startedBy(command)); n > maxStarts*(1+strings.Count(command, "\n")) {
			t.Fatal(n)
		}
	})
}
