package jsontext

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

type kind string

type inner struct {
	Name string `json:"name"`
	Note string `json:"note,omitempty"`
}

type everything struct {
	Text     string           `json:"text"`
	Kind     kind             `json:"kind,omitempty"`
	Flag     bool             `json:"flag"`
	Small    int8             `json:"small"`
	Number   int64            `json:"number,omitempty"`
	Address  uint64           `json:"address"`
	Date     float64          `json:"date,omitempty"`
	Optional *float64         `json:"optional,omitempty"`
	Missing  *string          `json:"missing"`
	List     []inner          `json:"list"`
	Words    []string         `json:"words,omitempty"`
	Counts   map[kind]int     `json:"counts,omitempty"`
	Files    map[string]inner `json:"files"`
	Inner    inner            `json:"inner,omitempty"`
	Any      any              `json:"any"`
	Plain    int
	Hidden   string `json:"-"`
	private  int
}

func theirs(t testing.TB, value any) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func ours(t testing.TB, value any) string {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, value); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEncodesAsTheStandardLibraryDoes(t *testing.T) {
	half := 0.5
	for _, value := range []any{
		everything{}, &everything{Hidden: "x", private: 1}, []int{}, []int(nil), map[string]int(nil), nil, "", (*int)(nil),
		everything{
			Text: "\x00\x1f\x7f\"\\\b\f\n\r\t<&>\u2028\u2029ä\U0001f600\xff\xc3", Kind: "k", Flag: true, Small: -128, Number: math.MinInt64,
			Address: math.MaxUint64, Date: 1e21, Optional: &half, List: []inner{{"a", ""}, {"b", "c"}}, Words: []string{"", "x"},
			Counts: map[kind]int{"z": 1, "a": 2}, Files: map[string]inner{"\xff": {}, "b": {"n", "m"}}, Any: &inner{"any", ""},
		},
		[]float64{0, math.Copysign(0, -1), 1, 1e-7, -1e-6, 1e20, 1e21, 1e300, 5e-324, 1e-10, 1_790_000_034.25, math.MaxFloat64},
		strings.Repeat("long ", 100_000), make([]inner, 20_000),
	} {
		if got, want := ours(t, value), theirs(t, value); got != want {
			t.Errorf("got %.300s\nwant %.300s", got, want)
		}
	}
	if got := ours(t, struct{ Body Raw }{Raw(`{"a":1}`)}); got != "{\"Body\":{\"a\":1}}\n" {
		t.Errorf("got %s", got)
	}
	for _, value := range []any{math.NaN(), math.Inf(1), []byte("x"), map[int]int{1: 1}, func() {}, make(chan int), complex(1, 1)} {
		if Encode(&bytes.Buffer{}, value) == nil {
			t.Errorf("%T is written", value)
		}
	}
}

func TestItems(t *testing.T) {
	var got []string
	err := Items(struct {
		Z []inner `json:"z"`
		A inner   `json:"a"`
		N []int   `json:"n,omitempty"`
	}{Z: []inner{{"1", ""}, {"2", ""}}}, func(name string, item any) error {
		got = append(got, name+" "+strings.TrimSpace(ours(t, item)))
		return nil
	})
	want := []string{`a {"name":""}`, `z {"name":"1"}`, `z {"name":"2"}`}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

func agree(t *testing.T, text []byte) {
	t.Helper()
	got, err := Parse(text)
	var want any
	failure := json.Unmarshal(text, &want)
	if (err == nil) != (failure == nil) {
		t.Errorf("%q: got %v, want %v", text, err, failure)
		return
	}
	if err == nil && !reflect.DeepEqual(got, want) {
		t.Errorf("%q: got %#v, want %#v", text, got, want)
	}
}

var texts = []string{
	``, ` `, `null`, `true`, `falsch`, `tru`, `0`, `-0`, `01`, `1.5e+3`, `1.`, `.5`, `1e`, `1e999`, `-`, `[]`, `[1,]`, `[,1]`, `[1 2]`, `[1`,
	`{}`, `{"a":1,"a":2}`, `{"a"}`, `{"a":1,}`, `{a:1}`, `{"a":[{"b":null}]} `, `{} {}`, `"\u00e4\ud83d\ude00\ud83dx\ud83d\u0041\udc00"`,
	`"\x"`, `"\u12"`, `"` + "\n" + `"`, `"` + "\xff" + `"`, `"open`, `"\"\\\/\b\f\n\r\t"`, "\t\r\n[ 1 , \"x\" ]\n", `{"":0}`, `{"a":0,"a":1,"b":2}`,
}

func TestParsesAsTheStandardLibraryDoes(t *testing.T) {
	for _, text := range texts {
		agree(t, []byte(text))
	}
	if _, err := Parse(bytes.Repeat([]byte("["), 1<<20)); err == nil {
		t.Error("any depth is followed")
	}
	value, _ := Parse([]byte(`{"error":"no","n":1,"null":null}`))
	if _, ok := Field(value, "null"); Text(value, "error") != "no" || Text(value, "n") != "" || !ok {
		t.Errorf("got %v", value)
	}
	if _, ok := Field("text", "error"); ok {
		t.Error("a text has a field")
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > maxDepth {
			Parse(text)
			return
		}
		agree(t, text)
	})
}

func FuzzText(f *testing.F) {
	f.Add("\x00ä\u2028\xff\"", 1.5)
	f.Fuzz(func(t *testing.T, text string, number float64) {
		if math.IsNaN(number) || math.IsInf(number, 0) {
			number = 0
		}
		value := everything{Text: text, Date: number, Files: map[string]inner{text: {text, text}}}
		if got, want := ours(t, value), theirs(t, value); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
}
