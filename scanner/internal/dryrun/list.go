// Package dryrun lists what a scan would send, and sends nothing.
package dryrun

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"genehound/scanner/internal/jsontext"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/wire"
)

// Totals sum up a listing.
type Totals struct {
	Messages     int
	MessageBytes uint64
	Artifacts    int
	// ArtifactBytes is the most that would leave, before compression: a server wants only what it lacks.
	ArtifactBytes uint64
}

// List is a Carrier that writes every message in full, and each artifact's origin with the ranges of addresses whose
// bytes it holds: as text, or as one JSON object a line.
type List struct {
	out    *bufio.Writer
	asJSON bool
	seen   map[wire.Artifact]bool
	totals Totals
}

var _ wire.Carrier = (*List)(nil)

// New writes to out.
func New(out io.Writer, asJSON bool) *List {
	return &List{out: bufio.NewWriterSize(out, 64<<10), asJSON: asJSON, seen: map[wire.Artifact]bool{}}
}

// Totals so far.
func (l *List) Totals() Totals { return l.totals }

// Problems are none: nothing is delivered.
func (l *List) Problems() []model.Problem { return nil }

// Binary is never called: what would be uploaded is listed by Send.
func (l *List) Binary(artifact wire.Artifact, _ func() (io.ReadCloser, error)) error {
	return fmt.Errorf("%s %s was never wanted", artifact.Layout, artifact.SHA256)
}

// Send lists one message and the artifacts that it offers, and wants none, so that no bytes are read for nothing.
func (l *List) Send(message wire.Message) ([]wire.Artifact, error) {
	var body bytes.Buffer
	if err := wire.Encode(&body, message.Body); err != nil {
		return nil, err
	}
	l.totals.Messages++
	l.totals.MessageBytes += uint64(body.Len())
	if err := l.message(message, bytes.TrimSpace(body.Bytes())); err != nil {
		return nil, err
	}
	for _, offer := range message.Offers {
		if l.seen[offer.Artifact] {
			continue
		}
		l.seen[offer.Artifact] = true
		l.totals.Artifacts++
		l.totals.ArtifactBytes += offer.Size
		if err := l.artifact(offer); err != nil {
			return nil, err
		}
	}
	return nil, l.out.Flush()
}

type messageLine struct {
	Message string       `json:"message"`
	Body    jsontext.Raw `json:"body"`
}

type artifactLine struct {
	Artifact string        `json:"artifact"`
	Layout   model.Layout  `json:"layout"`
	Route    string        `json:"route"`
	Size     uint64        `json:"size_in_bytes"`
	Path     string        `json:"path,omitempty"`
	PID      uint32        `json:"pid,omitempty"`
	Base     uint64        `json:"base_address,omitempty"`
	Ranges   []model.Range `json:"ranges,omitempty"`
}

func (l *List) message(message wire.Message, body []byte) error {
	if l.asJSON {
		return wire.Encode(l.out, messageLine{message.Route, body})
	}
	if _, err := fmt.Fprintf(l.out, "\nMessage %s (%d bytes)\n", message.Route, len(body)+1); err != nil {
		return err
	}
	return l.fields(message.Body)
}

// fields writes the items of each list one a line, and all else as it is.
func (l *List) fields(body any) error {
	return jsontext.Items(body, func(name string, item any) error {
		if _, err := fmt.Fprintf(l.out, "  %s ", name); err != nil {
			return err
		}
		return wire.Encode(l.out, item)
	})
}

func (l *List) artifact(offer wire.Offer) error {
	line := artifactLine{
		Artifact: offer.SHA256, Layout: offer.Layout, Route: offer.Route(), Size: offer.Size, Path: offer.Path,
	}
	if offer.Dump != nil {
		line.PID, line.Base, line.Ranges = offer.Dump.PID, offer.Dump.BaseAddress, offer.Dump.CollectedRanges
	}
	if l.asJSON {
		return wire.Encode(l.out, line)
	}
	if offer.Dump == nil {
		_, err := fmt.Fprintf(l.out, "Bytes   %s, %d bytes: the whole file %q\n", line.Artifact, line.Size, line.Path)
		return err
	}
	if _, err := fmt.Fprintf(l.out, "Bytes   %s, %d bytes: memory of process %d at %#x", line.Artifact, line.Size, line.PID, line.Base); err != nil {
		return err
	}
	for _, part := range line.Ranges {
		if _, err := fmt.Fprintf(l.out, "\n        %#x-%#x", part.Address, part.Address+part.Size); err != nil {
			return err
		}
	}
	return l.out.WriteByte('\n')
}
