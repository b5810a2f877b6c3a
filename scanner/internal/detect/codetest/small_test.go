package codetest

import (
	"encoding/binary"
	"math/rand"
	"testing"
)

// Short code as it is written at the start of memory that was mapped for it, all harmless.
var short = map[string][]byte{
	// exit(0): xor edi,edi; mov eax,60; syscall, with a frame around it
	"exit": []byte("\x55\x48\x89\xe5\x31\xff\xb8\x3c\x00\x00\x00\x0f\x05\x5d\xc3"),
	// getpid through a wrapper
	"getpid": []byte("\x48\x83\xec\x08\x31\xc0\xb0\x27\x0f\x05\x48\x83\xc4\x08\xc3"),
	// sum of an array
	"sum": []byte("\x31\xc0\x85\xf6\x74\x10\x48\x63\xd6\x48\x8d\x14\x97\x03\x07\x48\x83\xc7\x04\x48\x39\xd7\x75\xf5\xc3"),
}

func TestShortCodeAtAnEntry(t *testing.T) {
	for name, code := range short {
		page := make([]byte, pageSize)
		copy(page, code)
		result := Classify(X8664, page, Options{Final: true, Entry: true})
		if len(result.Code) != 1 || result.Code[0].Start != 0 || result.Code[0].End < len(code)-1 {
			t.Errorf("%s: %+v", name, result)
		}
		if elsewhere := Classify(X8664, page, Options{Final: true}); len(elsewhere.Code) != 0 {
			t.Errorf("%s passes where nobody asked for code: %+v", name, elsewhere)
		}
	}
}

// What else stands at the start of memory that happens to be executable: an allocator's header, pointers, text, noise.
func TestDataAtAnEntryIsRefused(t *testing.T) {
	random := rand.New(rand.NewSource(3))
	accepted := 0
	const tries = 20_000
	for try := 0; try < tries; try++ {
		page := make([]byte, 256)
		switch try % 4 {
		case 0:
			random.Read(page)
		case 1:
			for at := 0; at+8 <= len(page); at += 8 {
				binary.LittleEndian.PutUint64(page[at:], 0x7f00_0000_0000+uint64(random.Intn(1<<30))*16)
			}
		case 2:
			for at := 0; at+4 <= len(page); at += 4 {
				binary.LittleEndian.PutUint32(page[at:], uint32(random.Intn(1<<12)))
			}
		case 3:
			copy(page, draw(random, 250, "abcdefghijklmnopqrstuvwxyz ,.\x00\x00"))
		}
		if len(Classify(X8664, page, Options{Final: true, Entry: true}).Code) > 0 {
			accepted++
		}
	}
	t.Logf("%d of %d pass", accepted, tries)
	if accepted > tries/1000 {
		t.Errorf("%d of %d pass", accepted, tries)
	}
}
