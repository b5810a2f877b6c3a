package image

import "sort"

// Slot is one place through which an image calls or refers to a symbol of another: an entry of its global offset
// table, filled in by the dynamic loader.
type Slot struct {
	RVA    uint32
	Symbol uint32 // index into the dynamic symbol table
}

// Relocations of the two machines that fill such places (psABI of x86-64 and AArch64).
const (
	x86GlobDat, x86JumpSlot     = 6, 7
	arm64GlobDat, arm64JumpSlot = 1025, 1026
)

// maxSlots bounds one image: the largest browsers have some ten thousand.
const maxSlots = 65_536

// Slots lists an image's places, ascending; whole is false where there were more than are listed. Only 64-bit images of
// x86-64 and AArch64 have any here.
func (d *Dynamic) Slots() (slots []Slot, whole bool) {
	f := d.file
	if !f.Is64 || f.Machine != MachineX86_64 && f.Machine != MachineARM64 {
		return nil, true
	}
	whole = d.addSlots(&slots, d.jmprel, d.pltrelsz, d.pltrel == dtRela)
	whole = d.addSlots(&slots, d.rela, d.relasz, true) && whole
	sort.Slice(slots, func(a, b int) bool { return slots[a].RVA < slots[b].RVA })
	kept := slots[:0]
	for _, slot := range slots {
		if n := len(kept); n == 0 || kept[n-1].RVA != slot.RVA {
			kept = append(kept, slot)
		}
	}
	return kept, whole
}

func (d *Dynamic) addSlots(slots *[]Slot, table, size uint64, withAddend bool) (whole bool) {
	const entry, tableLimit = 24, 64 << 20
	if table == 0 || size == 0 {
		return true
	}
	if !withAddend || size > tableLimit {
		return false
	}
	f := d.file
	jump, data := uint32(x86JumpSlot), uint32(x86GlobDat)
	if f.Machine == MachineARM64 {
		jump, data = arm64JumpSlot, arm64GlobDat
	}
	base, end := f.Base(), f.Size()
	b := make([]byte, 2730*entry)
	for size >= entry {
		part := b[:min(uint64(len(b)), size/entry*entry)]
		n := f.readAddress(table, part)
		if n < entry {
			return false
		}
		for at := 0; at+entry <= n; at += entry {
			info := f.order.Uint64(part[at+8:])
			if kind := uint32(info); kind != jump && kind != data {
				continue
			}
			address := f.order.Uint64(part[at:])
			if address < base || address-base+8 > end {
				continue
			}
			if len(*slots) >= maxSlots {
				return false
			}
			*slots = append(*slots, Slot{RVA: uint32(address - base), Symbol: uint32(info >> 32)})
		}
		table, size = table+uint64(n/entry*entry), size-uint64(n/entry*entry)
	}
	return true
}

// SymbolName is the name of a dynamic symbol, empty where there is none.
func (d *Dynamic) SymbolName(index uint32) string {
	b := make([]byte, 24)
	if d.symtab == 0 || d.file.readAddress(d.symtab+uint64(index)*24, b) < len(b) {
		return ""
	}
	return d.file.cString(d.strtab + uint64(d.file.order.Uint32(b)))
}

// HasExports tells whether Exports can answer for this file.
func (d *Dynamic) HasExports() bool { return d.gnuHash != 0 && d.symtab != 0 && d.strtab != 0 }
