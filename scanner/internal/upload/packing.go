package upload

import (
	"bytes"
	"compress/gzip"

	"genehound/scanner/internal/wire"
)

func encode(body any) ([]byte, error) {
	var text bytes.Buffer
	err := wire.Encode(&text, body)
	return text.Bytes(), err
}

// packFrom is the size from which a message is worth compressing. Bytes.
const packFrom = 1 << 10

// encodePacked writes a message, compressed where it is worth that. What is compressed is never whole in memory as text:
// a list of many files or modules is ten times as long as what travels.
func encodePacked(body any) (content []byte, packed bool, err error) {
	var p packing
	if err := wire.Encode(&p, body); err != nil {
		return nil, false, err
	}
	if p.writer == nil {
		return p.buffer.Bytes(), false, nil
	}
	err = p.writer.Close()
	return p.buffer.Bytes(), true, err
}

// packing holds text back until it is known to be long, and compresses it from then on.
type packing struct {
	buffer bytes.Buffer
	writer *gzip.Writer
}

func (p *packing) Write(text []byte) (int, error) {
	if p.writer != nil {
		return p.writer.Write(text)
	}
	if p.buffer.Len()+len(text) < packFrom {
		return p.buffer.Write(text)
	}
	begun := bytes.Clone(p.buffer.Bytes())
	p.buffer.Reset()
	p.writer = gzip.NewWriter(&p.buffer)
	if _, err := p.writer.Write(begun); err != nil {
		return 0, err
	}
	return p.writer.Write(text)
}
