package lock

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func TestOnlyOneHolderAtATime(t *testing.T) {
	directory := t.TempDir()
	first, err := acquireIn(directory, "l")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := acquireIn(directory, "l"); !errors.Is(err, ErrBusy) {
		t.Fatalf("got %v", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := acquireIn(directory, "l")
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(directory); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestReleaseAndAcquireRace(t *testing.T) {
	directory := t.TempDir()
	var holders atomic.Int32
	var group sync.WaitGroup
	for worker := 0; worker < 4; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := 0; i < 200; i++ {
				held, err := acquireIn(directory, "l")
				if errors.Is(err, ErrBusy) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if holders.Add(1) != 1 {
					t.Error("two holders")
				}
				holders.Add(-1)
				if err := held.Release(); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	group.Wait()
}

func TestALinkInPlaceOfTheFileIsNotFollowed(t *testing.T) {
	directory := t.TempDir()
	victim := filepath.Join(directory, "victim")
	if err := os.Symlink(victim, filepath.Join(directory, "l")); err != nil {
		t.Fatal(err)
	}
	if _, err := acquireIn(directory, "l"); err == nil {
		t.Error("followed a link")
	}
	if _, err := os.Lstat(victim); err == nil {
		t.Error("created the link's target")
	}
}
