//go:build linux

package linux

import (
	"io"

	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/model"
)

// pieceWalker goes over a region's code once, and cuts it into artifacts. The bytes are classified again while
// they are written: what is written is exactly what passes, whatever the process does meanwhile.
type pieceWalker struct {
	inspection *inspection
	region     *looseRegion
	limit      *uint64 // budget of code pages in bytes, nil: none

	extent int
	at     uint64 // next address to look at within the extent
	done   bool
}

// start tells whether there may be more, and sets the walker on its first extent.
func (p *pieceWalker) start() bool {
	extents := p.region.source.extents
	for p.extent < len(extents) && p.at >= extents[p.extent].end {
		p.extent++
	}
	if p.done || p.extent >= len(extents) || p.limit != nil && *p.limit == 0 {
		return false
	}
	p.at = max(p.at, extents[p.extent].start)
	return true
}

// errPieceEnds stops the walk at the gap between two artifacts.
type pieceEnds struct{}

func (pieceEnds) Error() string { return "the piece ends" }

// write writes one artifact and fills in its record; nothing is written where no code is left.
func (p *pieceWalker) write(w io.Writer, out *piece) error {
	i, extents := p.inspection, p.region.source.extents
	for ; p.extent < len(extents); p.extent++ {
		extent := extents[p.extent]
		err := i.chunks(p.region, extent, p.at, func(address uint64, b []byte, result *codetest.Result) error {
			p.at = address
			masked := i.masked[:len(b)]
			codetest.Mask(masked, b, result.Code)
			if err := p.writePages(w, out, address, masked, result.Code); err != nil {
				return err
			}
			p.at = address + uint64(len(b))
			return nil
		})
		if _, ends := err.(pieceEnds); ends {
			return nil
		}
		if err != nil {
			return err
		}
		p.at = extent.end
	}
	return nil
}

// writePages appends the pages of one chunk that hold code, with zeros for those between.
func (p *pieceWalker) writePages(w io.Writer, out *piece, address uint64, masked []byte, code []codetest.Span) error {
	pageSize := p.inspection.system.pageSize
	var failure error
	visitPages(code, func(page int) {
		if failure != nil {
			return
		}
		offset := uint64(page) * 4096 / pageSize * pageSize
		start := address + offset
		end := min(start+pageSize, address+uint64(len(masked)))
		if start < p.at || start < out.end {
			return // written already
		}
		if out.end != 0 && start-out.end > splitGap {
			p.at = start
			failure = pieceEnds{}
			return
		}
		if p.limit != nil {
			if *p.limit < end-start {
				*p.limit, p.done, failure = 0, true, pieceEnds{}
				return
			}
			*p.limit -= end - start
		}
		if out.end == 0 {
			out.base, out.end = start, start
		}
		if failure = writeZeros(w, start-out.end); failure != nil {
			return
		}
		if _, failure = w.Write(masked[offset : end-address]); failure != nil {
			return
		}
		out.end = end
		out.collected += end - start
		out.note(start, end)
		p.at = end
	})
	return failure
}

// note keeps the ranges that were taken; beyond the bound neighbours are joined, which says too much, never too little.
func (out *piece) note(start, end uint64) {
	if n := len(out.ranges); n > 0 {
		last := &out.ranges[n-1]
		if last.Address+last.Size == start || n >= model.MaxCollectedRanges {
			last.Size = end - last.Address
			return
		}
	}
	out.ranges = append(out.ranges, model.Range{Address: start, Size: end - start})
}

var zeros [64 << 10]byte

func writeZeros(w io.Writer, n uint64) error {
	for n > 0 {
		part := min(n, uint64(len(zeros)))
		if _, err := w.Write(zeros[:part]); err != nil {
			return err
		}
		n -= part
	}
	return nil
}
