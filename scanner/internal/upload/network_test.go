package upload

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/wire"
)

func begin(t *testing.T, server *fakeserver.Server) *Network {
	t.Helper()
	client := newTestClient(t, serve(t, server))
	if err := client.Authenticate(context.Background()); err != nil {
		t.Fatal(err)
	}
	network, err := Begin(context.Background(), client, wire.ScannerInfo{ScanType: wire.ScanTypeEndpoint, StartTime: 5})
	if err != nil {
		t.Fatal(err)
	}
	return network
}

// hijack cuts the connection.
func hijack(t *testing.T, w http.ResponseWriter) {
	t.Helper()
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	connection.Close()
}

func TestAScanArrivesInTheOrderOfTheProtocol(t *testing.T) {
	server, scan := fakeserver.New(), newScanned()
	network := begin(t, server)
	if err := scan.send(network); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"POST /api/v2-0/get-access-token", "POST /api/scans",
		"POST " + fakeserver.ScanPath + "host-info", "POST " + fakeserver.ScanPath + "identity-info", "POST " + fakeserver.ScanPath + "processes-info",
		"POST " + fakeserver.ScanPath + "processes/loaded-modules-info", "POST " + fakeserver.ScanPath + "files-info",
		"POST " + fakeserver.ScanPath + "file-system/collected-binaries", "POST " + fakeserver.ScanPath + "memory-module-dumps-info",
		"POST " + fakeserver.ScanPath + "fileless/collected-binaries", "POST " + fakeserver.ScanPath + "findings-info",
		"POST " + fakeserver.ScanPath + "coverage-info", "POST " + fakeserver.ScanPath + "end",
	}
	if !slices.Equal(server.Requests, want) {
		t.Errorf("got %s", strings.Join(server.Requests, "\n"))
	}
	if len(server.Binaries) != 2 || server.Binaries[scan.code.SHA256] != "fileless/collected-binaries" {
		t.Errorf("got %v", server.Binaries)
	}
	if network.AnalysisID() != "the-analysis" || network.Delivered() != 2 || len(network.Problems()) != 0 {
		t.Errorf("got %q %d %v", network.AnalysisID(), network.Delivered(), network.Problems())
	}
	if !strings.Contains(string(server.Bodies["processes/loaded-modules-info"]), "9223372036854775808") {
		t.Error("an address lost digits")
	}
}

func TestOnlyWhatWasOfferedAndIsAnImageIsSent(t *testing.T) {
	server, scan := fakeserver.New(), newScanned()
	other := strings.Repeat("cd", 32)
	server.Wants = func(offered []string) []string {
		return append(offered, other, scan.script, strings.ToUpper(scan.library.SHA256))
	}
	if err := scan.send(begin(t, server)); err != nil {
		t.Fatal(err)
	}
	if len(server.Binaries) != 2 {
		t.Errorf("got %v", server.Binaries)
	}
}

func TestARefusedKeyIsToldFromAServerOutOfReach(t *testing.T) {
	for _, status := range []int{400, 401, 403} {
		server := fakeserver.New()
		server.Spoil = func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			http.Error(w, `{"error":"Invalid\u001b[31m API key"}`, status)
			return true
		}
		err := newTestClient(t, serve(t, server)).Authenticate(context.Background())
		var key *KeyError
		if !errors.As(err, &key) || strings.ContainsRune(err.Error(), 0x1b) || server.Count("/api/v2-0/get-access-token") != 1 {
			t.Errorf("%d: got %v", status, err)
		}
	}
	for _, status := range []int{404, 302, 407} {
		server := fakeserver.New()
		server.Spoil = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			http.Redirect(w, r, "https://elsewhere.example/", status)
			return true
		}
		err := newTestClient(t, serve(t, server)).Authenticate(context.Background())
		var lost *UndeliverableError
		if !errors.As(err, &lost) {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

func TestAKeyThatMayNotScanAndAnIDThatIsTaken(t *testing.T) {
	for status, isKey := range map[int]bool{403: true, 409: false} {
		server := fakeserver.New()
		server.Spoil = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.URL.Path == "/api/scans" {
				http.Error(w, `{"error":"no"}`, status)
				return true
			}
			return false
		}
		client := newTestClient(t, serve(t, server))
		if err := client.Authenticate(context.Background()); err != nil {
			t.Fatal(err)
		}
		_, err := Begin(context.Background(), client, wire.ScannerInfo{})
		var key *KeyError
		var refused *RefusedError
		if errors.As(err, &key) != isKey || !isKey && !errors.As(err, &refused) {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

func TestATokenIsRenewedBeforeItEnds(t *testing.T) {
	server := fakeserver.New()
	server.ExpiresIn = 10 * time.Second // less than renewBefore: each call needs a new one
	if err := newScanned().send(begin(t, server)); err != nil {
		t.Fatal(err)
	}
	if server.Tokens < 10 {
		t.Errorf("got %d tokens", server.Tokens)
	}
}

func TestATokenRefusedInTheMiddleIsRenewedOnce(t *testing.T) {
	server, scan := fakeserver.New(), newScanned()
	server.Spoil = func(_ http.ResponseWriter, r *http.Request, n int) bool {
		if n == 1 && (strings.HasSuffix(r.URL.Path, "files-info") || strings.HasSuffix(r.URL.Path, "file-system/collected-binaries")) {
			server.Valid = "revoked"
		}
		return false
	}
	if err := scan.send(begin(t, server)); err != nil {
		t.Fatal(err)
	}
	if server.Tokens != 3 || len(server.Binaries) != 2 {
		t.Errorf("got %d tokens, %v", server.Tokens, server.Binaries)
	}
}

func TestAKeyRevokedInTheMiddleEndsDelivery(t *testing.T) {
	for _, at := range []string{"files-info", "file-system/collected-binaries", "end"} {
		for name, refusedAt := range map[string]string{"token": "/api/v2-0/get-access-token", "all": ""} {
			server := fakeserver.New()
			server.Spoil = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if server.Seen[fakeserver.ScanPath+at] == 0 {
					return false
				}
				server.Valid = "revoked"
				if !strings.HasPrefix(r.URL.Path, refusedAt) {
					return false
				}
				http.Error(w, `{"error":"revoked"}`, http.StatusUnauthorized)
				return true
			}
			network := begin(t, server)
			err := newScanned().send(network)
			var lost *UndeliverableError
			if !errors.As(err, &lost) || !strings.Contains(err.Error(), "revoked") || len(network.Problems()) != 0 {
				t.Errorf("%s, %s: got %v, %v", at, name, err, network.Problems())
			}
		}
	}
}

func TestAServerThatIsOutOfOrderForAllUploadsEndsDelivery(t *testing.T) {
	server := fakeserver.New()
	server.Spoil = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, "collected-binaries") {
			http.Error(w, `{"error":"disk full"}`, http.StatusInsufficientStorage)
			return true
		}
		return false
	}
	err := newScanned().send(begin(t, server))
	var lost *UndeliverableError
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}

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
	network := begin(t, server)
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
		n := &Network{offered: map[wire.Artifact]bool{}}
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
