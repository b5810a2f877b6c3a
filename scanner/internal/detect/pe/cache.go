package pe

import "io"

const (
	cacheBlock  = 16 << 10
	cacheBlocks = 8
)

// Cached reads through a few blocks that it keeps: tables of names are read in many small steps. It serves one goroutine.
type Cached struct {
	reader io.ReaderAt
	blocks [cacheBlocks]block
	next   int
}

type block struct {
	offset int64
	bytes  []byte
}

// NewCached reads through r.
func NewCached(r io.ReaderAt) *Cached { return &Cached{reader: r} }

// ReadAt reads what is there.
func (c *Cached) ReadAt(b []byte, offset int64) (int, error) {
	if len(b) >= cacheBlock || offset < 0 {
		return c.reader.ReadAt(b, offset)
	}
	total := 0
	for total < len(b) {
		held := c.block((offset + int64(total)) / cacheBlock * cacheBlock)
		within := int(offset+int64(total)) % cacheBlock
		if within >= len(held) {
			return total, io.EOF
		}
		total += copy(b[total:], held[within:])
	}
	return total, nil
}

func (c *Cached) block(offset int64) []byte {
	for i := range c.blocks {
		if c.blocks[i].bytes != nil && c.blocks[i].offset == offset {
			return c.blocks[i].bytes
		}
	}
	one := &c.blocks[c.next%cacheBlocks]
	c.next++
	if cap(one.bytes) < cacheBlock {
		one.bytes = make([]byte, cacheBlock)
	}
	n, _ := c.reader.ReadAt(one.bytes[:cacheBlock], offset)
	one.offset, one.bytes = offset, one.bytes[:n]
	return one.bytes
}
