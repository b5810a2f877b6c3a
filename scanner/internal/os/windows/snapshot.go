package windows

import "encoding/binary"

// parseThreads reads the kernel's list of processes with their threads (SYSTEM_PROCESS_INFORMATION, 64-bit).
func parseThreads(b []byte) map[uint32][]thread {
	const header, entry, maxThreads = 0x100, 0x50, 1 << 20
	byPID := map[uint32][]thread{}
	for total := 0; len(b) >= header; {
		next, count := int(binary.LittleEndian.Uint32(b)), int(binary.LittleEndian.Uint32(b[4:]))
		pid := uint32(binary.LittleEndian.Uint64(b[0x50:]))
		for k := 0; k < count && header+(k+1)*entry <= len(b) && total < maxThreads; k++ {
			t := b[header+k*entry:]
			byPID[pid] = append(byPID[pid], thread{
				id: uint32(binary.LittleEndian.Uint64(t[0x30:])), start: binary.LittleEndian.Uint64(t[0x20:]),
				state: binary.LittleEndian.Uint32(t[0x44:]), waitReason: binary.LittleEndian.Uint32(t[0x48:]),
			})
			total++
		}
		if next < header || next > len(b) {
			break
		}
		b = b[next:]
	}
	return byPID
}
