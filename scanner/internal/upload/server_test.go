package upload

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/wire"
)

const testKey = "11111111-2222-3333-4444-555555555555"

// fakeServer answers as the protocol says, except where a test spoils it.
type fakeServer struct {
	mutex     sync.Mutex
	requests  []string // "POST /path"
	bodies    map[string][]byte
	binaries  map[string]string // SHA-256 to route
	tokens    int
	valid     string // the token that is accepted
	expiresIn time.Duration
	wants     func(offered []string) []string

	// spoil answers a request in another way and returns true, or returns false. n counts the requests to this
	// path from 1.
	spoil func(w http.ResponseWriter, r *http.Request, n int) bool
	seen  map[string]int
}

func newFakeServer() *fakeServer {
	return &fakeServer{
		bodies: map[string][]byte{}, binaries: map[string]string{}, seen: map[string]int{}, expiresIn: time.Hour,
		wants: func(offered []string) []string { return offered },
	}
}

func (s *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	path := r.URL.Path
	s.seen[path]++
	s.requests = append(s.requests, r.Method+" "+path)
	if s.spoil != nil && s.spoil(w, r, s.seen[path]) {
		return
	}
	if path == "/api/v2-0/get-access-token" {
		s.giveToken(w, r)
		return
	}
	if path == "/api/is-available" {
		io.WriteString(w, `{"is_available":true}`)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+s.valid {
		http.Error(w, `{"error":"invalid token"}`, http.StatusUnauthorized)
		return
	}
	body, err := bodyOf(r)
	if err != nil {
		http.Error(w, `{"error":"cut body"}`, http.StatusBadRequest)
		return
	}
	route, isScan := strings.CutPrefix(path, "/scans/scans/the-scan/")
	switch {
	case path == "/api/scans":
		s.bodies["create"] = body
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"result":{"scan_id":"the-scan","analysis_id":"the-analysis"}}`)
	case isScan && strings.HasSuffix(route, "collected-binaries"):
		digest := sha256.Sum256(body)
		s.binaries[hex.EncodeToString(digest[:])] = route
		io.WriteString(w, `{"result":{"status":"success"}}`)
	case isScan:
		s.bodies[route] = body
		s.answer(w, route, body)
	default:
		http.NotFound(w, r)
	}
}

func (s *fakeServer) giveToken(w http.ResponseWriter, r *http.Request) {
	var asked map[string]string
	if json.NewDecoder(r.Body).Decode(&asked) != nil || asked["api_key"] != testKey {
		http.Error(w, `{"error":"Invalid API key"}`, http.StatusUnauthorized)
		return
	}
	s.tokens++
	s.valid = fmt.Sprintf("token-%d", s.tokens)
	fmt.Fprintf(w, `{"result":%q,"expire_at":%d}`, s.valid, time.Now().Add(s.expiresIn).Unix())
}

func (s *fakeServer) answer(w http.ResponseWriter, route string, body []byte) {
	list := map[string]string{"files-info": "files_info", "memory-module-dumps-info": "memory_module_dumps_info"}[route]
	if list == "" {
		io.WriteString(w, `{"result":{"status":"success"}}`)
		return
	}
	var message map[string][]struct{ SHA256 string }
	if err := json.Unmarshal(body, &message); err != nil {
		http.Error(w, `{"error":"no JSON"}`, http.StatusBadRequest)
		return
	}
	var offered []string
	for _, item := range message[list] {
		offered = append(offered, item.SHA256)
	}
	text, _ := json.Marshal(map[string]any{"result": s.wants(offered)})
	w.Write(text)
}

func bodyOf(r *http.Request) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(r.Body)
	}
	unpacked, err := gzip.NewReader(r.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unpacked)
}

// count tells how many requests went to the path.
func (s *fakeServer) count(path string) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.seen[path]
}

var quick = Pacing{
	FirstDelay: time.Millisecond, MaxDelay: 4 * time.Millisecond, Patience: 60 * time.Millisecond,
	Beginning: 20 * time.Millisecond, MaxRetryAfter: 5 * time.Millisecond, Stall: 5 * time.Second, Answer: 5 * time.Second,
}

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
	options := Options{Server: server, Key: testKey, Pacing: quick, Log: func(text string) { t.Log(text) }}
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
