package config

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const maxFileBytes = 64 << 10

// readFile reads lines of `name = value`; `#` and `;` begin comments. A file that is not there is empty; unknown
// names become notes, so that an older scanner follows a newer file. Paths are relative to the file.
func readFile(path string) (settings, []string, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return settings{}, nil, nil
	}
	if err != nil {
		return nil, nil, usage("cannot read %s: %v", path, err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return nil, nil, usage("cannot read %s: %v", path, err)
	}
	if len(text) > maxFileBytes {
		return nil, nil, usage("%s is larger than %d bytes", path, maxFileBytes)
	}
	return parseFile(text, path)
}

func parseFile(text []byte, path string) (settings, []string, error) {
	found := settings{}
	var notes []string
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	lines.Buffer(nil, maxFileBytes+1)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, nil, usage("%s, line %d: expected \"name = value\"", path, number)
		}
		name = strings.ToLower(strings.TrimSpace(name))
		value = unquote(strings.TrimSpace(value))
		if !slices.Contains(settingNames, name) {
			notes = append(notes, fmt.Sprintf("%s, line %d: unknown setting %q is ignored", path, number, name))
			continue
		}
		if (name == settingCA || name == settingKeyFile) && value != "" && !filepath.IsAbs(value) {
			value = filepath.Join(filepath.Dir(path), value)
		}
		found[name] = value
	}
	if err := lines.Err(); err != nil {
		return nil, nil, usage("cannot read %s: %v", path, err)
	}
	return found, notes, nil
}

func unquote(value string) string {
	if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}
