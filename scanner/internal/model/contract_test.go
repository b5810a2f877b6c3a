package model

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The contract writes its message schemas to docs/api; these structs must say the same. Checked by
// reflection rather than generated, so that the Go names stay Go names (ADR 0009).

type schema struct {
	Type       any               `json:"type"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	Values     json.RawMessage   `json:"additionalProperties"`
	AnyOf      []schema          `json:"anyOf"`
	Enum       []string          `json:"enum"`
}

func messages(t *testing.T) map[string]schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "api", "scan-messages.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Defs map[string]schema `json:"$defs"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document.Defs
}

// kinds lists what a schema admits: "integer", "string", "array" and so on.
func (s schema) kinds() map[string]bool {
	found := map[string]bool{}
	switch value := s.Type.(type) {
	case string:
		found[value] = true
	case []any:
		for _, one := range value {
			found[fmt.Sprint(one)] = true
		}
	}
	for _, one := range s.AnyOf {
		for kind := range one.kinds() {
			found[kind] = true
		}
	}
	return found
}

// inner is the one alternative that has an inside, or the schema itself.
func (s schema) inner() schema {
	for _, one := range s.AnyOf {
		if one.Properties != nil || one.Items != nil || one.Values != nil {
			return one
		}
	}
	return s
}

func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Slice:
		return "array"
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Float64:
		return "number"
	default:
		return "integer"
	}
}

func compare(t *testing.T, where string, goType reflect.Type, s schema) {
	t.Helper()
	for goType.Kind() == reflect.Pointer {
		goType = goType.Elem()
	}
	s = s.inner()
	kinds := s.kinds()
	if kind := kindOf(goType); len(kinds) > 0 && !kinds[kind] && !(kind == "integer" && kinds["number"]) {
		t.Errorf("%s: Go sends a %s, the contract reads %v", where, kind, kinds)
		return
	}
	switch goType.Kind() {
	case reflect.Slice:
		if s.Items != nil {
			compare(t, where+"[]", goType.Elem(), *s.Items)
		}
	case reflect.Map:
		var values schema
		if err := json.Unmarshal(s.Values, &values); err != nil {
			t.Errorf("%s: the contract knows no values: %v", where, err)
			return
		}
		compare(t, where+"{}", goType.Elem(), values)
	case reflect.Struct:
		compareFields(t, where, goType, s)
	}
}

func compareFields(t *testing.T, where string, goType reflect.Type, s schema) {
	t.Helper()
	sent := map[string]bool{}
	for i := 0; i < goType.NumField(); i++ {
		name, options, _ := strings.Cut(goType.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		sent[name] = !strings.Contains(options, "omitempty")
		property, known := s.Properties[name]
		if !known {
			if len(s.Properties) > 0 {
				t.Errorf("%s.%s: the contract has no such field", where, name)
			}
			continue
		}
		compare(t, where+"."+name, goType.Field(i).Type, property)
	}
	for _, name := range s.Required {
		if !sent[name] {
			t.Errorf("%s.%s: the contract demands it, Go may leave it out", where, name)
		}
	}
}

func TestStructsSayWhatTheContractSays(t *testing.T) {
	defs := messages(t)
	for message, value := range map[string]any{
		"host_info":                HostInfo{},
		"identity_info":            Identity{},
		"scheduled_tasks_info":     []ScheduledTask{},
		"autoruns_info":            []Autorun{},
		"processes_info":           []Process{},
		"file_module_differences":  []FileModuleDifference{},
		"injected_modules_info":    []InjectedModule{},
		"memory_module_dumps_info": []MemoryDump{},
		"files_info":               []FileInfo{},
		"regions_info":             []Region{},
		"findings_info":            []Finding{},
		"coverage_info":            Coverage{},
	} {
		def, known := defs[message]
		if !known {
			t.Errorf("the contract has no message %s", message)
			continue
		}
		compare(t, message, reflect.TypeOf(value), def.Properties[message])
	}
	compare(t, "all_loaded_modules_info", reflect.TypeOf([]ProcessModules{}), defs["all_loaded_modules_info"].Properties["processes"])
}

// vocabulary collects the string constants of this package by the name of their type.
func vocabulary(t *testing.T) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "vocabulary.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string][]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, isValue := node.(*ast.ValueSpec)
		if !isValue || len(spec.Values) != 1 {
			return true
		}
		name, hasType := spec.Type.(*ast.Ident)
		literal, isLiteral := spec.Values[0].(*ast.BasicLit)
		if hasType && isLiteral && literal.Kind == token.STRING {
			words[name.Name] = append(words[name.Name], strings.Trim(literal.Value, `"`))
		}
		return true
	})
	return words
}

func TestVocabularyIsTheContracts(t *testing.T) {
	defs := messages(t)
	regions := defs["regions_info"].Properties["regions_info"].Items.Properties
	findings := defs["findings_info"].Properties["findings_info"].Items.Properties
	coverage := defs["coverage_info"].Properties["coverage_info"].Properties["processes"].Items.Properties
	checks := coverage["checks"].Items.Properties
	ours := vocabulary(t)
	for name, theirs := range map[string][]string{
		"Class":       regions["classification"].Enum,
		"Backing":     regions["backing"].Enum,
		"Layout":      regions["layout"].Enum,
		"FindingKind": findings["finding"].Enum,
		"Reason":      coverage["reason"].Enum,
		"CheckName":   checks["check"].Enum,
		"CheckState":  checks["state"].Enum,
	} {
		if len(theirs) == 0 || fmt.Sprint(theirs) != fmt.Sprint(ours[name]) {
			t.Errorf("%s: the contract says %v, Go says %v", name, theirs, ours[name])
		}
	}
}
