package pieces

import (
	"errors"
	"io"

	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/model"
)

// splitGap separates two artifacts of one region: pages without code between them.
const splitGap = 64 << 10

// Piece is one artifact: pages of one region with at most splitGap between them. One without a hash was found and not kept.
type Piece struct {
	Base, End uint64
	Collected uint64 // bytes of pages that hold code
	SHA256    string
	Ranges    []model.Range
}

// Dump is the record of the artifact.
func (p *Piece) Dump(pid uint32) model.MemoryDump {
	return model.MemoryDump{
		BaseAddress: p.Base, PID: pid, SHA256: p.SHA256, DumpID: p.SHA256, DumpMethod: "virtual", IsFileless: true,
		Size: p.End - p.Base, CollectedRanges: p.Ranges,
	}
}

// Collect writes the region's code as artifacts. The bytes are classified again while they are written: what is written is
// exactly what passes, whatever the process does meanwhile. masked is room as large as the reader's buffer; limit, where given, is
// a budget of bytes of pages with code. With an error there may be pieces from before it.
func Collect(reader *Reader, extents []Extent, masked []byte, limit *uint64, recorder model.Recorder) ([]Piece, error) {
	w := &walk{reader: reader, extents: extents, masked: masked, limit: limit}
	var list []Piece
	for w.start() {
		p := Piece{}
		sha256, _, err := recorder.Store(model.LayoutRaw, func(target io.Writer) error { return w.write(target, &p) })
		if err != nil {
			return list, err
		}
		if p.End > p.Base {
			p.SHA256 = sha256
			list = append(list, p)
		}
	}
	return list, nil
}

// Sum is how many bytes of pages with code the pieces hold.
func Sum(list []Piece) (collected uint64) {
	for k := range list {
		collected += list[k].Collected
	}
	return collected
}

// Findings makes one finding of each piece, or of the whole region where none was kept.
func Findings(list []Piece, region *model.Region, like model.Finding) []model.Finding {
	if len(list) == 0 {
		list = []Piece{{Base: region.BaseAddress, End: region.BaseAddress + region.Size}}
	}
	var findings []model.Finding
	for k := range list {
		p := &list[k]
		one := like
		one.BaseAddress, one.Size, one.SHA256 = p.Base, p.End-p.Base, p.SHA256
		if p.SHA256 != "" {
			one.Layout = model.LayoutRaw
		}
		findings = append(findings, one)
	}
	return findings
}

// walk goes over a region's code once, and cuts it into artifacts.
type walk struct {
	reader  *Reader
	extents []Extent
	masked  []byte
	limit   *uint64

	extent int
	at     uint64 // next address to look at within the extent
	done   bool
}

// start tells whether there may be more, and sets the walk on its next extent.
func (w *walk) start() bool {
	for w.extent < len(w.extents) && w.at >= w.extents[w.extent].End {
		w.extent++
	}
	if w.done || w.extent >= len(w.extents) || w.limit != nil && *w.limit == 0 {
		return false
	}
	w.at = max(w.at, w.extents[w.extent].Start)
	return true
}

// errPieceEnds stops the walk at the gap between two artifacts.
var errPieceEnds = errors.New("the piece ends")

// write writes one artifact and fills in its record; nothing is written where no code is left.
func (w *walk) write(target io.Writer, out *Piece) error {
	for ; w.extent < len(w.extents); w.extent++ {
		extent := w.extents[w.extent]
		err := w.reader.Chunks(extent, w.at, func(address uint64, b []byte, result *codetest.Result) error {
			w.at = address
			masked := w.masked[:len(b)]
			codetest.Mask(masked, b, result.Code)
			if err := w.writePages(target, out, address, masked, result.Code); err != nil {
				return err
			}
			w.at = address + uint64(len(b))
			return nil
		})
		if errors.Is(err, errPieceEnds) {
			return nil
		}
		if err != nil {
			return err
		}
		w.at = extent.End
	}
	return nil
}

// writePages appends the system's pages of one chunk that hold code, with zeros for those between.
func (w *walk) writePages(target io.Writer, out *Piece, address uint64, masked []byte, code []codetest.Span) error {
	var failure error
	size := w.reader.PageSize
	Pages(code, func(page int) {
		if failure != nil {
			return
		}
		offset := uint64(page) * codePage / size * size
		start := address + offset
		end := min(start+size, address+uint64(len(masked)))
		if start < w.at || start < out.End {
			return // written already
		}
		if out.End != 0 && start-out.End > splitGap {
			w.at = start
			failure = errPieceEnds
			return
		}
		if w.limit != nil {
			if *w.limit < end-start {
				*w.limit, w.done, failure = 0, true, errPieceEnds
				return
			}
			*w.limit -= end - start
		}
		if out.End == 0 {
			out.Base, out.End = start, start
		}
		if failure = WriteZeros(target, start-out.End); failure != nil {
			return
		}
		if _, failure = target.Write(masked[offset : end-address]); failure != nil {
			return
		}
		out.End = end
		out.Collected += end - start
		out.Ranges = NoteRange(out.Ranges, start, end)
		w.at = end
	})
	return failure
}

// NoteRange keeps what was taken; beyond the bound neighbours are joined, which says too much, never too little.
func NoteRange(ranges []model.Range, start, end uint64) []model.Range {
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

// WriteZeros writes n zeros.
func WriteZeros(w io.Writer, n uint64) error {
	for n > 0 {
		part := min(n, uint64(len(zeros)))
		if _, err := w.Write(zeros[:part]); err != nil {
			return err
		}
		n -= part
	}
	return nil
}
