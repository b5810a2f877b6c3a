package detect

import "fmt"

// Import is one filled place of an image's global offset table that leads where its symbol is not.
type Import struct {
	RVA    uint64
	Symbol string
	Target uint64
}

// Imports sums up an image's diverted imports.
type Imports struct {
	Space    Space
	diverted []Import
	more     int
	unbacked bool
	leadsTo  []string
}

// MaxNamedImports is how many are told one by one; the others are counted.
const MaxNamedImports = 16

// Divert takes one. Where it leads follows from the address space.
func (d *Imports) Divert(one Import) {
	area := d.Space.At(one.Target)
	if area == nil || !area.Module {
		d.unbacked = true
	} else if !contains(d.leadsTo, area.Name) {
		d.leadsTo = append(d.leadsTo, area.Name)
	}
	if len(d.diverted) < MaxNamedImports {
		d.diverted = append(d.diverted, one)
	} else {
		d.more++
	}
}

func contains(list []string, text string) bool {
	for _, one := range list {
		if one == text {
			return true
		}
	}
	return false
}

// Judge gives the report; ok is false where nothing was diverted. leadsTo names the modules, where all lead into modules.
func (d *Imports) Judge() (details string, leadsTo []string, ok bool) {
	if len(d.diverted) == 0 {
		return "", nil, false
	}
	details = fmt.Sprintf("%d entries of its table of imports do not lead to their symbols", len(d.diverted)+d.more)
	for _, one := range d.diverted {
		where := fmt.Sprintf("0x%x", one.Target)
		if area := d.Space.At(one.Target); area != nil {
			where += ", " + area.String()
		}
		name := one.Symbol
		if name == "" {
			name = "a symbol without a name"
		}
		details += fmt.Sprintf("; %.100s at RVA 0x%x goes to %s", name, one.RVA, where)
	}
	if !d.unbacked {
		leadsTo = d.leadsTo
	}
	return details, leadsTo, true
}
