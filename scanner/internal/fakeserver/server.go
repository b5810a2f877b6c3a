// Package fakeserver is the server's side of the scan protocol for tests of the scanner: it answers as the protocol
// says, except where a test spoils it.
package fakeserver

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Key is the API key that it accepts.
const Key = "11111111-2222-3333-4444-555555555555"

// ScanPath is where the messages of its one scan go.
const ScanPath = "/scans/scans/the-scan/"

// Received is one body that arrived: of a message, or of an artifact after decompression.
type Received struct {
	Route, SHA256 string
	Size          uint64
}

// Server answers as the protocol says, except where a test spoils it.
type Server struct {
	mutex     sync.Mutex
	Requests  []string // "POST /path"
	Bodies    map[string][]byte
	Binaries  map[string]string // SHA-256 to route
	Received  []Received        // everything of the scan, in order
	Tokens    int
	Valid     string // the token that is accepted
	ExpiresIn time.Duration
	Wants     func(offered []string) []string

	// Known is what the server has of recalled messages, by hash; nil: it does not know the question.
	Known map[string][]byte

	// Spoil answers a request in another way and returns true, or returns false. n counts the requests to this
	// path from 1.
	Spoil func(w http.ResponseWriter, r *http.Request, n int) bool
	Seen  map[string]int
}

// New wants all that it is offered.
func New() *Server {
	return &Server{
		Bodies: map[string][]byte{}, Binaries: map[string]string{}, Seen: map[string]int{}, ExpiresIn: time.Hour,
		Wants: func(offered []string) []string { return offered },
	}
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	path := r.URL.Path
	s.Seen[path]++
	s.Requests = append(s.Requests, r.Method+" "+path)
	if s.Spoil != nil && s.Spoil(w, r, s.Seen[path]) {
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
	if r.Header.Get("Authorization") != "Bearer "+s.Valid {
		http.Error(w, `{"error":"invalid token"}`, http.StatusUnauthorized)
		return
	}
	body, err := bodyOf(r)
	if err != nil {
		http.Error(w, `{"error":"cut body"}`, http.StatusBadRequest)
		return
	}
	route, isScan := strings.CutPrefix(path, "/scans/scans/the-scan/")
	if isScan && route == "known-message" {
		s.recall(w, body)
		return
	}
	if isScan {
		sum := sha256.Sum256(body)
		s.Received = append(s.Received, Received{route, hex.EncodeToString(sum[:]), uint64(len(body))})
	}
	switch {
	case path == "/api/scans":
		s.Bodies["create"] = body
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"result":{"scan_id":"the-scan","analysis_id":"the-analysis"}}`)
	case isScan && strings.HasSuffix(route, "collected-binaries"):
		digest := sha256.Sum256(body)
		s.Binaries[hex.EncodeToString(digest[:])] = route
		io.WriteString(w, `{"result":{"status":"success"}}`)
	case isScan:
		s.Bodies[route] = body
		s.answer(w, route, body)
	default:
		http.NotFound(w, r)
	}
}

// recall takes a message that is only named, as if it had come.
func (s *Server) recall(w http.ResponseWriter, question []byte) {
	var asked struct{ Message, SHA256 string }
	if s.Known == nil || json.Unmarshal(question, &asked) != nil {
		http.Error(w, `{"error":"not found"}`, http.StatusNotFound)
		return
	}
	body, known := s.Known[asked.SHA256]
	if known {
		route := map[string]string{"autoruns_info": "autoruns-info", "scheduled_tasks_info": "scheduled-tasks-info"}[asked.Message]
		s.Received = append(s.Received, Received{route, asked.SHA256, uint64(len(body))})
		s.Bodies[route] = body
	}
	fmt.Fprintf(w, `{"result":{"known":%v}}`, known)
}

func (s *Server) giveToken(w http.ResponseWriter, r *http.Request) {
	var asked map[string]string
	if json.NewDecoder(r.Body).Decode(&asked) != nil || asked["api_key"] != Key {
		http.Error(w, `{"error":"Invalid API key"}`, http.StatusUnauthorized)
		return
	}
	s.Tokens++
	s.Valid = fmt.Sprintf("token-%d", s.Tokens)
	fmt.Fprintf(w, `{"result":%q,"expire_at":%d}`, s.Valid, time.Now().Add(s.ExpiresIn).Unix())
}

func (s *Server) answer(w http.ResponseWriter, route string, body []byte) {
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
	text, _ := json.Marshal(map[string]any{"result": s.Wants(offered)})
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

// Count tells how many requests went to the path.
func (s *Server) Count(path string) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.Seen[path]
}
