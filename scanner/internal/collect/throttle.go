package collect

import (
	"context"
	"sync"
	"time"
)

// throttle keeps the program's CPU time below a share of the wall clock by sleeping.
type throttle struct {
	percent int
	cpu     func() time.Duration
	now     func() time.Time
	sleep   func(context.Context, time.Duration)

	mutex     sync.Mutex
	wallStart time.Time
	cpuStart  time.Duration
	last      time.Time
	slept     time.Duration
}

const (
	// window is how long idle time counts as credit: a longer pause must not allow a burst.
	window = 500 * time.Millisecond
	// checkEvery keeps the clock cheap.
	checkEvery = 5 * time.Millisecond
	maxSleep   = 250 * time.Millisecond
)

func newThrottle(percent int, cpu func() time.Duration) *throttle {
	t := &throttle{percent: percent, cpu: cpu, now: time.Now, sleep: sleepFor}
	t.wallStart, t.cpuStart = t.now(), cpu()
	return t
}

func sleepFor(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// wait sleeps until the ceiling is kept again; its error is the context's.
func (t *throttle) wait(ctx context.Context) error {
	if t.percent >= 100 {
		return ctx.Err()
	}
	for ctx.Err() == nil {
		debt := t.debt()
		if debt <= 0 {
			break
		}
		if debt > maxSleep {
			debt = maxSleep
		}
		t.sleep(ctx, debt)
	}
	return ctx.Err()
}

// debt is how long to sleep for the CPU time used in the present window.
func (t *throttle) debt() time.Duration {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	now := t.now()
	if now.Sub(t.last) < checkEvery {
		return 0
	}
	t.last = now
	used := t.cpu() - t.cpuStart
	wall := now.Sub(t.wallStart)
	needed := used * 100 / time.Duration(t.percent)
	if needed > wall {
		debt := needed - wall
		t.slept += min(debt, maxSleep)
		t.last = time.Time{}
		return debt
	}
	if wall-needed > window {
		// Forget what is past, but for the credit of one window.
		t.cpuStart += used
		t.wallStart = now.Add(-window)
	}
	return 0
}

func (t *throttle) throttled() time.Duration {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.slept
}
