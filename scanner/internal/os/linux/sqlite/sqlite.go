// Package sqlite reads the rows of a table of an SQLite database, and nothing else: no index, no query, no lock, no write.
// Of a row it never holds more than a page. The format is that of https://www.sqlite.org/fileformat2.html, whose
// numbered sections the comments name.
package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

var (
	// ErrFormat is that of what is no database of a kind that is read here.
	ErrFormat = errors.New("not an SQLite database that can be read")
	// ErrLimit is that of a database that leads to more reading than it has pages.
	ErrLimit = errors.New("it is larger than what is read")
)

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrFormat, what) }

const (
	headerSize = 100
	maxDepth   = 20
	// maxPages bounds a database to 16 GB of the usual pages.
	maxPages = 4 << 20
)

// Database is one file and the log of what was written after it. It is for one goroutine.
type Database struct {
	file io.ReaderAt
	log  *log
	page int // bytes of a page
	// usable are the bytes of a page that hold something (1.3.4).
	usable int
	pages  uint32
	budget int // pages that may still be read
}

// Open takes a database of that size, and the log beside it (NAME-wal, section 4), nil where there is none.
func Open(file io.ReaderAt, size int64, wal io.ReaderAt, walSize int64) (*Database, error) {
	header := make([]byte, headerSize)
	if size < headerSize {
		return nil, malformed("too short")
	}
	if _, err := file.ReadAt(header, 0); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(header, []byte("SQLite format 3\x00")) {
		return nil, malformed("another beginning")
	}
	page := int(binary.BigEndian.Uint16(header[16:]))
	if page == 1 {
		page = 65_536
	}
	usable := page - int(header[20])
	if page < 512 || page&(page-1) != 0 || usable < 480 {
		return nil, malformed("an impossible size of pages")
	}
	pages := size / int64(page)
	if pages > maxPages {
		return nil, ErrLimit
	}
	d := &Database{file: file, page: page, usable: usable, pages: uint32(pages)}
	if wal != nil && walSize > 0 {
		log, err := readLog(wal, walSize, page)
		if err != nil {
			return nil, err
		}
		d.log = log
		d.pages = max(d.pages, log.pages)
	}
	// Each page stands in one place; twice as many reads as pages are a tree that leads back to itself.
	d.budget = 2*int(d.pages) + 16
	return d, nil
}

// at reads a part of a page, numbered from 1.
func (d *Database) at(number uint32, offset int, into []byte) error {
	if number == 0 || number > d.pages || offset < 0 || offset+len(into) > d.page {
		return malformed("a page that is not there")
	}
	if place, logged := d.log.place(number); logged {
		_, err := d.log.file.ReadAt(into, place+int64(offset))
		return err
	}
	_, err := d.file.ReadAt(into, int64(number-1)*int64(d.page)+int64(offset))
	return err
}

func (d *Database) spend() error {
	if d.budget--; d.budget < 0 {
		return ErrLimit
	}
	return nil
}

// Table is the first page of a table, by the list of all tables on page 1 (2.6); 0 where there is none.
func (d *Database) Table(name string) (uint32, error) {
	root := uint32(0)
	err := d.Rows(1, func(row *Row) error {
		// type, name, tbl_name, rootpage, sql
		if len(row.Columns) < 4 || root != 0 {
			return nil
		}
		kind, err := row.text(0)
		if err != nil || kind != "table" {
			return err
		}
		called, err := row.text(1)
		if err != nil || called != name {
			return err
		}
		number, err := row.integer(3)
		if err == nil && number > 0 && number <= int64(d.pages) {
			root = uint32(number)
		}
		return err
	})
	return root, err
}

// Rows visits each row of the table that begins at a page, until visit fails. A row is valid within its visit.
func (d *Database) Rows(root uint32, visit func(*Row) error) error {
	return d.tree(root, 0, visit)
}

// Pages of a table's tree (1.6).
const (
	interiorPage = 5
	leafPage     = 13
)

func (d *Database) tree(number uint32, depth int, visit func(*Row) error) error {
	if depth > maxDepth {
		return malformed("a tree that is too deep")
	}
	if err := d.spend(); err != nil {
		return err
	}
	page := make([]byte, d.page)
	if err := d.at(number, 0, page); err != nil {
		return err
	}
	start := 0
	if number == 1 {
		start = headerSize
	}
	kind, cells := page[start], int(binary.BigEndian.Uint16(page[start+3:]))
	pointers := start + 8
	if kind == interiorPage {
		pointers = start + 12
	}
	if kind != interiorPage && kind != leafPage || pointers+2*cells > d.usable {
		return malformed("a page of another kind")
	}
	for i := 0; i < cells; i++ {
		at := int(binary.BigEndian.Uint16(page[pointers+2*i:]))
		if at < pointers || at+4 > d.usable {
			return malformed("a cell outside of its page")
		}
		var err error
		if kind == interiorPage {
			err = d.tree(binary.BigEndian.Uint32(page[at:]), depth+1, visit)
		} else {
			err = d.cell(page[:d.usable], at, visit)
		}
		if err != nil {
			return err
		}
	}
	if kind == interiorPage {
		return d.tree(binary.BigEndian.Uint32(page[start+8:]), depth+1, visit)
	}
	return nil
}

// cell is one row on a leaf: length, number of the row, what of it fits here, the page with the rest (1.6).
func (d *Database) cell(page []byte, at int, visit func(*Row) error) error {
	size, n := varint(page[at:])
	_, m := varint(page[at+n:])
	if n == 0 || m == 0 || size > uint64(d.pages)*uint64(d.usable) {
		return malformed("a row that is longer than the file")
	}
	at += n + m
	local := d.local(int(size))
	row := &Row{database: d, size: int64(size)}
	if at+local > len(page) {
		return malformed("a row outside of its page")
	}
	row.local = page[at : at+local]
	if local < int(size) {
		if at+local+4 > len(page) {
			return malformed("a row outside of its page")
		}
		if err := row.follow(binary.BigEndian.Uint32(page[at+local:])); err != nil {
			return err
		}
	}
	if err := row.parse(); err != nil {
		return err
	}
	return visit(row)
}

// local is how much of a row stands on its leaf (1.6, "the calculation").
func (d *Database) local(size int) int {
	most, least := d.usable-35, (d.usable-12)*32/255-23
	if size <= most {
		return size
	}
	if fitting := least + (size-least)%(d.usable-4); fitting <= most {
		return fitting
	}
	return least
}

// varint is a number of one to nine bytes (1.6); n is 0 where it does not end.
func varint(from []byte) (value uint64, n int) {
	for n < 8 {
		if n >= len(from) {
			return 0, 0
		}
		one := from[n]
		value = value<<7 | uint64(one&0x7f)
		n++
		if one < 0x80 {
			return value, n
		}
	}
	if n >= len(from) {
		return 0, 0
	}
	return value<<8 | uint64(from[n]), n + 1
}
