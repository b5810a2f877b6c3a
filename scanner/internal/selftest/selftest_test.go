package selftest

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unsafe"
)

func plant(t *testing.T) *Threat {
	t.Helper()
	threat, err := Plant()
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		if err != ErrUnsupported {
			t.Fatalf("got %v", err)
		}
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := threat.Release(); err != nil {
			t.Error(err)
		}
	})
	return threat
}

func TestTheCodeComputesWhatItsSourcesCompute(t *testing.T) {
	threat := plant(t)
	if got := call(threat.Base(), 1, 1); got != resultOfOne {
		t.Errorf("got %d, want %d", got, resultOfOne)
	}
	if got := call(threat.Base(), 0x5eed, 3); got != resultOfThree {
		t.Errorf("got %d, want %d", got, resultOfThree)
	}
}

func TestTheCodeSurvivesGarbageCollectionAndPreemption(t *testing.T) {
	threat := plant(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; i < 200; i++ {
			if got := call(threat.Base(), 1, 1); got != resultOfOne {
				t.Errorf("got %d", got)
				return
			}
		}
	}()
	var keep [][]byte
	for {
		select {
		case <-done:
			return
		default:
			keep = append(keep[max(0, len(keep)-8):], make([]byte, 1<<16))
			runtime.GC()
		}
	}
}

func TestTheCodeIsInAnonymousExecutableMemoryUntilReleased(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	threat := plant(t)
	line := mapsLine(t, threat.Base())
	if !strings.Contains(line, " r-xp ") || !strings.Contains(line, " 00:00 0 ") {
		t.Errorf("not anonymous executable memory: %q", line)
	}
	base := threat.Base()
	if err := threat.Release(); err != nil {
		t.Fatal(err)
	}
	if line := mapsLine(t, base); line != "" {
		t.Errorf("still there: %q", line)
	}
}

func TestTheEncodingHidesEveryStretchOfTheCode(t *testing.T) {
	threat := plant(t)
	code := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(threat.memory))), len(encoded))
	for at := 0; at+16 <= len(code); at += 16 {
		if bytes.Contains(encoded, code[at:at+16]) {
			t.Fatalf("16 bytes at %d are in the file as they are in memory", at)
		}
	}
}

func mapsLine(t *testing.T, base uintptr) string {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(maps), "\n") {
		if strings.HasPrefix(line, strconv.FormatUint(uint64(base), 16)+"-") {
			return line
		}
	}
	return ""
}
