//go:build linux

package linux

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
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

// ReadPagemap hands on the runs of pages of [start, end) that are not absent, ascending; it calls pace now and then
// and ends with its error. Where the kernel lists runs itself it is asked to; else every page's entry is read, whose
// offset in the file is the page's number times eight.
func ReadPagemap(pagemap io.ReaderAt, start, end, pageSize uint64, pace func() error, visit func(PageRun) error) error {
	if file, ok := pagemap.(*os.File); ok {
		visited := false
		err := scanPagemap(file, start, end, pace, func(run PageRun) error { visited = true; return visit(run) })
		if !errors.Is(err, errNoScan) || visited {
			return err
		}
	}
	pooled := pagemapBuffers.Get().(*[pagemapChunk]byte)
	defer pagemapBuffers.Put(pooled)
	buffer := pooled[:]
	var run PageRun
	for address := start; address < end; {
		pages := min((end-address)/pageSize, pagemapChunk/8)
		if pages == 0 {
			break
		}
		if err := pace(); err != nil {
			return err
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
			next := PageRun{address, address + pageSize, pageState(binary.LittleEndian.Uint64(entries))}
			if err := extendRun(&run, next, visit); err != nil {
				return err
			}
			address += pageSize
		}
	}
	return flushRun(&run, visit)
}

// extendRun joins next to run where it continues it, and hands run on where it does not.
func extendRun(run *PageRun, next PageRun, visit func(PageRun) error) error {
	if next.State == run.State && run.End == next.Start {
		run.End = next.End
		return nil
	}
	if err := flushRun(run, visit); err != nil {
		return err
	}
	*run = next
	return nil
}

func flushRun(run *PageRun, visit func(PageRun) error) error {
	if run.State == PageAbsent || run.End == run.Start {
		return nil
	}
	return visit(*run)
}
