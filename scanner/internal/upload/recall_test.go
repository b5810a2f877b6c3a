package upload

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/wire"
)

const autorunsPath = fakeserver.ScanPath + "autoruns-info"

func manyAutoruns() []model.Autorun {
	entry := model.Autorun{Category: "cron", EntryPath: "/etc/crontab", EntryValue: strings.Repeat("run ", 50)}
	list := make([]model.Autorun, 100)
	for i := range list {
		list[i] = entry
	}
	return list
}

// received is what the server holds of a message, and how often it was sent whole.
func sendAutoruns(t *testing.T, server *fakeserver.Server, list []model.Autorun, change ...func(*Options)) (held []byte, sent int) {
	t.Helper()
	network := begin(t, server, change...)
	if err := wire.NewSink(network).Autoruns(list); err != nil {
		t.Fatal(err)
	}
	if len(network.Problems()) != 0 {
		t.Errorf("got %v", network.Problems())
	}
	return server.Bodies["autoruns-info"], server.Count(autorunsPath)
}

func TestAMessageThatTheServerHasIsOnlyNamed(t *testing.T) {
	first := fakeserver.New()
	first.Known = map[string][]byte{}
	whole, sent := sendAutoruns(t, first, manyAutoruns())
	if sent != 1 || first.Count(fakeserver.ScanPath+knownRoute) != 1 {
		t.Fatalf("sent %d times", sent)
	}
	digest := first.Received[len(first.Received)-1].SHA256
	second := fakeserver.New()
	second.Known = map[string][]byte{digest: whole}
	held, sent := sendAutoruns(t, second, manyAutoruns())
	if sent != 0 || string(held) != string(whole) {
		t.Errorf("sent %d times, and the server holds %d bytes of %d", sent, len(held), len(whole))
	}
	changed := manyAutoruns()
	changed[99].EntryValue = "another"
	if held, sent = sendAutoruns(t, second, changed); sent != 1 || string(held) == string(whole) {
		t.Errorf("a changed message was sent %d times", sent)
	}
	// A small one is not worth the question.
	third := fakeserver.New()
	third.Known = map[string][]byte{}
	if _, sent = sendAutoruns(t, third, changed[99:]); sent != 1 || third.Count(fakeserver.ScanPath+knownRoute) != 0 {
		t.Errorf("sent %d times", sent)
	}
}

func TestWhateverElseAServerAnswersTheMessageIsSent(t *testing.T) {
	for _, answer := range []string{
		"404", "400", "413", "500", "503", "cut", `{}`, `{"result":{"status":"success"}}`, `{"result":{"known":"true"}}`, `{"result":true}`, `{"result":{"known":1}}`,
	} {
		server := fakeserver.New()
		server.Spoil = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if !strings.HasSuffix(r.URL.Path, knownRoute) {
				return false
			}
			switch answer {
			case "404":
				http.Error(w, `{"error":"not found"}`, http.StatusNotFound)
			case "400":
				http.Error(w, `{"error":"bad"}`, http.StatusBadRequest)
			case "413":
				http.Error(w, `{"error":"too large"}`, http.StatusRequestEntityTooLarge)
			case "500", "503":
				status, _ := strconv.Atoi(answer)
				http.Error(w, `{"error":"broken"}`, status)
			case "cut":
				panic(http.ErrAbortHandler)
			default:
				_, _ = w.Write([]byte(answer))
			}
			return true
		}
		if _, sent := sendAutoruns(t, server, manyAutoruns(), hastily); sent != 1 {
			t.Errorf("%s: sent %d times", answer, sent)
		}
	}
}

func TestAnOldServerIsAskedOnce(t *testing.T) {
	server := fakeserver.New()
	network := begin(t, server)
	for n := 0; n < 3; n++ {
		if err := wire.NewSink(network).Autoruns(manyAutoruns()); err != nil {
			t.Fatal(err)
		}
	}
	if asked := server.Count(fakeserver.ScanPath + knownRoute); asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}
