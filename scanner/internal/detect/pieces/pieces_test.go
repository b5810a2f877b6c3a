package pieces

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand"
	"testing"

	"genehound/scanner/internal/detect/codetest"
	"genehound/scanner/internal/model"
)

// memoryRecorder keeps artifacts by their hash.
type memoryRecorder struct{ kept map[string][]byte }

func (r memoryRecorder) Store(_ model.Layout, fill func(io.Writer) error) (string, uint64, error) {
	var b bytes.Buffer
	if err := fill(&b); err != nil {
		return "", 0, err
	}
	sum := sha256.Sum256(b.Bytes())
	name := hex.EncodeToString(sum[:])
	r.kept[name] = append([]byte{}, b.Bytes()...)
	return name, uint64(b.Len()), nil
}
func (memoryRecorder) Pace(context.Context) error { return nil }
func (memoryRecorder) CountRead(_, _ uint64)      {}

const regionStart = uint64(0x10_0000)

// readerOf reads made-up memory, in which every byte but zero is code.
func readerOf(memory []byte, pageSize uint64) *Reader {
	return &Reader{
		PageSize: pageSize, Buffer: make([]byte, 4*pageSize), Pace: func() error { return nil },
		Read: func(address uint64, b []byte) { copy(b, memory[address-regionStart:]) },
		Classify: func(_ uint64, b []byte, _ bool) (result codetest.Result) {
			for at := 0; at < len(b); at++ {
				if b[at] == 0 {
					continue
				}
				if n := len(result.Code); n > 0 && result.Code[n-1].End == at {
					result.Code[n-1].End++
				} else {
					result.Code = append(result.Code, codetest.Span{Start: at, End: at + 1})
				}
			}
			result.Next = len(b)
			return result
		},
	}
}

// TestEveryPageWithCodeIsInOnePiece: whatever the layout is, what the pieces say they took is where the code is, and is it.
func TestEveryPageWithCodeIsInOnePiece(t *testing.T) {
	for seed := int64(0); seed < 300; seed++ {
		source := rand.New(rand.NewSource(seed))
		pageSize := uint64(4096) << (2 * source.Intn(2))
		memory := make([]byte, pageSize*uint64(1+source.Intn(120)))
		for n := source.Intn(12); n > 0; n-- {
			at := source.Intn(len(memory))
			for k := at; k < min(len(memory), at+source.Intn(20_000)); k++ {
				memory[k] = byte(1 + k%255)
			}
		}
		var extents []Extent
		for at := uint64(0); at < uint64(len(memory)); {
			end := min(uint64(len(memory)), at+pageSize*uint64(1+source.Intn(40)))
			extents = append(extents, Extent{regionStart + at, regionStart + end})
			at = end + pageSize*uint64(source.Intn(3))
		}
		recorder := memoryRecorder{map[string][]byte{}}
		list, err := Collect(readerOf(memory, pageSize), extents, make([]byte, 4*pageSize), nil, recorder)
		if err != nil {
			t.Fatal(err)
		}
		check(t, seed, memory, pageSize, extents, list, recorder)
	}
}

func check(t *testing.T, seed int64, memory []byte, pageSize uint64, extents []Extent, list []Piece, recorder memoryRecorder) {
	t.Helper()
	taken := map[uint64]bool{}
	for k, p := range list {
		content := recorder.kept[p.SHA256]
		if uint64(len(content)) != p.End-p.Base || k > 0 && p.Base-list[k-1].End <= splitGap {
			t.Fatalf("seed %d: %+v", seed, p)
		}
		for _, r := range p.Ranges {
			for at := r.Address; at < r.Address+r.Size; at += pageSize {
				taken[at] = true
				if !bytes.Equal(content[at-p.Base:at-p.Base+pageSize], memory[at-regionStart:at-regionStart+pageSize]) {
					t.Fatalf("seed %d: the page at %#x is another", seed, at)
				}
			}
		}
	}
	pages := uint64(0)
	for _, e := range extents {
		for at := e.Start; at < e.End; at += pageSize {
			code := len(bytes.Trim(memory[at-regionStart:at-regionStart+pageSize], "\x00")) > 0
			if code != taken[at] {
				t.Fatalf("seed %d: page %#x: code %v, taken %v", seed, at, code, taken[at])
			}
			if code {
				pages++
			}
		}
	}
	if Sum(list) != pages*pageSize {
		t.Fatalf("seed %d: %d bytes said, %d pages", seed, Sum(list), pages)
	}
}

func TestABudgetAndARefusalEndTheWalk(t *testing.T) {
	memory := bytes.Repeat([]byte{7}, 10*4096)
	extents := []Extent{{regionStart, regionStart + 10*4096}}
	limit := uint64(3*4096 + 100)
	list, err := Collect(readerOf(memory, 4096), extents, make([]byte, 4*4096), &limit, memoryRecorder{map[string][]byte{}})
	if err != nil || Sum(list) != 3*4096 || limit != 0 {
		t.Errorf("got %+v, %v, %d left", list, err, limit)
	}
	reader := readerOf(memory, 4096)
	late := errors.New("time is over")
	reader.Pace = func() error { return late }
	if _, err := Collect(reader, extents, make([]byte, 4*4096), nil, memoryRecorder{map[string][]byte{}}); !errors.Is(err, late) {
		t.Errorf("got %v", err)
	}
	whole := Findings(nil, &model.Region{BaseAddress: 5, Size: 6}, model.Finding{Details: "x"})
	if len(whole) != 1 || whole[0].BaseAddress != 5 || whole[0].Size != 6 || whole[0].Layout != "" || whole[0].Details != "x" {
		t.Errorf("got %+v", whole)
	}
}
