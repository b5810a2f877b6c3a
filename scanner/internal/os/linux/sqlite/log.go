package sqlite

import (
	"encoding/binary"
	"io"
)

const (
	logHeaderSize   = 32
	frameHeaderSize = 24
	logMagic        = 0x377f0682 // its last bit says in which order its sums read bytes
	logVersion      = 3_007_000
	// maxFrames bounds what is remembered of a log. SQLite empties it at about a thousand.
	maxFrames = 65_536
)

// log is the write-ahead log (section 4): pages that stand there count instead of those in the database.
type log struct {
	file   io.ReaderAt
	places map[uint32]int64
	pages  uint32 // of the database, after the last commit
}

func (l *log) place(number uint32) (int64, bool) {
	if l == nil {
		return 0, false
	}
	place, logged := l.places[number]
	return place, logged
}

// readLog reads up to the last commit. What follows is unfinished, or left from before the log began anew.
func readLog(file io.ReaderAt, size int64, page int) (*log, error) {
	l := &log{file: file, places: map[uint32]int64{}}
	header := make([]byte, logHeaderSize)
	if size < logHeaderSize {
		return l, nil
	}
	if _, err := file.ReadAt(header, 0); err != nil {
		return nil, err
	}
	magic := binary.BigEndian.Uint32(header)
	if magic&^1 != logMagic || binary.BigEndian.Uint32(header[4:]) != logVersion {
		return nil, malformed("a log of another kind")
	}
	if binary.BigEndian.Uint32(header[8:]) != uint32(page) {
		return nil, malformed("a log of other pages")
	}
	sums := sum{bigEndian: magic&1 == 1}
	sums.add(header[:24])
	if !sums.are(header[24:]) {
		return l, nil
	}
	frame := make([]byte, frameHeaderSize+page)
	waiting := map[uint32]int64{}
	for n, at := 0, int64(logHeaderSize); at+int64(len(frame)) <= size; n, at = n+1, at+int64(len(frame)) {
		if n == maxFrames {
			return nil, ErrLimit
		}
		if _, err := file.ReadAt(frame, at); err != nil {
			return nil, err
		}
		if string(frame[8:16]) != string(header[16:24]) {
			break
		}
		sums.add(frame[:8])
		sums.add(frame[frameHeaderSize:])
		if !sums.are(frame[16:24]) {
			break
		}
		waiting[binary.BigEndian.Uint32(frame)] = at + frameHeaderSize
		if pages := binary.BigEndian.Uint32(frame[4:]); pages != 0 {
			if pages > maxPages {
				return nil, ErrLimit
			}
			for number, place := range waiting {
				l.places[number] = place
			}
			clear(waiting)
			l.pages = pages
		}
	}
	return l, nil
}

// sum is the log's running check sum (4.2).
type sum struct {
	bigEndian bool
	a, b      uint32
}

func (s *sum) add(bytes []byte) {
	for ; len(bytes) >= 8; bytes = bytes[8:] {
		if s.bigEndian {
			s.a += binary.BigEndian.Uint32(bytes) + s.b
			s.b += binary.BigEndian.Uint32(bytes[4:]) + s.a
		} else {
			s.a += binary.LittleEndian.Uint32(bytes) + s.b
			s.b += binary.LittleEndian.Uint32(bytes[4:]) + s.a
		}
	}
}

func (s *sum) are(bytes []byte) bool {
	return binary.BigEndian.Uint32(bytes) == s.a && binary.BigEndian.Uint32(bytes[4:]) == s.b
}
