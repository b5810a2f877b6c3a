// Package detect holds the detectors: each looks at plain data, does no I/O, and gives one report. How the data was
// read belongs to the layers of the operating systems.
package detect

import (
	"fmt"
	"sort"
)

// Area is a part of an address space that belongs together: a module, or one mapping.
type Area struct {
	Start, End uint64
	Name       string   // of the file, empty without one
	Exec       bool     // has executable pages
	Module     bool     // the loading of an image file
	Engines    []string // JIT engines that the module exports
}

// String names the area for a report.
func (a *Area) String() string {
	switch {
	case a.Module:
		if product := productOf(a.Name); product != "" {
			return a.Name + " (a name that " + product + " uses)"
		}
		return a.Name
	case a.Name != "":
		return fmt.Sprintf("%s at 0x%x", a.Name, a.Start)
	default:
		return fmt.Sprintf("memory without a file at 0x%x", a.Start)
	}
}

func (a *Area) has(engine string) bool {
	for _, name := range a.Engines {
		if name == engine {
			return true
		}
	}
	return false
}

// Space is a process's modules and executable mappings, sorted by address, not overlapping.
type Space []Area

func (s Space) index(address uint64) int {
	i := sort.Search(len(s), func(i int) bool { return s[i].End > address })
	if i < len(s) && s[i].Start <= address {
		return i
	}
	return -1
}

// At finds the area that holds an address, nil where none does.
func (s Space) At(address uint64) *Area {
	if i := s.index(address); i >= 0 {
		return &s[i]
	}
	return nil
}
