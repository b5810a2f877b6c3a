package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"genehound/scanner/internal/model"
)

// persistentSystem is a fakeSystem that knows what starts by itself.
type persistentSystem struct {
	*fakeSystem
	found model.Persistence
}

func (p *persistentSystem) Persistence(context.Context) model.Persistence { return p.found }

func TestWhatStartsByItselfIsHashedOnceAndOnlyImagesAreOffered(t *testing.T) {
	const secret = "8be7b5fd-404c-428c-9de9-28968a86da48"
	system := &persistentSystem{fakeSystem: &fakeSystem{
		files: map[uint64][]byte{7: elfBytes("program"), 8: []byte("#!/bin/sh\n"), 9: elfBytes("gone")}, changed: map[uint64]bool{9: true},
		pids: []uint32{1}, inspect: func(_ context.Context, target model.Target, _ model.Recorder) model.MemoryReport { return done(target) },
	}}
	started := func(written string, inode uint64) model.StartedFile {
		return model.StartedFile{Written: written, File: model.ModuleFile{
			ID: model.FileID{Inode: inode, Size: uint64(len(system.files[inode]))}, Path: "/real/" + written, IsImage: inode != 8,
		}}
	}
	system.found = model.Persistence{
		Autoruns: []model.Autorun{
			{Category: "services", EntryValue: "program -k " + strings.ToUpper(secret), Starts: []model.StartedFile{started("program", 7)}},
			{Category: "cron", Starts: []model.StartedFile{started("script", 8), started("gone", 9)}},
		},
		Tasks:    []model.ScheduledTask{{TaskName: "t", ExecActions: []model.ExecAction{{ExecArgs: secret, Starts: []model.StartedFile{started("program", 7)}}}}},
		Problems: []model.Problem{{Code: model.ReasonNoPrivileges, Message: "a crontab"}},
	}
	sink := newRecordingSink()
	options := Options{SpoolDirectory: t.TempDir(), CPUPercent: 100, Secrets: []string{secret}}
	summary, err := Run(context.Background(), system, sink, options, nil)
	if err != nil {
		t.Fatal(err)
	}
	if order := strings.Join(sink.calls[:5], " "); order != "host identity tasks autoruns processes" {
		t.Errorf("got %s", order)
	}
	digest := sha256.Sum256(system.files[7])
	hash := hex.EncodeToString(digest[:])
	if got := sink.autoruns[0].ExtractedFiles["program"]; got.SHA256 != hash || got.FullPath != "/real/program" {
		t.Errorf("got %+v", got)
	}
	if got := sink.tasks[0].ExecActions[0].ExtractedFiles["program"].SHA256; got != hash {
		t.Errorf("got %s", got)
	}
	if strings.Contains(strings.ToLower(sink.autoruns[0].EntryValue+sink.tasks[0].ExecActions[0].ExecArgs), secret) {
		t.Error("the scanner's own key is in the report")
	}
	if got := len(sink.autoruns[1].ExtractedFiles); got != 1 || summary.Complete {
		t.Errorf("%d files, complete %v", got, summary.Complete)
	}
	if summary.Files != 2 || len(sink.files) != 2 {
		t.Errorf("%d files hashed, %d listed", summary.Files, len(sink.files))
	}
	for _, file := range sink.files {
		if file.SHA256 != hash && file.IsImage {
			t.Errorf("%+v is offered", file)
		}
	}
}
