//go:build linux

// Package autoruns lists what starts by itself on a Linux machine, from its configuration as files: systemd, cron, rc,
// shell profiles, preloaded libraries, kernel modules, udev, desktop sessions. No program is asked and none is run.
// Only the lines that start something are reported; environment values in them are left out.
package autoruns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sort"
	"strings"
	"syscall"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/linux/regular"
)

// Categories of autoruns. Those that Windows has too bear its names.
const (
	Services      = "services"
	Timers        = "timers"
	Cron          = "cron"
	RC            = "rc"
	ShellProfiles = "shell_profiles"
	Preload       = "preload"
	KernelModules = "drivers"
	Udev          = "udev"
	Logon         = "logon" // desktop sessions
)

// Bounds of what is read: a machine's whole configuration is far smaller.
const (
	maxFile     = 1 << 20
	maxEntries  = 20_000
	maxListed   = 5_000 // names of one directory
	maxProblems = 100
	maxText     = 4 << 20 // of all entries together: they travel in one message
)

// Options of a reading.
type Options struct {
	// Root is where the machine's file system begins: "/".
	Root string
	// Identify describes a regular file that an entry names, for hashing; ok is false where there is none.
	Identify func(path string) (file model.ModuleFile, ok bool)
	// Release is the running kernel's, as uname has it.
	Release string
}

type reader struct {
	Options
	ctx   context.Context
	found model.Persistence
	full  bool
	cut   bool // some text or some command's files
	bytes int  // of text so far
	homes []home
	seen  map[string]bool // directories that are another's by a link
}

type home struct{ user, path string }

// Read reads everything. What could not be read is among the problems.
func Read(ctx context.Context, options Options) model.Persistence {
	r := &reader{Options: options, ctx: ctx, seen: map[string]bool{}}
	r.homes = r.readHomes()
	for _, part := range []func(){
		r.systemd, r.cron, r.rc, r.profiles, r.preload, r.kernelModules, r.udev, r.desktop,
	} {
		if ctx.Err() != nil {
			r.problem(model.ReasonTimeout, "", "the time for what starts by itself was over")
			break
		}
		part()
	}
	if r.cut {
		r.problem(model.ReasonLimit, "", "some commands are longer, or start more files, than is listed")
	}
	if r.full {
		r.problem(model.ReasonLimit, "", "more starts by itself than is listed")
	}
	return r.found
}

func (r *reader) problem(reason model.Reason, path, message string) {
	switch n := len(r.found.Problems); {
	case n < maxProblems:
		r.found.Problems = append(r.found.Problems, model.Problem{Code: reason, Path: path, Message: message})
	case n == maxProblems:
		r.found.Problems = append(r.found.Problems, model.Problem{
			Code: model.ReasonLimit, Message: "there were more problems with what starts by itself than are listed",
		})
	}
}

// hasRoom tells whether one more entry of so many bytes of text may be kept.
func (r *reader) hasRoom(entries, text int) bool {
	r.bytes += text
	r.full = r.full || entries >= maxEntries || r.bytes > maxText
	return !r.full
}

// add keeps an entry, its texts cut to what the contract takes.
func (r *reader) add(a model.Autorun) {
	if !r.hasRoom(len(r.found.Autoruns), len(a.EntryPath)+len(a.EntryValue)+len(a.Description)) {
		return
	}
	a.EntryPathType = "filesystem"
	a.EntryValue = withoutAssignments(a.EntryValue)
	r.cut = r.cut || len(a.EntryValue) > model.MaxCommandLine/4
	a.EntryPath, a.EntryValue = clip(a.EntryPath, model.MaxPath), clip(a.EntryValue, model.MaxCommandLine/4)
	a.DisplayName, a.Description = clip(a.DisplayName, model.MaxName), clip(a.Description, model.MaxText)
	a.Username = clip(a.Username, model.MaxName)
	r.found.Autoruns = append(r.found.Autoruns, a)
}

