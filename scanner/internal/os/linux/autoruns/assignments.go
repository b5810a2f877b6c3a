//go:build linux

package autoruns

import "strings"

const (
	beforeName = " \t;&|('\"`"
	afterValue = " \t;&|)'\"`"
)

func isNameByte(c byte, first bool) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || !first && c >= '0' && c <= '9'
}

// withoutAssignments blanks the value of every word of the form NAME=value, wherever it stands: behind env, export or a
// semicolon, or in the quotes of a shell's command. Values of the environment never leave, and what only looks like one
// is blanked with them.
func withoutAssignments(text string) string {
	var b strings.Builder
	for at := 0; at < len(text); {
		end := at
		for end < len(text) && isNameByte(text[end], end == at) {
			end++
		}
		atWord := at == 0 || strings.IndexByte(beforeName, text[at-1]) >= 0
		if end == at || !atWord {
			end = max(end, at+1)
			b.WriteString(text[at:end])
			at = end
			continue
		}
		b.WriteString(text[at:end])
		at = valueStart(text, end)
		if at > end {
			b.WriteString("=…")
			at = valueEnd(text, at)
		}
	}
	return b.String()
}

// valueStart is where the value of an assignment begins whose name ends at `at`, a quote of the name before the sign of
// equality included; `at` itself where there is none.
func valueStart(text string, at int) int {
	rest := strings.TrimLeft(text[at:], "'\"")
	if !strings.HasPrefix(rest, "=") {
		return at
	}
	return len(text) - len(rest) + 1
}

func valueEnd(text string, at int) int {
	if at < len(text) && (text[at] == '"' || text[at] == '\'') {
		if end := strings.IndexByte(text[at+1:], text[at]); end >= 0 {
			return at + end + 2
		}
		return len(text)
	}
	if end := strings.IndexAny(text[at:], afterValue); end >= 0 {
		return at + end
	}
	return len(text)
}

// nameEnd is where the name ends with which a line may begin, quoted or not.
func nameEnd(line string) int {
	at := len(line) - len(strings.TrimLeft(line, " \t'\""))
	for at < len(line) && isNameByte(line[at], false) {
		at++
	}
	return at
}
