package sqlite

import (
	"encoding/binary"
	"io"
)

// Column says where one value of a row stands and of which serial type (2.1) it is.
type Column struct {
	Type   uint64
	Offset int64
	Size   int64
}

// IsBlob tells whether the value is bytes.
func (c Column) IsBlob() bool { return c.Type >= 12 && c.Type%2 == 0 }

func (c Column) isText() bool { return c.Type >= 13 && c.Type%2 == 1 }

// Row is one row, read where it stands. It is an io.ReaderAt over its record.
type Row struct {
	Columns  []Column
	database *Database
	size     int64
	local    []byte
	overflow []uint32 // pages that hold the rest, in order
}

// follow lists the pages that a row goes on at (1.7).
func (r *Row) follow(next uint32) error {
	each := int64(r.database.usable - 4)
	count := (r.size - int64(len(r.local)) + each - 1) / each
	var pointer [4]byte
	for ; count > 0; count-- {
		if err := r.database.spend(); err != nil {
			return err
		}
		if err := r.database.at(next, 0, pointer[:]); err != nil {
			return err
		}
		r.overflow = append(r.overflow, next)
		next = binary.BigEndian.Uint32(pointer[:])
	}
	return nil
}

// ReadAt reads of the record, header included.
func (r *Row) ReadAt(into []byte, offset int64) (int, error) {
	done := 0
	for done < len(into) {
		at := offset + int64(done)
		if at < 0 || at >= r.size {
			return done, io.EOF
		}
		if at < int64(len(r.local)) {
			done += copy(into[done:], r.local[at:])
			continue
		}
		each := int64(r.database.usable - 4)
		rest := at - int64(len(r.local))
		piece := min(int64(len(into)-done), each-rest%each, r.size-at)
		err := r.database.at(r.overflow[rest/each], 4+int(rest%each), into[done:done+int(piece)])
		if err != nil {
			return done, err
		}
		done += int(piece)
	}
	return done, nil
}

// maxColumns is more than any table has that is read here.
const maxColumns = 64

// parse reads the record's header: its length, then one type for each column (2.1).
func (r *Row) parse() error {
	header := make([]byte, min(r.size, 9*(maxColumns+1)))
	if _, err := r.ReadAt(header, 0); err != nil {
		return err
	}
	length, n := varint(header)
	if n == 0 || length > uint64(len(header)) || length < uint64(n) {
		return malformed("a row without a header")
	}
	offset := int64(length)
	for at := n; at < int(length); {
		kind, n := varint(header[at:length])
		size, ok := sizeOf(kind)
		if n == 0 || !ok || size > r.size-offset || len(r.Columns) == maxColumns {
			return malformed("a row that does not hold what it says")
		}
		r.Columns = append(r.Columns, Column{Type: kind, Offset: offset, Size: size})
		offset += size
		at += n
	}
	return nil
}

// sizeOf is the length of a value of a serial type (2.1).
func sizeOf(kind uint64) (int64, bool) {
	switch {
	case kind <= 4:
		return int64(kind), true
	case kind == 5:
		return 6, true
	case kind <= 7:
		return 8, true
	case kind <= 9:
		return 0, true
	case kind <= 11 || kind > 1<<40:
		return 0, false
	default:
		return int64(kind-12) / 2, true
	}
}

const maxText = 4096

func (r *Row) text(column int) (string, error) {
	c := r.Columns[column]
	if !c.isText() || c.Size > maxText {
		return "", nil
	}
	text := make([]byte, c.Size)
	_, err := r.ReadAt(text, c.Offset)
	return string(text), err
}

func (r *Row) integer(column int) (int64, error) {
	c := r.Columns[column]
	switch {
	case c.Type == 9:
		return 1, nil
	case c.Type < 1 || c.Type > 6:
		return 0, nil
	}
	var bytes [8]byte
	if _, err := r.ReadAt(bytes[8-c.Size:], c.Offset); err != nil {
		return 0, err
	}
	shift := 64 - 8*uint(c.Size)
	return int64(binary.BigEndian.Uint64(bytes[:])<<shift) >> shift, nil
}

// Blob is the reader of a column's bytes.
func (r *Row) Blob(column Column) *io.SectionReader {
	return io.NewSectionReader(r, column.Offset, column.Size)
}
