// Package lock keeps a second scanner from running at the same time.
package lock

import "errors"

// ErrBusy tells that another scanner is running.
var ErrBusy = errors.New("another scanner is already running on this machine")
