package collect

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"sync/atomic"
	"time"

	"genehound/scanner/internal/model"
)

// maxStuck is how many calls may hang in the kernel before the pass stops asking: each keeps a thread.
const maxStuck = 16

// grace is how long a call may take beyond its deadline before it is left behind: it looks at its context between
// pieces of work, so that what it found until then is kept.
const grace = 2 * time.Second

// attempt runs one look at one process as one unit of failure: it may panic, hang, or take too long, and nothing
// else is lost. ok is false where it gave no answer; reason and details say why.
func attempt[T any](p *pass, timeout time.Duration, look func(context.Context) T) (value T, reason model.Reason, details string, ok bool) {
	if p.stuck.Load() >= maxStuck {
		return value, model.ReasonTimeout, "too many processes hang when they are read", false
	}
	ctx, cancel := context.WithTimeout(p.ctx, timeout)
	defer cancel()
	type answer struct {
		value T
		panic string
	}
	answers := make(chan answer, 1)
	p.stuck.Add(1)
	go func() {
		var a answer
		defer func() {
			if r := recover(); r != nil {
				a.panic = fmt.Sprintf("%v", r)
				p.note(string(debug.Stack()))
			}
			p.stuck.Add(-1)
			answers <- a
		}()
		a.value = look(ctx)
	}()
	limit := time.NewTimer(timeout + grace)
	defer limit.Stop()
	select {
	case a := <-answers:
		if a.panic != "" {
			return value, model.ReasonInternal, "the scanner failed on it: " + a.panic, false
		}
		return a.value, "", "", true
	case <-limit.C:
		return value, model.ReasonTimeout, "it could not be read in time", false
	}
}

// recorder is what one inspection stores through; closed when the inspection is left behind.
type recorder struct {
	pass   *pass
	left   uint64 // bytes that this process may still add, so that none takes the whole scan's room
	closed atomic.Bool
}

func (r *recorder) Store(layout model.Layout, fill func(io.Writer) error) (string, uint64, error) {
	return r.pass.spool.store(layout, fill, &r.left, func() bool { return !r.closed.Load() })
}

func (r *recorder) Pace(ctx context.Context) error {
	if r.closed.Load() {
		return context.DeadlineExceeded
	}
	if err := r.pass.guard.check(); err != nil {
		return err
	}
	return r.pass.throttle.wait(ctx)
}

func (r *recorder) CountRead(fromFiles, fromMemory uint64) {
	r.pass.fileBytes.Add(fromFiles)
	r.pass.memoryBytes.Add(fromMemory)
}
