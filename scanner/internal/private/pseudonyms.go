// Package private puts pseudonyms in the place of what names people: user names, the paths of their profiles, command
// lines. Equal texts get equal pseudonyms under one key, so that an analyst can still tell whether two endpoints show the
// same; who has the key can find out whether a pseudonym stands for a text that he knows, and nobody else can.
package private

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Pseudonyms of one organisation.
type Pseudonyms struct{ key []byte }

// New uses the organisation's key.
func New(key []byte) *Pseudonyms { return &Pseudonyms{key} }

// mark begins every pseudonym; no user name and no file of a usual system begins with it.
const mark = "~"

// of is 12 hexadecimal digits of an HMAC; kind keeps a user's pseudonym from being that of a file of the same name.
func (p *Pseudonyms) of(kind, text string) string {
	sum := hmac.New(sha256.New, p.key)
	sum.Write([]byte(kind + "\x00" + text))
	return mark + hex.EncodeToString(sum.Sum(nil)[:6])
}

// impersonal are accounts that are no people.
var impersonal = map[string]bool{
	"": true, "root": true, "daemon": true, "nobody": true, "www-data": true, "messagebus": true, "postgres": true,
	"nt authority\\system": true, "nt authority\\local service": true, "nt authority\\network service": true, "system": true,
	"local service": true, "network service": true, "administrators": true,
}

// User is the pseudonym of a user name; accounts of the system keep theirs.
func (p *Pseudonyms) User(name string) string {
	if impersonal[strings.ToLower(name)] || strings.HasPrefix(name, mark) {
		return name
	}
	return p.of("user", strings.ToLower(name))
}

// profiles are where people's directories begin; lower case, as compared.
var profiles = []string{
	"/home/", "/users/", `\users\`, `\documents and settings\`,
	"/var/spool/cron/crontabs/", "/var/spool/cron/tabs/", "/var/spool/cron/", "/var/spool/mail/", "/var/mail/",
	"/var/lib/systemd/linger/", "/var/lib/accountsservice/users/", "/run/media/",
}

// Path puts pseudonyms in the place of a profile's owner and of all below, but for the last part's extension.
func (p *Pseudonyms) Path(path string) string {
	return p.replace(path, "")
}

// Text does the same with every path of a profile in a sentence.
func (p *Pseudonyms) Text(text string) string {
	// A space does not end a path: what follows may be the rest of a name.
	return p.replace(text, "\"',;()[]\t\n")
}

// replace looks for profiles from the left; stops end a path, or else the text's end does.
func (p *Pseudonyms) replace(text, stops string) string {
	var b strings.Builder
	text = p.accounts(text)
	for text != "" {
		at, length := firstProfile(text)
		if at < 0 {
			break
		}
		b.WriteString(text[:at+length])
		text = text[at+length:]
		end := len(text)
		if stops != "" {
			if stop := strings.IndexAny(text, stops); stop >= 0 {
				end = stop
			}
		}
		b.WriteString(p.below(text[:end]))
		text = text[end:]
	}
	b.WriteString(text)
	return b.String()
}

// accountKinds begin the security identifiers of people's accounts, on a machine, in a domain and in Entra ID.
var accountKinds = []string{"s-1-5-21-", "s-1-12-1-"}

// accounts puts pseudonyms in the place of the security identifiers of Windows accounts.
func (p *Pseudonyms) accounts(text string) string {
	folded := asciiLower(text)
	var b strings.Builder
	done := 0
	for at := 0; at < len(folded); at++ {
		for _, kind := range accountKinds {
			if !strings.HasPrefix(folded[at:], kind) {
				continue
			}
			end := at + len(kind)
			for end < len(folded) && (folded[end] == '-' || folded[end] >= '0' && folded[end] <= '9') {
				end++
			}
			// A key's name may go on behind it: S-1-5-21-…_Classes.
			b.WriteString(text[done:at] + p.of("sid", folded[at:end]))
			done, at = end, end-1
			break
		}
	}
	return b.String() + text[done:]
}

// firstProfile finds where the first profile's owner stands: length is that of what leads to it.
func firstProfile(text string) (at, length int) {
	folded := asciiLower(text)
	at = -1
	for _, start := range profiles {
		if i := strings.Index(folded, start); i >= 0 && (at < 0 || i < at || i == at && len(start) > length) {
			at, length = i, len(start)
		}
	}
	return at, length
}

// asciiLower keeps every byte's place, as strings.ToLower does not.
func asciiLower(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// below replaces the owner and everything below the owner's directory, part by part.
func (p *Pseudonyms) below(path string) string {
	const suffix = " (deleted)"
	path, deleted := strings.CutSuffix(path, suffix)
	parts := strings.FieldsFunc(path, func(c rune) bool { return c == '/' || c == '\\' })
	separator := "/"
	if strings.Contains(path, `\`) {
		separator = `\`
	}
	for i, part := range parts {
		if i == 0 {
			parts[i] = p.User(part)
			continue
		}
		extension := ""
		if dot := strings.LastIndexByte(part, '.'); i == len(parts)-1 && dot > 0 && len(part)-dot <= 5 {
			extension = part[dot:]
		}
		parts[i] = p.of("file", strings.TrimSuffix(part, extension)) + extension
	}
	result := strings.Join(parts, separator)
	if deleted {
		result += suffix
	}
	return result
}

// CommandLine keeps the program and puts one pseudonym in the place of all its arguments.
func (p *Pseudonyms) CommandLine(line string) string {
	program, arguments, found := cutProgram(line)
	program, colon := strings.CutSuffix(program, ":") // a table's name before its command
	program = p.Path(program)
	if colon {
		program += ":"
	}
	if !found {
		return program
	}
	return program + " " + p.of("arguments", arguments)
}

// cutProgram takes the first word, which may be quoted.
func cutProgram(line string) (program, arguments string, found bool) {
	if strings.HasPrefix(line, `"`) {
		if end := strings.IndexByte(line[1:], '"'); end >= 0 {
			rest := strings.TrimLeft(line[end+2:], " ")
			return line[:end+2], rest, rest != ""
		}
	}
	return strings.Cut(line, " ")
}
