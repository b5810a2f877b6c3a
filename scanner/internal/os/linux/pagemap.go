//go:build linux

package linux

import (
	"encoding/binary"
	"io"
	"sync"
)

// Bits of a /proc/PID/pagemap entry (Documentation/admin-guide/mm/pagemap.rst).
const (
	pagePresent = 1 << 63
	pageSwapped = 1 << 62
	pageFile    = 1 << 61 // of a file, or shared anonymous
)

// PageState is what the page table says about one page.
type PageState uint8

const (
	PageAbsent    PageState = iota
	PageOfFile              // present, and the file's own
	PageAnonymous           // present, and private: where a file is mapped, a changed copy
	PageSwapped             // private, but swapped out: reading would page it in
)

func pageState(entry uint64) PageState {
	switch {
	case entry&pagePresent != 0 && entry&pageFile != 0:
		return PageOfFile
	case entry&pagePresent != 0:
		return PageAnonymous
	case entry&pageSwapped != 0 && entry&pageFile == 0:
		return PageSwapped
	default:
		return PageAbsent
	}
}

// PageRun is a run of pages in one state.
type PageRun struct {
	Start, End uint64 // addresses
	State      PageState
}

// pagemapChunk bounds one read: 8 bytes a page, 16 MiB of address space.
const pagemapChunk = 32 << 10

var pagemapBuffers = sync.Pool{New: func() any { return new([pagemapChunk]byte) }}

// ReadPagemap hands on the runs of pages of [start, end) that are not absent, ascending. The file's offset of a
// page's entry is its number times eight.
func ReadPagemap(pagemap io.ReaderAt, start, end, pageSize uint64, visit func(PageRun) error) error {
	pooled := pagemapBuffers.Get().(*[pagemapChunk]byte)
	defer pagemapBuffers.Put(pooled)
	buffer := pooled[:]
	var run PageRun
	flush := func() error {
		if run.State == PageAbsent || run.End == run.Start {
			return nil
		}
		return visit(run)
	}
	for address := start; address < end; {
		pages := min((end-address)/pageSize, pagemapChunk/8)
		if pages == 0 {
			break
		}
		entries := buffer[:pages*8]
		n, err := pagemap.ReadAt(entries, int64(address/pageSize*8))
		if n < len(entries) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		for ; len(entries) >= 8; entries = entries[8:] {
			state := pageState(binary.LittleEndian.Uint64(entries))
			if state == run.State && run.End == address {
				run.End += pageSize
			} else {
				if err := flush(); err != nil {
					return err
				}
				run = PageRun{Start: address, End: address + pageSize, State: state}
			}
			address += pageSize
		}
	}
	return flush()
}
