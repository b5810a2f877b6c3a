package upload

import (
	"sync"
	"time"
)

// rate keeps what is sent below a number of bytes a second.
type rate struct {
	perSecond uint64
	mutex     sync.Mutex
	free      time.Time // when what was sent so far is paid for
	now       func() time.Time
}

// newRate is nil where there is no ceiling.
func newRate(perSecond uint64) *rate {
	if perSecond == 0 {
		return nil
	}
	return &rate{perSecond: perSecond, now: time.Now}
}

// take counts n bytes and returns how long to wait before any more.
func (r *rate) take(n int) time.Duration {
	if r == nil || n <= 0 {
		return 0
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now := r.now()
	if r.free.Before(now) {
		r.free = now // what was not sent while idle is no credit
	}
	r.free = r.free.Add(time.Duration(float64(n) / float64(r.perSecond) * float64(time.Second)))
	return r.free.Sub(now)
}