func (r *reader) addTask(t model.ScheduledTask) {
	t.TaskName = withoutAssignments(t.TaskName)
	for i := range t.ExecActions {
		action := &t.ExecActions[i]
		action.ExecPath, action.ExecArgs = withoutAssignments(action.ExecPath), withoutAssignments(action.ExecArgs)
	}
	size := len(t.TaskName) + len(t.Description)
	for _, action := range t.ExecActions {
		size += len(action.ExecPath) + len(action.ExecArgs)
	}
	if !r.hasRoom(len(r.found.Tasks), size) {
		return
	}
	t.TaskName, t.Description, t.When = clip(t.TaskName, model.MaxText), clip(t.Description, model.MaxText), clip(t.When, model.MaxText)
	t.Username = clip(t.Username, model.MaxName)
	r.found.Tasks = append(r.found.Tasks, t)
}

func clip(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "")
	}
	return text
}

func (r *reader) at(path string) string { return filepath.Join(r.Root, path) }

// text reads one configuration file; what is not there is empty.
func (r *reader) text(path string) string {
	file, err := regular.OpenIn(r.Root, path)
	if err != nil {
		r.failed(path, err)
		return ""
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		r.failed(path, err)
		return ""
	}
	if len(content) > maxFile {
		r.problem(model.ReasonLimit, path, fmt.Sprintf("only its first %d bytes were read", maxFile))
		content = content[:maxFile]
	}
	return string(content)
}

func (r *reader) failed(path string, err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, regular.Err), errors.Is(err, syscall.ENOTDIR):
	case errors.Is(err, fs.ErrPermission):
		r.problem(model.ReasonNoPrivileges, path, "what it starts is not known: it may not be read")
	default:
		r.problem(model.ReasonIOError, path, "what it starts is not known: it could not be read")
	}
}

// lines are a file's lines without empty ones and comments. A backslash at the end joins nothing: cron, for one, runs
// what stands on the next line.
func (r *reader) lines(path string) []string {
	var lines []string
	for _, line := range strings.Split(r.text(path), "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}

// joinedLines are those of files where a line that ends in a backslash goes on in the next. Comments begin with one of
// marks, also between such lines.
func (r *reader) joinedLines(path, marks string) []string {
	var lines []string
	var joined strings.Builder
	for _, line := range strings.Split(r.text(path), "\n") {
		line = strings.TrimRight(line, "\r")
		trimmed := strings.TrimSpace(line)
		if trimmed != "" && strings.IndexByte(marks, trimmed[0]) >= 0 {
			continue
		}
		rest, goesOn := strings.CutSuffix(line, `\`)
		joined.WriteString(rest)
		if goesOn {
			joined.WriteByte(' ')
			continue
		}
		if whole := strings.TrimSpace(joined.String()); whole != "" {
			lines = append(lines, whole)
		}
		joined.Reset()
	}
	if whole := strings.TrimSpace(joined.String()); whole != "" {
		lines = append(lines, whole)
	}
	return lines
}

// names lists a directory, sorted; a directory that is another one by a link is listed once.
func (r *reader) names(directory string) []string {
	opened, real, err := regular.Directory(r.Root, directory)
	if err != nil {
		r.failed(directory, err)
		return nil
	}
	defer opened.Close()
	if real != filepath.Clean(directory) && r.seen[real] {
		return nil
	}
	r.seen[real] = true
	names, err := opened.Readdirnames(maxListed + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed(directory, err)
	}
	if len(names) > maxListed {
		names = names[:maxListed]
		r.problem(model.ReasonLimit, directory, fmt.Sprintf("only %d of its files were read", maxListed))
	}
	sort.Strings(names)
	return names
}

// readHomes reads who has a home directory.
func (r *reader) readHomes() []home {
	const maxHomes = 1000
	var homes []home
	known := map[string]bool{"": true, "/": true, "/nonexistent": true}
	for _, line := range r.lines("/etc/passwd") {
		fields := strings.Split(line, ":")
		if len(fields) < 6 || known[fields[5]] || !strings.HasPrefix(fields[5], "/") {
			continue
		}
		if len(homes) == maxHomes {
			r.problem(model.ReasonLimit, "/etc/passwd", fmt.Sprintf("what starts by itself for users beyond the first %d is not known", maxHomes))
			break
		}
		known[fields[5]] = true
		homes = append(homes, home{fields[0], fields[5]})
	}
	return homes
}
