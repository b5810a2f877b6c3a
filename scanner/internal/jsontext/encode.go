// Package jsontext writes the scanner's messages as JSON and reads the few answers that it gets. It does what encoding/json
// does for the kinds of fields that messages have, in a tenth of the room: Scanner.exe has a size to keep.
package jsontext

import (
	"fmt"
	"io"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Raw is JSON already.
type Raw []byte

// flushAt is how much is written at once.
const flushAt = 64 << 10

// Encode writes a value as compact JSON and a line feed. Records are structs with encoding/json's tags, of which omitempty and
// "-" are understood. Text that is no UTF-8 is written with replacement characters.
func Encode(target io.Writer, value any) error {
	w := writer{target: target}
	if err := w.value(reflect.ValueOf(value)); err != nil {
		return err
	}
	w.text = append(w.text, '\n')
	return w.flush()
}

// Items calls visit for each item of each list that a record holds, and for each of its other values, by name.
func Items(record any, visit func(name string, item any) error) error {
	value := reflect.Indirect(reflect.ValueOf(record))
	fields := append([]field{}, fieldsOf(value.Type())...)
	sort.Slice(fields, func(a, b int) bool { return fields[a].name < fields[b].name })
	for _, f := range fields {
		one := value.Field(f.index)
		if f.omitEmpty && isEmpty(one) {
			continue
		}
		if one.Kind() != reflect.Slice {
			if err := visit(f.name, one.Interface()); err != nil {
				return err
			}
			continue
		}
		for i := 0; i < one.Len(); i++ {
			if err := visit(f.name, one.Index(i).Interface()); err != nil {
				return err
			}
		}
	}
	return nil
}

// field is one field of a record that is written.
type field struct {
	index     int
	name      string
	label     string // the name, quoted, with its colon
	omitEmpty bool
}

var known struct {
	sync.Mutex
	fields map[reflect.Type][]field
}

func fieldsOf(record reflect.Type) []field {
	known.Lock()
	defer known.Unlock()
	fields, ok := known.fields[record]
	if ok {
		return fields
	}
	for i := 0; i < record.NumField(); i++ {
		one := record.Field(i)
		name, options, _ := strings.Cut(one.Tag.Get("json"), ",")
		if name == "-" || !one.IsExported() {
			continue
		}
		if name == "" {
			name = one.Name
		}
		fields = append(fields, field{i, name, string(appendText(nil, name)) + ":", options == "omitempty"})
	}
	if known.fields == nil {
		known.fields = map[reflect.Type][]field{}
	}
	known.fields[record] = fields
	return fields
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

type writer struct {
	target io.Writer
	text   []byte
}

func (w *writer) flush() error {
	_, err := w.target.Write(w.text)
	w.text = w.text[:0]
	return err
}

func (w *writer) value(v reflect.Value) error {
	if len(w.text) >= flushAt {
		if err := w.flush(); err != nil {
			return err
		}
	}
	switch v.Kind() {
	case reflect.Invalid:
		w.text = append(w.text, "null"...)
	case reflect.Bool:
		w.text = strconv.AppendBool(w.text, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.text = strconv.AppendInt(w.text, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		w.text = strconv.AppendUint(w.text, v.Uint(), 10)
	case reflect.Float64:
		return w.number(v.Float())
	case reflect.String:
		w.text = appendText(w.text, v.String())
	case reflect.Pointer, reflect.Interface:
		return w.value(v.Elem())
	case reflect.Struct:
		return w.record(v)
	case reflect.Slice:
		return w.list(v)
	case reflect.Map:
		return w.object(v)
	default:
		return fmt.Errorf("JSON has no %s", v.Type())
	}
	return nil
}

func (w *writer) record(v reflect.Value) error {
	w.text = append(w.text, '{')
	first := true
	for _, f := range fieldsOf(v.Type()) {
		one := v.Field(f.index)
		if f.omitEmpty && isEmpty(one) {
			continue
		}
		if !first {
			w.text = append(w.text, ',')
		}
		first = false
		w.text = append(w.text, f.label...)
		if err := w.value(one); err != nil {
			return err
		}
	}
	w.text = append(w.text, '}')
	return nil
}

func (w *writer) list(v reflect.Value) error {
	if v.IsNil() {
		w.text = append(w.text, "null"...)
		return nil
	}
	if raw, ok := v.Interface().(Raw); ok {
		w.text = append(w.text, raw...)
		return nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return fmt.Errorf("JSON has no %s", v.Type())
	}
	w.text = append(w.text, '[')
	for i := 0; i < v.Len(); i++ {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		if err := w.value(v.Index(i)); err != nil {
			return err
		}
	}
	w.text = append(w.text, ']')
	return nil
}

// object writes a map by its keys' order, so that equal maps give equal bytes.
func (w *writer) object(v reflect.Value) error {
	if v.IsNil() {
		w.text = append(w.text, "null"...)
		return nil
	}
	if v.Type().Key().Kind() != reflect.String {
		return fmt.Errorf("JSON has no %s", v.Type())
	}
	keys := v.MapKeys()
	sort.Slice(keys, func(a, b int) bool { return keys[a].String() < keys[b].String() })
	w.text = append(w.text, '{')
	for i, key := range keys {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		w.text = append(appendText(w.text, key.String()), ':')
		if err := w.value(v.MapIndex(key)); err != nil {
			return err
		}
	}
	w.text = append(w.text, '}')
	return nil
}

// number writes as ECMAScript does (ECMA-262, Number::toString), as encoding/json too.
func (w *writer) number(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("JSON has no %v", f)
	}
	format := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	text := strconv.FormatFloat(f, format, -1, 64)
	if format == 'e' {
		text = strings.Replace(text, "e-0", "e-", 1)
	}
	w.text = append(w.text, text...)
	return nil
}

// appendText quotes text; U+2028 and U+2029 are escaped, as they are line ends to scripts.
func appendText(to []byte, text string) []byte {
	const hex = "0123456789abcdef"
	to = append(to, '"')
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '"' || c == '\\':
				to = append(to, '\\', c)
			case c >= ' ':
				to = append(to, c)
			default:
				if at := strings.IndexByte("\b\f\n\r\t", c); at >= 0 {
					to = append(to, '\\', "bfnrt"[at])
				} else {
					to = append(to, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
				}
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			to = append(to, `\ufffd`...)
		case r == 0x2028 || r == 0x2029:
			to = append(to, `\u202`...)
			to = append(to, hex[r&15])
		default:
			to = append(to, text[i:i+size]...)
		}
		i += size
	}
	return append(to, '"')
}
