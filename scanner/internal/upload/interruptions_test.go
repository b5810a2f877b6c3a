package upload

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/wire"
)

// TestInterruptions spoils the first attempts of every request in turn; the scan must arrive all the same, whole.
func TestInterruptions(t *testing.T) {
	interruptions := map[string]func(t *testing.T, w http.ResponseWriter, r *http.Request){
		"500": func(_ *testing.T, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"503 with Retry-After": func(_ *testing.T, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(503)
		},
		"429": func(_ *testing.T, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
		},
		"cut before the body": func(t *testing.T, w http.ResponseWriter, _ *http.Request) { hijack(t, w) },
		"cut within the body": func(t *testing.T, w http.ResponseWriter, r *http.Request) {
			if _, err := io.CopyN(io.Discard, r.Body, 100); err != nil && !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			hijack(t, w)
		},
		"cut after the body": func(t *testing.T, w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Error(err)
			}
			hijack(t, w)
		},
		"truncated answer": func(_ *testing.T, w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"result":`)
		},
	}
	for name, spoil := range interruptions {
		t.Run(name, func(t *testing.T) {
			server, scan := fakeserver.New(), newScanned()
			server.Spoil = func(w http.ResponseWriter, r *http.Request, n int) bool {
				if n > 2 {
					return false
				}
				spoil(t, w, r)
				return true
			}
			network := begin(t, server)
			if err := scan.send(network); err != nil {
				t.Fatal(err)
			}
			if len(server.Binaries) != 2 || len(server.Bodies) != 10 || len(network.Problems()) != 0 {
				t.Errorf("got %v, %d messages, %v", server.Binaries, len(server.Bodies), network.Problems())
			}
		})
	}
}

func TestAnAnswerThatIsNoJSONIsAskedForAgain(t *testing.T) {
	server := fakeserver.New()
	server.Spoil = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if n == 1 && strings.HasSuffix(r.URL.Path, "files-info") {
			io.WriteString(w, "<html>welcome to this hotel's network</html>")
			return true
		}
		return false
	}
	if err := newScanned().send(begin(t, server)); err != nil || len(server.Binaries) != 2 {
		t.Errorf("got %v, %v", err, server.Binaries)
	}
}

func TestARefusedItemIsAProblemAndTheScanGoesOn(t *testing.T) {
	server := fakeserver.New()
	server.Spoil = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		switch strings.TrimPrefix(r.URL.Path, fakeserver.ScanPath) {
		case "file-system/collected-binaries":
			http.Error(w, `{"error":"larger than 1 byte"}`, http.StatusRequestEntityTooLarge)
		case "findings-info":
			http.Error(w, `{"error":"no such message"}`, http.StatusBadRequest)
		default:
			return false
		}
		return true
	}
	network := begin(t, server)
	if err := newScanned().send(network); err != nil {
		t.Fatal(err)
	}
	problems := network.Problems()
	if len(problems) != 2 || problems[0].Code != model.ReasonLimit || problems[1].Code != model.ReasonIOError {
		t.Fatalf("got %v", problems)
	}
	var message struct {
		Coverage model.Coverage `json:"coverage_info"`
	}
	if err := json.Unmarshal(server.Bodies["coverage-info"], &message); err != nil {
		t.Fatal(err)
	}
	if message.Coverage.Complete || len(message.Coverage.Problems) != 2 || !strings.Contains(message.Coverage.Problems[0].Message, "larger than 1 byte") {
		t.Errorf("got %+v", message.Coverage)
	}
}

func TestAnUploadThatTheServerAlwaysCutsIsAProblemOfThatUpload(t *testing.T) {
	server := fakeserver.New()
	server.Spoil = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, "file-system/collected-binaries") {
			hijack(t, w)
			return true
		}
		return false
	}
	network := begin(t, server, hastily)
	if err := newScanned().send(network); err != nil {
		t.Fatal(err)
	}
	if len(network.Problems()) != 1 || len(server.Binaries) != 1 || server.Count(fakeserver.ScanPath+"end") != 1 {
		t.Errorf("got %v %v", network.Problems(), server.Binaries)
	}
}

func TestARefusedMandatoryMessageEndsDelivery(t *testing.T) {
	server := fakeserver.New()
	server.Spoil = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, "processes-info") {
			http.Error(w, `{"error":"unknown scan"}`, http.StatusNotFound)
			return true
		}
		return false
	}
	err := newScanned().send(begin(t, server))
	var lost *UndeliverableError
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), "unknown scan") {
		t.Errorf("got %v", err)
	}
}

func TestBytesThatCannotBeReadAreAProblemAndNotSentAgain(t *testing.T) {
	server, scan := fakeserver.New(), newScanned()
	network := begin(t, server)
	opens := 0
	broken := func() (io.ReadCloser, error) {
		opens++
		data := io.MultiReader(strings.NewReader(strings.Repeat("x", 200_000)), iotest.ErrReader(model.ErrChanged))
		return io.NopCloser(data), nil
	}
	network.offered[scan.library] = true
	if err := network.Binary(scan.library, broken); err != nil {
		t.Fatal(err)
	}
	gone := func() (io.ReadCloser, error) { opens++; return nil, model.ErrChanged }
	if err := network.Binary(scan.library, gone); err != nil {
		t.Fatal(err)
	}
	if opens != 2 || len(network.Problems()) != 2 || len(server.Binaries) != 0 {
		t.Errorf("opened %d times, %v, %v", opens, network.Problems(), server.Binaries)
	}
}

func TestAServerThatNeverAnswersIsGivenUp(t *testing.T) {
	release := make(chan struct{})
	silent := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-release })
	client := newTestClient(t, serve(t, silent), func(o *Options) {
		o.Pacing.Answer, o.Pacing.Stall, o.Pacing.Beginning = 10*time.Millisecond, 10*time.Millisecond, time.Millisecond
	})
	t.Cleanup(func() { close(release) })
	err := client.Authenticate(context.Background())
	if !errors.Is(err, errStalled) {
		t.Errorf("got %v", err)
	}
}

// A server that cuts an upload and then never says whether it is there must not hold the scanner.
func TestASilentServerIsOutOfReach(t *testing.T) {
	release := make(chan struct{})
	server := fakeserver.New()
	server.Spoil = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		switch {
		case strings.HasSuffix(r.URL.Path, "file-system/collected-binaries"):
			hijack(t, w)
			return true
		case strings.HasSuffix(r.URL.Path, "is-available"):
			<-release
			return true
		}
		return false
	}
	network := begin(t, server, hastily, func(o *Options) { o.Pacing.Answer = 50 * time.Millisecond })
	t.Cleanup(func() { close(release) })
	done := make(chan error, 1)
	go func() { done <- newScanned().send(network) }()
	select {
	case err := <-done:
		var lost *UndeliverableError
		if !errors.As(err, &lost) {
			t.Errorf("got %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it waits for ever")
	}
}

func TestCancellingEndsDeliveryAtOnce(t *testing.T) {
	server := fakeserver.New()
	ctx, cancel := context.WithCancel(context.Background())
	server.Spoil = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		cancel()
		w.WriteHeader(503)
		return true
	}
	client := newTestClient(t, serve(t, server), func(o *Options) { o.Pacing.FirstDelay, o.Pacing.Beginning = time.Hour, 24*time.Hour })
	var lost *UndeliverableError
	if err := client.Authenticate(ctx); !errors.As(err, &lost) {
		t.Errorf("got %v", err)
	}
}

// TestAnswersThatGetLost: the server follows a request, and its answer never arrives.
func TestAnswersThatGetLost(t *testing.T) {
	server := fakeserver.New()
	over := false
	server.Spoil = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if !strings.HasSuffix(r.URL.Path, "/end") {
			return false
		}
		if !over {
			over = true
			hijack(t, w)
		} else {
			http.Error(w, `{"error":"the scan has ended"}`, http.StatusConflict)
		}
		return true
	}
	if err := newScanned().send(begin(t, server)); err != nil || server.Count(fakeserver.ScanPath+"end") != 2 {
		t.Errorf("an end whose answer is lost: %v", err)
	}
	created := fakeserver.New()
	created.Spoil = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.URL.Path != "/api/scans" {
			return false
		}
		if n == 1 {
			hijack(t, w)
		} else {
			http.Error(w, `{"error":"taken"}`, http.StatusConflict)
		}
		return true
	}
	client := newTestClient(t, serve(t, created))
	if err := client.Authenticate(context.Background()); err != nil {
		t.Fatal(err)
	}
	_, err := Begin(context.Background(), client, wire.ScannerInfo{AnalysisID: fakeserver.Key})
	var lost *UndeliverableError
	if !errors.As(err, &lost) || !lost.Begun {
		t.Errorf("a beginning whose answer is lost: %v", err)
	}
}

// FuzzWanted: whatever a server answers, nothing is sent that was not offered, and nothing twice.
func FuzzWanted(f *testing.F) {
	scan := newScanned()
	for _, seed := range []string{
		`[]`, `null`, `{}`, `["` + scan.library.SHA256 + `","` + strings.ToUpper(scan.library.SHA256) + `"]`,
		`["../../etc/shadow",7]`, `["` + scan.script + `"]`, "[\"\u0000\"]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		n := &Network{offered: map[wire.Artifact]bool{}, client: &Client{}}
		message := wire.Message{Offers: []wire.Offer{{Artifact: scan.library}, {Artifact: scan.library}, {Artifact: scan.code}}}
		wanted := n.wanted(message, answer)
		again := n.wanted(message, answer)
		if len(wanted) > 2 || len(again) > 0 {
			t.Errorf("wanted %v, then %v", wanted, again)
		}
		for _, artifact := range wanted {
			if artifact != scan.library && artifact != scan.code {
				t.Errorf("wanted %v", artifact)
			}
		}
	})
}
