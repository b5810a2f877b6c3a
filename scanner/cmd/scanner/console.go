package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"genehound/scanner/internal/collect"
)

const progressInterval = 200 * time.Millisecond

// console writes sentences to standard error, and on a terminal one line of progress below them.
type console struct {
	out      io.Writer
	quiet    bool
	terminal bool

	mutex sync.Mutex
	width int // of the progress line on screen
	shown time.Time
	stage collect.Stage
}

func newConsole(out io.Writer, quiet bool) *console {
	c := &console{out: out, quiet: quiet}
	if file, ok := out.(*os.File); ok {
		info, err := file.Stat()
		c.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return c
}

// say writes one sentence, unless quiet.
func (c *console) say(format string, values ...any) {
	if !c.quiet {
		c.warn(format, values...)
	}
}

// warn writes one sentence, even if quiet.
func (c *console) warn(format string, values ...any) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.erase()
	fmt.Fprintf(c.out, format+"\n", values...)
}

// progress shows how far a stage is.
func (c *console) progress(p collect.Progress) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.quiet || !c.terminal || time.Since(c.shown) < progressInterval && p.Stage == c.stage {
		return
	}
	c.shown, c.stage = time.Now(), p.Stage
	line := fmt.Sprintf("%s: %d", p.Stage, p.Done)
	if p.Total > 0 {
		line = fmt.Sprintf("%s: %d of %d", p.Stage, p.Done, p.Total)
	}
	c.erase()
	fmt.Fprint(c.out, line)
	c.width = len(line)
}

// clear removes the progress line.
func (c *console) clear() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.erase()
}

func (c *console) erase() {
	if c.width > 0 {
		fmt.Fprintf(c.out, "\r%s\r", strings.Repeat(" ", c.width))
		c.width = 0
	}
}
