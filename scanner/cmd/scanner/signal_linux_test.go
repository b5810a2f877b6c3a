package main

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/model"
)

// awaited is a log that tells when a text was written.
type awaited struct {
	text string
	once sync.Once
	came chan struct{}
}

func (a *awaited) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(a.text)) {
		a.once.Do(func() { close(a.came) })
	}
	return len(line), nil
}

func TestASignalEndsTheScanHonestly(t *testing.T) {
	if raced {
		t.Skip("the race detector makes delivery take longer than an interrupted scan waits for it")
	}
	log := &awaited{text: "Interrupted", came: make(chan struct{})}
	server := fakeserver.New()
	server.Spoil = func(_ http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasSuffix(r.URL.Path, "processes-info") {
			if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
				t.Error(err)
			}
			<-log.came
		}
		return false
	}
	got, _ := outcomeLogged(t, log, "-k", fakeserver.Key, "-u", serve(t, server))
	if got.ExitCode != exitIncomplete || got.Reason != model.EndInterrupted {
		t.Fatalf("got %+v", got)
	}
	if !bytes.Contains(server.Bodies["end"], []byte(`"interrupted"`)) {
		t.Errorf("got %s", server.Bodies["end"])
	}
}
