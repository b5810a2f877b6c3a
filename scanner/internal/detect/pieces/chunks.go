// Package pieces cuts the code in a region of memory into artifacts: it reads piece by piece, tests for code, and writes the pages
// that hold some, everything else zero. How memory is read is the caller's.
package pieces

import "genehound/scanner/internal/detect/codetest"

// Extent is a half-open range of addresses of whole pages that can be read.
type Extent struct{ Start, End uint64 }

// Visit takes a chunk of memory with what the test for code said of it.
type Visit func(address uint64, b []byte, result *codetest.Result) error

// Reader reads a region.
type Reader struct {
	PageSize uint64
	Buffer   []byte // of at least two pages: what is looked at at once
	Pace     func() error
	Read     func(address uint64, b []byte)
	// Classify tests the bytes at an address; final tells that the extent ends with them.
	Classify func(address uint64, b []byte, final bool) codetest.Result
}

// Chunks reads an extent from an address on, piece by piece, and classifies each. Pieces overlap by a page, so that text
// which crosses from one to the next is seen as such on both sides; visit gets every page once.
func (r *Reader) Chunks(extent Extent, from uint64, visit Visit) error {
	for address := max(extent.Start, from); address < extent.End; {
		if err := r.Pace(); err != nil {
			return err
		}
		lead := min(address-extent.Start, r.PageSize)
		start := address - lead
		size := min(extent.End-start, uint64(len(r.Buffer)))
		b := r.Buffer[:size]
		r.Read(start, b)
		final := start+size == extent.End
		result := r.Classify(start, b, final)
		end := size
		if !final {
			end = (size - r.PageSize) / r.PageSize * r.PageSize
		}
		result.Cut(int(lead), int(end))
		result.Shift(int(lead))
		if err := visit(address, b[lead:end], &result); err != nil {
			return err
		}
		address = start + end
	}
	return nil
}

// codePage is the page of the test for code, whatever the system's are.
const codePage = 4096

// Pages calls visit once for each page of 4096 bytes that holds code.
func Pages(code []codetest.Span, visit func(page int)) {
	last := -1
	for _, s := range code {
		for page := s.Start / codePage; page <= (s.End-1)/codePage; page++ {
			if page > last {
				visit(page)
				last = page
			}
		}
	}
}
