package upload

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"time"
)

// Pacing says how patient a client is. Zero fields take the defaults.
type Pacing struct {
	FirstDelay time.Duration // before the second attempt; doubles from there, with jitter. Default 500 ms
	MaxDelay   time.Duration // default 15 s
	// Patience is how long one request is repeated from its first failure on. Default 90 s.
	Patience time.Duration
	// Beginning is the patience until the scan is created: a server that is out of reach by then is likely to stay
	// so, and the scan can be kept. Default 10 s.
	Beginning time.Duration
	// MaxRetryAfter bounds a single wait that the server asked for; such waits do not use up Patience, but there
	// are at most maxAskedWaits of them for one request. Default 2 minutes.
	MaxRetryAfter time.Duration
	Stall         time.Duration // a request body that does not move this long is given up. Default 60 s
	Answer        time.Duration // the server's time to answer. Default 120 s
}

const maxAskedWaits = 5

func (p Pacing) withDefaults() Pacing {
	defaults := Pacing{
		FirstDelay: 500 * time.Millisecond, MaxDelay: 15 * time.Second, Patience: 90 * time.Second, Beginning: 10 * time.Second,
		MaxRetryAfter: 2 * time.Minute, Stall: time.Minute, Answer: 2 * time.Minute,
	}
	fields := func(p *Pacing) []*time.Duration {
		return []*time.Duration{&p.FirstDelay, &p.MaxDelay, &p.Patience, &p.Beginning, &p.MaxRetryAfter, &p.Stall, &p.Answer}
	}
	own, other := fields(&p), fields(&defaults)
	for i := range own {
		if *own[i] == 0 {
			*own[i] = *other[i]
		}
	}
	return p
}

// attempts paces the attempts of one request.
type attempts struct {
	pacing   Pacing
	delay    time.Duration
	patience time.Duration
	asked    int
	failed   time.Time // when the first attempt failed
}

func (p Pacing) start(begun bool) *attempts {
	if begun {
		return &attempts{pacing: p, delay: p.FirstDelay, patience: p.Patience}
	}
	return &attempts{pacing: p, delay: p.FirstDelay, patience: p.Beginning}
}

// wait sleeps until the next attempt, or returns the *UndeliverableError that ends them.
func (a *attempts) wait(ctx context.Context, cause error, log func(string)) error {
	if a.failed.IsZero() {
		a.failed = time.Now()
	}
	var refused *RefusedError
	if errors.As(cause, &refused) && refused.RetryAfter > 0 && a.asked < maxAskedWaits {
		a.asked++
		pause := min(refused.RetryAfter, a.pacing.MaxRetryAfter)
		log(fmt.Sprintf("The server asks to wait (%v): next attempt in %s.", refused, pause.Round(time.Second)))
		a.failed = a.failed.Add(pause)
		return sleep(ctx, pause, cause)
	}
	// Full jitter, so that thousands of scanners do not come back together.
	pause := a.delay/2 + time.Duration(rand.Int63n(int64(a.delay/2)+1))
	a.delay = min(2*a.delay, a.pacing.MaxDelay)
	if time.Since(a.failed)+pause > a.patience {
		return undeliverable(cause)
	}
	log(fmt.Sprintf("Connection interrupted (%s): next attempt in %s.", describe(cause), pause.Round(100*time.Millisecond)))
	return sleep(ctx, pause, cause)
}

func sleep(ctx context.Context, pause time.Duration, cause error) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return undeliverable(cause)
	}
}
