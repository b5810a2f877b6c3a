//go:build linux

package autoruns

import (
	"path/filepath"
	"strings"

	"genehound/scanner/internal/model"
)

// maxWords bounds what is looked at of a command.
const maxWords = 256

// words splits a command as shells and systemd do, as far as quotes and backslashes go.
func words(command string) []string {
	var list []string
	var word strings.Builder
	inWord, quote := false, byte(0)
	for i := 0; i < len(command); i++ {
		c := command[i]
		switch {
		case c == '\\' && quote != '\'' && i+1 < len(command):
			i++
			word.WriteByte(command[i])
			inWord = true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, inWord = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if inWord {
				list = append(list, word.String())
				word.Reset()
				inWord = false
			}
			if len(list) == maxWords {
				return list
			}
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if inWord {
		list = append(list, word.String())
	}
	return list
}

// isAssignment recognises NAME=value before a command.
func isAssignment(word string) bool {
	name, _, found := strings.Cut(word, "=")
	if !found || name == "" || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// withoutValues writes a command without the values of the environment that it sets: they may be secrets.
func withoutValues(command string) string {
	rest := strings.TrimLeft(command, " \t")
	var b strings.Builder
	for {
		list := words(rest)
		if len(list) == 0 || !isAssignment(list[0]) {
			return b.String() + rest
		}
		name, _, _ := strings.Cut(list[0], "=")
		b.WriteString(name + "=… ")
		rest = strings.TrimLeft(afterWord(rest), " \t")
	}
}

// afterWord is what stands behind the first word.
func afterWord(text string) string {
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && (c == ' ' || c == '\t'):
			return text[i:]
		}
	}
	return ""
}

// searched is where a command without a directory is looked for.
var searched = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// started finds the files that a command names: the program, and what is given to it as an absolute path, so that the
// script of an interpreter is among them. Words of a shell's -c are looked at, too.
func (r *reader) started(command string) []model.StartedFile {
	const maxFiles = 8
	var files []model.StartedFile
	known := map[string]bool{}
	take := func(written, path string) bool {
		if known[written] {
			return false
		}
		file, ok := r.Identify(r.at(path))
		if !ok {
			return false
		}
		if len(files) == maxFiles {
			r.cut = true
			return false
		}
		known[written] = true
		file.Path = clip(path, model.MaxPath)
		files = append(files, model.StartedFile{Written: clip(written, model.MaxPath), File: file})
		return true
	}
	isProgram := true
	list := words(command)
	r.cut = r.cut || len(list) >= maxWords
	for _, word := range flatten(list) {
		if isProgram && isAssignment(word) {
			continue
		}
		if isProgram {
			isProgram = false
			if program := strings.TrimLeft(word, "-@:+!|"); !strings.HasPrefix(program, "/") {
				for _, directory := range searched {
					if take(program, filepath.Join(directory, program)) {
						break
					}
				}
				continue
			} else {
				word = program
			}
		}
		if strings.HasPrefix(word, "/") && !strings.HasPrefix(word, "/dev/") && !strings.HasPrefix(word, "/proc/") {
			take(word, filepath.Clean(word))
		}
	}
	return files
}

// flatten splits what follows a shell's -c into words, too.
func flatten(list []string) []string {
	for i := 1; i+1 < len(list); i++ {
		if strings.HasPrefix(list[i], "-") && strings.HasSuffix(list[i], "c") && len(list[i]) <= 4 {
			inner := words(strings.NewReplacer(";", " ", "&", " ", "|", " ", "(", " ", ")", " ", "`", " ").Replace(list[i+1]))
			return append(append([]string{}, list[:i]...), append(inner, list[i+2:]...)...)
		}
	}
	return list
}

// action is a task's command.
func (r *reader) action(command, directory string) model.ExecAction {
	list := words(command)
	for len(list) > 1 && isAssignment(list[0]) {
		list = list[1:]
	}
	action := model.ExecAction{ExecWorkingDir: clip(directory, model.MaxPath), Starts: r.started(command)}
	if len(list) > 0 {
		action.ExecPath = clip(strings.TrimLeft(list[0], "-@:+!|"), model.MaxPath)
		action.ExecArgs = clip(strings.Join(list[1:], " "), model.MaxCommandLine/4)
	}
	return action
}
