//go:build linux

package linux

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// span is a half-open range of addresses.
type span struct{ start, end uint64 }

// source reads a mapping without bringing a page into the process: what is a file's is read from the file, what
// is private from the process, and only pages that are there.
type source struct {
	mapping *Mapping
	mem     io.ReaderAt // /proc/PID/mem
	file    io.ReaderAt // nil: nothing but private pages
	// extents are the readable pages, ascending and apart; private are those of them to be read from mem.
	extents, private []span
	swapped          uint64 // bytes that only paging in could show
	readMemory       uint64 // counters
	readFile         uint64
	failed           uint64 // bytes that could not be read
}

// maxExtents bounds fragmented mappings.
const maxExtents = 200_000

var errFragmented = errors.New("more separate runs of pages than are read")

// want says which of a file's own pages belong to a source.
type want uint8

const (
	wantPrivate  want = iota // only the process's own copies
	wantResident             // and the file's pages that the process has touched
	wantWhole                // and all others that are no holes
)

// newSource looks at the page table and, for files without a name, at their holes. Where file is nil, everything
// that is resident is read from the process.
func newSource(m *Mapping, mem, pagemap io.ReaderAt, file *os.File, wanted want, pageSize uint64, pace func() error) (*source, error) {
	s := &source{mapping: m, mem: mem}
	var touched []span
	err := ReadPagemap(pagemap, m.Start, m.End, pageSize, pace, func(run PageRun) error {
		next := span{run.Start, run.End}
		switch {
		case run.State == PageSwapped:
			s.swapped += run.End - run.Start
			return nil
		case run.State == PageOfFile && m.Inode != 0 && wanted == wantPrivate:
			return nil
		case run.State == PageOfFile && file != nil, m.Shared && file != nil:
			touched = appendSpan(touched, next)
		default:
			s.private = appendSpan(s.private, next)
		}
		if len(s.private)+len(touched) > maxExtents {
			return errFragmented
		}
		return nil
	})
	if file != nil {
		s.file = file
	}
	if file != nil && wanted == wantWhole {
		touched = fileExtents(file, m, pageSize)
	}
	s.extents = mergeSpans(touched, s.private)
	return s, err
}

func appendSpan(spans []span, next span) []span {
	if n := len(spans); n > 0 && spans[n-1].end == next.start {
		spans[n-1].end = next.end
		return spans
	}
	return append(spans, next)
}

// fileExtents lists the mapped parts of a file that are not holes.
func fileExtents(file *os.File, m *Mapping, pageSize uint64) []span {
	const seekData, seekHole = 3, 4
	info, err := file.Stat()
	if err != nil || info.Size() <= 0 {
		return nil
	}
	end := min(m.Offset+m.Size(), uint64(info.Size()))
	var spans []span
	for at := m.Offset; at < end && len(spans) < maxExtents; {
		start, err := file.Seek(int64(at), seekData)
		if err != nil {
			if errors.Is(err, syscall.ENXIO) {
				break // nothing but a hole up to the end
			}
			return []span{{m.Start, m.Start + alignUp(end-m.Offset, pageSize)}}
		}
		stop, err := file.Seek(start, seekHole)
		if err != nil || uint64(stop) > end {
			stop = int64(end)
		}
		if uint64(start) >= end || stop <= start {
			break
		}
		from := m.Start + alignDown(uint64(start), pageSize) - m.Offset
		to := min(m.Start+alignUp(uint64(stop), pageSize)-m.Offset, m.End)
		spans = appendSpan(spans, span{from, to})
		at = uint64(stop)
	}
	return spans
}

func alignDown(v, size uint64) uint64 { return v / size * size }
func alignUp(v, size uint64) uint64   { return (v + size - 1) / size * size }

// mergeSpans unites two ascending lists.
func mergeSpans(a, b []span) []span {
	out := make([]span, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].start <= b[0].start {
			out, a = uniteSpan(out, a[0]), a[1:]
		} else {
			out, b = uniteSpan(out, b[0]), b[1:]
		}
	}
	return out
}

func uniteSpan(spans []span, next span) []span {
	if n := len(spans); n > 0 && next.start <= spans[n-1].end {
		spans[n-1].end = max(spans[n-1].end, next.end)
		return spans
	}
	return append(spans, next)
}

// read fills b with the bytes at address; what cannot be read is zero and counted.
func (s *source) read(address uint64, b []byte) {
	clear(b)
	end := address + uint64(len(b))
	if s.file != nil {
		n, _ := s.file.ReadAt(b, int64(address-s.mapping.Start+s.mapping.Offset))
		s.readFile += uint64(n)
		clear(b[n:])
	}
	for _, p := range s.private[firstAfter(s.private, address):] {
		if p.start >= end {
			break
		}
		from, to := max(p.start, address), min(p.end, end)
		part := b[from-address : to-address]
		n, _ := s.mem.ReadAt(part, int64(from))
		s.readMemory += uint64(n)
		if n < len(part) {
			s.failed += uint64(len(part) - n)
			clear(part[n:])
		}
	}
}

// firstAfter is the index of the first span that ends after address.
func firstAfter(spans []span, address uint64) int {
	low, high := 0, len(spans)
	for low < high {
		middle := (low + high) / 2
		if spans[middle].end > address {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}
