// Package selftest holds the code of the Genehound Test Threat in executable memory of this process, so that an
// administrator sees the whole way from memory to verdict work on any endpoint. The code computes numbers and does
// nothing else; its sources are in test/targets/test-threat.
package selftest

import (
	"errors"
	"fmt"
)

// ErrUnsupported tells that there is no test threat for this architecture.
var ErrUnsupported = errors.New("the self-test is not available on this architecture, only on x86-64 and arm64")

// padding fills the last page behind the code: int3, as linkers do.
const padding = 0xcc

// Threat is the code while it is in memory.
type Threat struct {
	memory []byte
}

// Base is the address of the code.
func (t *Threat) Base() uintptr { return baseOf(t.memory) }

// Size is the length of the executable memory in bytes, a multiple of the page size.
func (t *Threat) Size() int { return len(t.memory) }

// Plant decodes the code into memory that is first writable, then executable, and runs it once. Release takes it
// away again.
func Plant() (*Threat, error) {
	if len(encoded) == 0 {
		return nil, ErrUnsupported
	}
	memory, err := allocate(len(encoded))
	if err != nil {
		return nil, fmt.Errorf("no memory for the test threat: %w", err)
	}
	threat := &Threat{memory: memory}
	used := decode(memory, encoded)
	for i := used; i < len(memory); i++ {
		memory[i] = padding
	}
	if err := makeExecutable(memory); err != nil {
		return nil, errors.Join(fmt.Errorf("the system forbids executable memory: %w", err), threat.Release())
	}
	if got := call(threat.Base(), 1, 1); got != resultOfOne {
		return nil, errors.Join(fmt.Errorf("the test threat computed %d instead of %d", got, resultOfOne), threat.Release())
	}
	return threat, nil
}

// Release unmaps the code.
func (t *Threat) Release() error {
	memory := t.memory
	t.memory = nil
	if memory == nil {
		return nil
	}
	return free(memory)
}

// decode writes the code into target, which must be at least as long, and returns how many bytes it wrote.
func decode(target, source []byte) int {
	state := key
	for i, b := range source {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		target[i] = b ^ byte(state)
	}
	return len(source)
}
