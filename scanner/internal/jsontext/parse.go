package jsontext

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep values nest: a server's answers nest three deep.
const maxDepth = 64

// Parse reads one JSON text (RFC 8259): nil, bool, float64, string, []any or map[string]any. Of equal names the last counts.
func Parse(text []byte) (any, error) {
	p := parser{text: text}
	p.blanks()
	value, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.blanks(); p.at < len(text) {
		return nil, p.error("more than one value")
	}
	return value, nil
}

// Field is a named value of an object; ok is false where there is none.
func Field(value any, name string) (field any, ok bool) {
	object, _ := value.(map[string]any)
	field, ok = object[name]
	return field, ok
}

// Text is a named text of an object, empty where there is none.
func Text(value any, name string) string {
	field, _ := Field(value, name)
	text, _ := field.(string)
	return text
}

type parser struct {
	text []byte
	at   int
}

func (p *parser) error(what string) error { return fmt.Errorf("no JSON at byte %d: %s", p.at, what) }

func (p *parser) blanks() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t' || p.text[p.at] == '\n' || p.text[p.at] == '\r') {
		p.at++
	}
}

// next takes one byte if it is the one that is asked for.
func (p *parser) next(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, p.error("values nest too deep")
	}
	if p.at >= len(p.text) {
		return nil, p.error("it ends too early")
	}
	switch p.text[p.at] {
	case '{':
		return p.object(depth)
	case '[':
		return p.list(depth)
	case '"':
		return p.string()
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	default:
		return p.number()
	}
}

func (p *parser) word(word string) error {
	if len(p.text)-p.at < len(word) || string(p.text[p.at:p.at+len(word)]) != word {
		return p.error("an unknown word")
	}
	p.at += len(word)
	return nil
}

func (p *parser) object(depth int) (any, error) {
	object := map[string]any{}
	p.at++
	for p.blanks(); !p.next('}'); p.blanks() {
		if len(object) > 0 && !p.next(',') {
			return nil, p.error("a comma is missing")
		}
		p.blanks()
		name, err := p.string()
		if err != nil {
			return nil, err
		}
		if p.blanks(); !p.next(':') {
			return nil, p.error("a colon is missing")
		}
		p.blanks()
		if object[name], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return object, nil
}

func (p *parser) list(depth int) (any, error) {
	list := []any{}
	p.at++
	for p.blanks(); !p.next(']'); p.blanks() {
		if len(list) > 0 && !p.next(',') {
			return nil, p.error("a comma is missing")
		}
		p.blanks()
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, nil
}

// number reads -?int frac? exp?; what follows must be something else.
func (p *parser) number() (any, error) {
	start := p.at
	p.next('-')
	if first := p.at; p.digits() == 0 || p.text[first] == '0' && p.at > first+1 {
		return nil, p.error("no value")
	}
	if p.next('.') && p.digits() == 0 {
		return nil, p.error("a fraction without digits")
	}
	if p.next('e') || p.next('E') {
		if !p.next('+') {
			p.next('-')
		}
		if p.digits() == 0 {
			return nil, p.error("an exponent without digits")
		}
	}
	number, err := strconv.ParseFloat(string(p.text[start:p.at]), 64)
	if err != nil {
		return nil, p.error("a number out of range")
	}
	return number, nil
}

func (p *parser) digits() int {
	start := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}

func (p *parser) string() (string, error) {
	if !p.next('"') {
		return "", p.error("a text is missing")
	}
	var text []byte
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '"':
			p.at++
			return string(text), nil
		case c < ' ':
			return "", p.error("a control character in a text")
		case c == '\\':
			p.at++
			r, ok := p.escape()
			if !ok {
				return "", p.error("an unknown escape")
			}
			text = utf8.AppendRune(text, r)
		default:
			r, size := utf8.DecodeRune(p.text[p.at:])
			text = utf8.AppendRune(text, r)
			p.at += size
		}
	}
	return "", p.error("a text without an end")
}

// escape reads what follows a backslash. Halves of surrogate pairs without the other are replaced.
func (p *parser) escape() (rune, bool) {
	if p.at >= len(p.text) {
		return 0, false
	}
	c := p.text[p.at]
	p.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'u':
		first, ok := p.unit()
		if !ok || !utf16.IsSurrogate(first) {
			return first, ok
		}
		before := p.at
		if p.next('\\') && p.next('u') {
			if second, ok := p.unit(); ok {
				if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
					return r, true
				}
			}
		}
		p.at = before
		return utf8.RuneError, true
	default:
		return 0, false
	}
}

func (p *parser) unit() (rune, bool) {
	if len(p.text)-p.at < 4 {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(p.text[p.at:p.at+4]), 16, 16)
	p.at += 4
	return rune(unit), err == nil
}
