package windows

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
	"strings"

	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/model"
)

// maxHooks bounds the hooks that one finding names.
const maxHooks = 16

// hook is one entry of a table that leads elsewhere.
type hook struct {
	rva    uint32
	target uint64
	name   string // of the function
}

// inspectTables looks for import and export tables that lead where the loader would not have led them.
func (i *inspection) inspectTables() model.Check {
	for _, m := range i.images {
		if err := i.pace(); err != nil {
			return stopped(model.CheckModifiedCode, err)
		}
		if m.facts.headers == nil || m.withdrawn || m.lists == 0 {
			continue
		}
		if hooks := i.importHooks(m); len(hooks) > 0 {
			i.reportHooks(m, "import", hooks)
		}
		if hooks := i.exportHooks(m); len(hooks) > 0 {
			i.reportHooks(m, "export", hooks)
		}
	}
	return done(model.CheckModifiedCode)
}

// importHooks lists import slots that lead into memory without a file, or into a module but to no function that it exports.
func (i *inspection) importHooks(m *mappedImage) []hook {
	var hooks []hook
	for _, slots := range m.facts.slots {
		if i.isGuardSlot(m, slots) {
			continue
		}
		for k, value := range i.slotValues(m, slots.RVA, slots.Size) {
			if value == 0 || value >= m.base && value < m.end {
				continue // not resolved yet: delayed imports lead into the module itself until then
			}
			if i.isHook(value) {
				hooks = append(hooks, hook{rva: slots.RVA + uint32(m.facts.headers.Width()*k), target: value})
			}
		}
	}
	if len(hooks) > 0 {
		i.nameImports(m, hooks)
	}
	return hooks
}

// isGuardSlot tells the control flow guard's pointers, a pair at most, from import tables: they lead into the loader's
// own functions.
func (i *inspection) isGuardSlot(m *mappedImage, slots pe.Directory) bool {
	iat := m.facts.headers.Directories[pe.DirectoryIAT]
	return slots.Size <= 16 && !(slots.RVA >= iat.RVA && slots.RVA < iat.RVA+iat.Size)
}

// isHook tells whether no loader would have put this address into an import slot.
func (i *inspection) isHook(target uint64) bool {
	if m := i.imageAround(target); m != nil {
		if m.facts.headers == nil || m.withdrawn {
			return false // what it exports is not known
		}
		section := m.facts.headers.SectionAt(uint32(target - m.base))
		return section != nil && section.Executable() && !m.exports(target-m.base)
	}
	area := i.space.At(target)
	return area != nil && area.Exec && !area.Module
}

func (i *inspection) nameImports(m *mappedImage, hooks []hook) {
	file, err := i.view.open(m.path)
	if err != nil {
		return
	}
	defer file.Close()
	image := m.facts.headers.With(pe.NewCached(file))
	for _, one := range pe.ReadImports(m.facts.headers, image) {
		for k := range hooks {
			if hooks[k].rva == one.Slot {
				hooks[k].name = one.Module + "!" + one.Function
			}
		}
	}
}

// exportHooks lists entries of the export table that are not the file's.
func (i *inspection) exportHooks(m *mappedImage) []hook {
	directory := m.facts.headers.Directories[pe.DirectoryExport]
	if directory.RVA == 0 || len(m.facts.exports) == 0 {
		return nil
	}
	file, err := i.view.open(m.path)
	if err != nil {
		return nil
	}
	defer file.Close()
	image := m.facts.headers.With(pe.NewCached(file))
	exports, ok := pe.ReadExports(m.facts.headers, image)
	if !ok {
		return nil
	}
	b := make([]byte, 4*len(exports.Functions))
	start := m.base + uint64(exports.TableRVA)
	var hooks []hook
	for _, e := range i.residentWithin(start, start+uint64(len(b))) {
		part := b[e.start-start : e.end-start]
		if i.view.read(e.start, part) < len(part) {
			continue
		}
		for k := (e.start - start + 3) / 4; k < (e.end-start)/4; k++ {
			value := binary.LittleEndian.Uint32(b[4*k:])
			if value != exports.Functions[k] && value != 0 {
				hooks = append(hooks, hook{exports.TableRVA + uint32(4*k), m.base + uint64(value), exports.NameOf(image, int(k))})
			}
		}
	}
	return hooks
}

// reportHooks names where the hooks lead. The artifact of the finding is the code they lead to, where it was collected.
func (i *inspection) reportHooks(m *mappedImage, table string, hooks []hook) {
	finding := model.Finding{Kind: model.FindingHooked, BaseAddress: m.base, Size: m.end - m.base, ModulePath: m.path}
	var names, into []string
	all := true
	for k, h := range hooks {
		where := "unknown memory"
		if area := i.space.At(h.target); area != nil {
			where = area.String()
			all = all && area.Module
			if area.Module && !slices.Contains(into, area.Name) {
				into = append(into, area.Name)
			}
		} else {
			all = false
		}
		if l := i.looseAt(h.target); l != nil && l.sha256 != "" && finding.SHA256 == "" {
			finding.SHA256, finding.Layout = l.sha256, l.layout
		}
		if k < maxHooks {
			names = append(names, strings.TrimSpace(fmt.Sprintf("%s leads to 0x%x, %s", h.name, h.target, where)))
		}
	}
	finding.Details = fmt.Sprintf("%s in the %s table: %s", count(len(hooks), "changed slot"), table, strings.Join(names, "; "))
	if all {
		finding.LeadsTo = into
	}
	i.addDifference(m.path, m.base, table+"_table_hooked", finding.Details)
	i.addFinding(finding)
}

// looseAt finds the loose region that holds an address: they are sorted.
func (i *inspection) looseAt(address uint64) *looseRegion {
	k := sort.Search(len(i.loose), func(k int) bool { return i.loose[k].end() > address })
	if k < len(i.loose) && i.loose[k].base <= address {
		return i.loose[k]
	}
	return nil
}
