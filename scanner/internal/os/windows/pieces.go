package windows

import (
	"errors"
	"io"

	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/model"
)

// pieceWalk goes over a region's code once, and cuts it into artifacts.
type pieceWalk struct {
	inspection *inspection
	region     *looseRegion
	limit      *uint64 // budget of code pages in bytes, nil: none

	extent int
	at     uint64 // next address to look at within the extent
	done   bool
}

// start tells whether there may be more, and sets the walk on its next extent.
func (p *pieceWalk) start() bool {
	extents := p.region.extents
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
var errPieceEnds = errors.New("the piece ends")

// write writes one artifact and fills in its record; nothing is written where no code is left.
func (p *pieceWalk) write(w io.Writer, out *piece) error {
	i, extents := p.inspection, p.region.extents
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
		if errors.Is(err, errPieceEnds) {
			return nil
		}
		if err != nil {
			return err
		}
		p.at = extent.end
		if p.extent+1 < len(extents) {
			p.at = extents[p.extent+1].start
		}
	}
	return nil
}

// writePages appends the pages of one chunk that hold code, with zeros for those between.
func (p *pieceWalk) writePages(w io.Writer, out *piece, address uint64, masked []byte, code []codetest.Span) error {
	var failure error
	visitPages(code, func(page int) {
		if failure != nil {
			return
		}
		offset := uint64(page) * pageSize
		start := address + offset
		end := min(start+pageSize, address+uint64(len(masked)))
		if start < p.at || start < out.end {
			return // written already
		}
		if out.end != 0 && start-out.end > splitGap {
			p.at = start
			failure = errPieceEnds
			return
		}
		if p.limit != nil {
			if *p.limit < end-start {
				*p.limit, p.done, failure = 0, true, errPieceEnds
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
		out.ranges = noteRange(out.ranges, start, end)
		p.at = end
	})
	return failure
}

// noteRange keeps what was taken; beyond the bound neighbours are joined, which says too much, never too little.
func noteRange(ranges []model.Range, start, end uint64) []model.Range {
	if n := len(ranges); n > 0 {
		last := &ranges[n-1]
		if last.Address+last.Size == start || n >= model.MaxCollectedRanges {
			last.Size = end - last.Address
			return ranges
		}
	}
	return append(ranges, model.Range{Address: start, Size: end - start})
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
