package upload

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/wire"
)

// patient is for what must arrive in the end, on however busy a machine; hasty for what must be given up.
var (
	patient = Pacing{
		FirstDelay: time.Millisecond, MaxDelay: 4 * time.Millisecond, Patience: time.Minute, Beginning: time.Minute,
		MaxRetryAfter: 5 * time.Millisecond, Stall: time.Minute, Answer: time.Minute,
	}
	hasty = Pacing{
		FirstDelay: time.Millisecond, MaxDelay: 4 * time.Millisecond, Patience: 30 * time.Millisecond,
		Beginning: 20 * time.Millisecond, MaxRetryAfter: 5 * time.Millisecond, Stall: time.Minute, Answer: time.Minute,
	}
)

func hastily(o *Options) { o.Pacing = hasty }

func serve(t *testing.T, handler http.Handler) *url.URL {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return parse(t, server.URL)
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	address, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func newTestClient(t *testing.T, server *url.URL, change ...func(*Options)) *Client {
	t.Helper()
	options := Options{Server: server, Key: fakeserver.Key, Pacing: patient, Log: func(text string) { t.Log(text) }}
	for _, one := range change {
		one(&options)
	}
	client, err := NewClient(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// artifactOf makes bytes of a kind that compresses badly, so that an upload takes many pieces.
func artifactOf(layout model.Layout, seed byte, size int) (wire.Artifact, []byte) {
	data := make([]byte, size)
	state := uint32(seed) + 1
	for i := range data {
		state = state*1664525 + 1013904223
		data[i] = byte(state >> 24)
	}
	digest := sha256.Sum256(data)
	return wire.Artifact{Layout: layout, SHA256: hex.EncodeToString(digest[:])}, data
}

func opener(data []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

// scanned is a small scan: a library of 300 kB, a script that must never leave, and raw code.
type scanned struct {
	library, code wire.Artifact
	script        string
	bytes         map[string][]byte
}

func newScanned() *scanned {
	s := &scanned{script: strings.Repeat("ab", 32), bytes: map[string][]byte{}}
	var library, code []byte
	s.library, library = artifactOf(model.LayoutFile, 1, 300_000)
	s.code, code = artifactOf(model.LayoutRaw, 2, 8192)
	s.bytes[s.library.SHA256], s.bytes[s.code.SHA256] = library, code
	return s
}

// send plays the pass: every message in its order, every wanted artifact.
func (s *scanned) send(carrier wire.Carrier) error {
	sink := wire.NewSink(carrier)
	path := "/usr/bin/python3"
	first := []func() error{
		func() error { return sink.HostInfo(model.HostInfo{ComputerName: "host", SystemType: "64"}) },
		func() error {
			return sink.Identity(model.Identity{Version: model.MessageVersion, MachineID: "0123", HostName: "host"})
		},
		func() error { return sink.Processes([]model.Process{{PID: 7, PPID: 1, ProcessPath: &path}}) },
		func() error {
			return sink.LoadedModules([]model.ProcessModules{{PID: 7, Modules: []model.LoadedModule{{BaseAddress: 1 << 63, FilePath: &path}}}})
		},
	}
	for _, step := range first {
		if err := step(); err != nil {
			return err
		}
	}
	wanted, err := sink.Files([]model.FileInfo{
		{FilePath: "/lib/x.so", SHA256: s.library.SHA256, Size: 300_000, IsImage: true},
		{FilePath: "/root/script.py", SHA256: s.script, Size: 10},
	})
	if err := s.upload(sink, model.LayoutFile, wanted, err); err != nil {
		return err
	}
	wanted, err = sink.MemoryDumps([]model.MemoryDump{{BaseAddress: 0x7f00_0000_0000, PID: 7, SHA256: s.code.SHA256, IsFileless: true, Size: 8192}})
	if err := s.upload(sink, model.LayoutRaw, wanted, err); err != nil {
		return err
	}
	last := []func() error{
		func() error {
			return sink.Findings([]model.Finding{{Kind: model.FindingImplantedCode, PID: 7, BaseAddress: 0x7f00_0000_0000, Details: "anonymous code"}})
		},
		func() error { return sink.Coverage(model.Coverage{Version: model.MessageVersion, Complete: true}) },
		func() error { return sink.End(model.End{Reason: model.EndDone, EndTime: 1}) },
	}
	for _, step := range last {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanned) upload(sink *wire.Sink, layout model.Layout, wanted []string, err error) error {
	for _, hash := range wanted {
		if err == nil {
			err = sink.Binary(layout, hash, opener(s.bytes[hash]))
		}
	}
	return err
}
