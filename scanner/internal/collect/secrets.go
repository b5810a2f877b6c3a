package collect

import "strings"

// minSecret is the shortest text that is taken for a secret: a shorter one would blank ordinary words.
const minSecret = 6

const blank = "***"

// conceal blanks the scanner's own secrets in a command line, in whatever case: who starts it as `scanner -k KEY` shows
// the key in the list of processes, and the report must not keep it. No regular expression: it would add 4 % to the
// program.
func conceal(secrets []string, text *string) *string {
	if text == nil {
		return nil
	}
	line := *text
	for _, secret := range secrets {
		if len(secret) >= minSecret {
			line = replaceFold(line, secret)
		}
	}
	return &line
}

// replaceFold blanks every occurrence of a text, letters of either case being equal.
func replaceFold(line, secret string) string {
	var b strings.Builder
	start := 0
	for at := 0; at+len(secret) <= len(line); {
		if !strings.EqualFold(line[at:at+len(secret)], secret) {
			at++
			continue
		}
		b.WriteString(line[start:at])
		b.WriteString(blank)
		at += len(secret)
		start = at
	}
	if start == 0 {
		return line
	}
	b.WriteString(line[start:])
	return b.String()
}
