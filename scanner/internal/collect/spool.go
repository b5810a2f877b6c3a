package collect

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"genehound/scanner/internal/model"
)

// spool holds the bytes of artifacts from memory until it is known whether they are wanted. It is one file without
// a name: nothing stays behind, however the program ends, and its size costs no memory.
type spool struct {
	mutex     sync.Mutex
	file      *os.File
	size      int64
	artifacts map[key]place
	collected uint64 // bytes ever kept
	limit     uint64
}

type key struct {
	layout model.Layout
	sha256 string
}

type place struct{ offset, size int64 }

func newSpool(directory string, limit uint64) (*spool, error) {
	file, err := unnamedFile(directory)
	if err != nil {
		return nil, fmt.Errorf("no room for what is collected: %w", err)
	}
	return &spool{file: file, artifacts: map[key]place{}, limit: limit}, nil
}

func (s *spool) close() {
	s.file.Close()
	if !spoolIsUnnamed {
		os.Remove(s.file.Name())
	}
}

var errClosed = errors.New("the inspection was given up")

// store runs fill and keeps what it wrote. Only one artifact is written at a time; left is what the caller may still
// keep, valid is asked whether it may still write. Blocks of zeros cost no room and do not count.
func (s *spool) store(layout model.Layout, fill func(io.Writer) error, left *uint64, valid func() bool) (string, uint64, error) {
	// Written at the end of the file as it is now; if another inspection's artifact got there first, which happens
	// only when this one was given up meanwhile, nothing of this one is kept.
	s.mutex.Lock()
	// Bytes of an artifact that was given up may still be there; a hole must be one.
	if err := s.file.Truncate(s.size); err != nil {
		s.mutex.Unlock()
		return "", 0, err
	}
	w := &spoolWriter{spool: s, start: s.size, left: *left, valid: valid}
	s.mutex.Unlock()
	hash := sha256.New()
	buffered := spoolBuffers.Get().(*bufio.Writer)
	defer spoolBuffers.Put(buffered)
	buffered.Reset(io.MultiWriter(hash, w))
	err := fill(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return "", 0, err
	}
	sum := hex.EncodeToString(hash.Sum(nil))
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !valid() || s.size != w.start {
		return "", 0, errClosed
	}
	k := key{layout, sum}
	if _, known := s.artifacts[k]; !known && w.written > 0 {
		s.artifacts[k] = place{w.start, w.written}
		s.size += w.written
		s.collected += w.kept
		*left -= w.kept
	}
	return sum, uint64(w.written), nil
}

// spoolBuffers are as large as a block that may turn out to be all zeros.
var spoolBuffers = sync.Pool{New: func() any { return bufio.NewWriterSize(io.Discard, len(zeroBlock)) }}

type spoolWriter struct {
	spool   *spool
	start   int64
	written int64
	kept    uint64 // bytes of blocks that are not all zero
	left    uint64
	valid   func() bool
}

var zeroBlock [64 << 10]byte

func (w *spoolWriter) Write(b []byte) (int, error) {
	w.spool.mutex.Lock()
	defer w.spool.mutex.Unlock()
	if !w.valid() || w.spool.size != w.start {
		return 0, errClosed
	}
	if len(b) <= len(zeroBlock) && bytes.Equal(b, zeroBlock[:len(b)]) {
		w.written += int64(len(b))
		// The hole needs an end: a file is as long as what was written last.
		return len(b), w.spool.file.Truncate(w.start + w.written)
	}
	if kept := w.kept + uint64(len(b)); kept > w.left || w.spool.collected+kept > w.spool.limit {
		return 0, model.ErrLimit
	}
	n, err := w.spool.file.WriteAt(b, w.start+w.written)
	w.written += int64(n)
	w.kept += uint64(n)
	return n, err
}

// open reads one artifact. Nobody but this program should reach the file; its disk may fail all the same, so the bytes are checked.
func (s *spool) open(k key) (io.ReadCloser, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	p, known := s.artifacts[k]
	if !known {
		return nil, fmt.Errorf("no artifact %s is kept", k.sha256)
	}
	return &verifyingReader{reader: io.NopCloser(io.NewSectionReader(s.file, p.offset, p.size)), sum: k.sha256}, nil
}

// reset forgets everything that was delivered.
func (s *spool) reset() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.artifacts = map[key]place{}
	s.size = 0
	return s.file.Truncate(0)
}

func (s *spool) pending() int64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.size
}

func (s *spool) has(k key) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, known := s.artifacts[k]
	return known
}

func (s *spool) collectedBytes() uint64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.collected
}
