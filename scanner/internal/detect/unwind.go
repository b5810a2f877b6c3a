package detect

import "encoding/binary"

// unwindRecords counts the records of an .eh_frame section (LSB, chapter 10.6) in b, mapped at address, that describe
// functions in [start, end). A compiler writes them beside its code; code that was merely copied has none.
func unwindRecords(b []byte, address, start, end uint64) int {
	records := 0
	for at := 0; at+12 <= len(b); at += 4 {
		// A common record starts with its length, the id 0, version 1 and an augmentation that begins with z.
		if binary.LittleEndian.Uint32(b[at+4:]) != 0 || b[at+8] != 1 || b[at+9] != 'z' || b[at+10] != 'R' && b[at+10] != 'P' {
			continue
		}
		next, found := followRecords(b, at, address, start, end)
		records += found
		at = max(at, next-4)
	}
	return records
}

// followRecords walks from one common record to the end of its section; next is where that is.
func followRecords(b []byte, at int, address, start, end uint64) (next, records int) {
	const maxRecord = 1 << 16
	for at+16 <= len(b) {
		length := int(binary.LittleEndian.Uint32(b[at:]))
		if length < 8 || length > maxRecord || at+4+length > len(b) {
			break
		}
		if binary.LittleEndian.Uint32(b[at+4:]) != 0 {
			field := address + uint64(at) + 8
			near := field + uint64(int64(int32(binary.LittleEndian.Uint32(b[at+8:]))))
			far := field + binary.LittleEndian.Uint64(b[at+8:])
			if near >= start && near < end || far >= start && far < end {
				records++
			}
		}
		at += 4 + length
	}
	return at, records
}
