package collect

import (
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"genehound/scanner/internal/model"
)

// DefaultMemory is the ceiling of the program's own memory in bytes.
const DefaultMemory = 64_000_000

const (
	// beside is what the program takes that its own accounts do not show: its code, and stacks in the kernel.
	beside = 8_000_000
	// lookEvery keeps the look at the accounts cheap.
	lookEvery = 10 * time.Millisecond
)

// errMemory ends the look at one process that would take the program above its ceiling.
var errMemory error = memoryError{}

type memoryError struct{}

func (memoryError) Error() string { return "the scanner's own memory ceiling was reached" }
func (memoryError) Unwrap() error { return model.ErrLimit }

// guard keeps the program's memory below a ceiling. The collector of garbage is told of it and collects harder as it
// comes near; where that does not suffice, whoever asks is refused, and gives up what it holds.
type guard struct {
	ceiling uint64
	mutex   sync.Mutex
	looked  time.Time
	last    error
	stats   runtime.MemStats
}

func newGuard(ceiling uint64) *guard {
	return &guard{ceiling: ceiling - beside}
}

// held is the memory that the program has from the system, in bytes. The package for such accounts would add 40 kB to
// the program.
func (g *guard) held() uint64 {
	runtime.ReadMemStats(&g.stats)
	return g.stats.Sys - g.stats.HeapReleased
}

// check refuses where the program is above its ceiling and cannot get below it.
func (g *guard) check() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if time.Since(g.looked) < lookEvery {
		return g.last
	}
	g.last = nil
	if g.held() > g.ceiling {
		debug.FreeOSMemory()
		if g.held() > g.ceiling {
			g.last = errMemory
		}
	}
	g.looked = time.Now()
	return g.last
}
