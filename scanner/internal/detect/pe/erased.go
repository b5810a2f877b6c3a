package pe

import "bytes"

// minErased is how many plausible section headers in a row show a section table whose image header was erased.
const minErased = 3

// ErasedSections finds a section table in a page whose MZ and PE signatures were overwritten, as malware does to hide an
// image: a run of section headers that ascend without overlap, of which one is executable. size bounds their RVAs.
func ErasedSections(page []byte, size uint64) []Section {
	if len(bytes.Trim(page, "\x00")) < minErased*sectionSize/2 {
		return nil
	}
	for at := 64; at+minErased*sectionSize <= len(page); at += 4 {
		if sections := sectionRun(page[at:], size); sections != nil {
			return sections
		}
	}
	return nil
}

func sectionRun(b []byte, size uint64) []Section {
	var sections []Section
	end, executable := uint64(0), false
	for len(b) >= sectionSize && len(sections) < maxSections {
		s := parseSection(b)
		plausible := s.RVA >= PageSize && s.RVA%PageSize == 0 && s.VirtualSize > 0 && uint64(s.RVA) >= end &&
			uint64(s.RVA)+uint64(s.Span()) <= size && s.RawOffset%fileRound == 0 && u32(b, 24) == 0 && u32(b, 28) == 0 &&
			s.Characteristics&0xe000_0000 != 0 && printable(b[:8])
		if !plausible {
			break
		}
		end = uint64(s.RVA) + uint64(s.Span())
		executable = executable || s.Executable() && s.Characteristics&sectionCode != 0
		sections = append(sections, s)
		b = b[sectionSize:]
	}
	if len(sections) < minErased || !executable {
		return nil
	}
	return sections
}

// printable also takes an erased name.
func printable(name []byte) bool {
	for _, c := range bytes.TrimRight(name, "\x00") {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}
