package upload

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/wire"
)

func begin(t *testing.T, server *fakeserver.Server, change ...func(*Options)) *Network {
	t.Helper()
	client := newTestClient(t, serve(t, server), change...)
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
	err := newScanned().send(begin(t, server, hastily))
	var lost *UndeliverableError
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}
