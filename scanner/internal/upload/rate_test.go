package upload

import (
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/fakeserver"
	"genehound/scanner/internal/model"
)

func TestRateIsKeptOverWhateverPieces(t *testing.T) {
	now := time.Unix(0, 0)
	r := newRate(1000)
	r.now = func() time.Time { return now }
	total := 0
	for _, n := range []int{1, 999, 500, 0, 2500, 1} {
		total += n
		now = now.Add(r.take(n))
	}
	if got, want := now.Sub(time.Unix(0, 0)), time.Duration(total)*time.Millisecond; got < want || got > want+time.Millisecond {
		t.Errorf("%d bytes took %s", total, got)
	}
	now = now.Add(time.Hour)
	if pause := r.take(1000); pause != time.Second {
		t.Errorf("an idle hour gives credit: %s", pause)
	}
	if newRate(0).take(1<<30) != 0 {
		t.Error("no ceiling waits")
	}
}

func TestAScanBelowARateArrivesWhole(t *testing.T) {
	server := fakeserver.New()
	started := time.Now()
	network := begin(t, server, func(o *Options) { o.MaxRate = 2_000_000 })
	if err := newScanned().send(network); err != nil || len(server.Binaries) != 2 {
		t.Fatalf("%v, %v", err, server.Binaries)
	}
	// 300 kB that do not compress, at 2 MB a second.
	if took := time.Since(started); took < 120*time.Millisecond {
		t.Errorf("took %s", took)
	}
}

func TestNoMoreIsSentThanMayBe(t *testing.T) {
	server := fakeserver.New()
	network := begin(t, server, func(o *Options) { o.MaxUpload = 1 })
	if err := newScanned().send(network); err != nil {
		t.Fatal(err)
	}
	problems := network.Problems()
	if len(server.Binaries) != 0 || len(problems) == 0 || problems[0].Code != model.ReasonLimit || !strings.Contains(problems[0].Message, "ceiling") {
		t.Errorf("%v, %v", server.Binaries, problems)
	}
}
