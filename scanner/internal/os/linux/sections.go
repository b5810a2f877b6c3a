//go:build linux

package linux

import (
	"bytes"

	"genehound/scanner/internal/detect/pe"
	"genehound/scanner/internal/model"
)

// maxHeads bounds the files whose beginnings are remembered for one process.
const maxHeads = 4096

// addHead remembers where a file's beginning is mapped.
func (i *inspection) addHead(m *Mapping) {
	if m.Offset == 0 && !m.Exec && !m.Deleted && m.Backing() == model.BackingFile && len(i.heads) < maxHeads {
		i.heads = append(i.heads, *m)
	}
}

// sectionOf names the Windows image that a region of anonymous memory is a section of, byte for byte: Wine reads sections
// into memory that do not lie in their file as they lie in memory. The headers are mapped from the file before it. One
// byte of difference, and it is code like any other; and it is collected and judged all the same.
func (i *inspection) sectionOf(r *looseRegion) (path string, ok bool) {
	if r.backing != model.BackingAnonymous {
		return "", false
	}
	var head *Mapping
	for k := range i.heads {
		if h := &i.heads[k]; h.Start < r.mapping.Start && (head == nil || h.Start > head.Start) {
			head = h
		}
	}
	if head == nil {
		return "", false
	}
	file, err := openMapping(i.target.PID, head)
	if err != nil {
		return "", false
	}
	defer file.Close()
	image, err := pe.ReadFile(file)
	if err != nil || r.mapping.End-head.Start > uint64(image.SizeOfImage) {
		return "", false
	}
	first := uint32(r.mapping.Start - head.Start)
	section := image.SectionAt(first)
	if section == nil || !section.Executable() || r.mapping.End-head.Start > uint64(section.RVA)+uint64(section.Span()) {
		return "", false
	}
	return head.Path, i.sameAsFile(r, image, first)
}

// sameAsFile compares the region's resident pages with the file.
func (i *inspection) sameAsFile(r *looseRegion, image *pe.File, first uint32) bool {
	pageSize := i.system.pageSize
	memory, original := make([]byte, pageSize), make([]byte, pageSize)
	compared := uint64(0)
	failed := r.source.failed
	for _, e := range r.source.extents {
		for at := e.start; at < e.end; at += pageSize {
			if i.pace() != nil {
				return false
			}
			r.source.read(at, memory)
			clear(original)
			image.ReadRVA(first+uint32(at-r.mapping.Start), original)
			if !bytes.Equal(memory, original) {
				return false
			}
			compared += pageSize
		}
	}
	i.recorder.CountRead(compared, compared)
	return compared > 0 && r.source.failed == failed
}
