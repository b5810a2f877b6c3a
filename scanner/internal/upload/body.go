package upload

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// watch gives up a request whose body stops moving, or that is not answered.
type watch struct {
	pacing Pacing
	timer  *time.Timer
	cancel context.CancelCauseFunc
	rate   *rate
	ctx    context.Context
}

var errStalled = errors.New("no data moved for too long")

func newWatch(ctx context.Context, pacing Pacing) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{pacing: pacing, cancel: cancel, ctx: ctx}
	w.timer = time.AfterFunc(pacing.Stall+pacing.Answer, func() { cancel(errStalled) })
	return ctx, w
}

// moving is called with each piece of the body, sent with its last one.
func (w *watch) moving(n int) {
	w.timer.Reset(w.pacing.Stall)
	if pause := w.rate.take(n); pause > 0 {
		w.timer.Reset(w.pacing.Stall + pause)
		// The context's end is the request's own business.
		_ = sleep(w.ctx, pause, nil)
	}
}

func (w *watch) sent() { w.timer.Reset(w.pacing.Answer) }

// alive is called when the answer begins.
func (w *watch) alive() { w.timer.Reset(w.pacing.Stall) }

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// explain tells a stall from the end of the scan: only the latter is for good.
func (w *watch) explain(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

// requestBody is a body that knows why it could not be read.
type requestBody interface {
	io.ReadCloser
	// failure is the *SourceError of the bytes' source, or nil.
	failure() error
}

type plainBody struct {
	*bytes.Reader
	watch *watch
}

func (b *plainBody) Read(into []byte) (int, error) {
	n, err := b.Reader.Read(into)
	if errors.Is(err, io.EOF) || b.Reader.Len() == 0 {
		b.watch.sent()
	} else {
		b.watch.moving(n)
	}
	return n, err
}

func (b *plainBody) Close() error   { return nil }
func (b *plainBody) failure() error { return nil }

// gzipBody compresses its source on the way, in constant memory.
type gzipBody struct {
	*io.PipeReader
	watch *watch
	done  chan struct{}
	mutex sync.Mutex
	err   error
}

var errAbandoned = errors.New("the request was abandoned")

func newGzipBody(source io.ReadCloser, watch *watch) *gzipBody {
	reader, writer := io.Pipe()
	b := &gzipBody{PipeReader: reader, watch: watch, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		err := compress(writer, source, b)
		writer.CloseWithError(errors.Join(err, source.Close()))
	}()
	return b
}

// compress ends with the reader's error where the request was abandoned, and keeps the source's.
func compress(target io.Writer, source io.Reader, b *gzipBody) error {
	packed, err := gzip.NewWriterLevel(target, gzip.BestSpeed)
	if err != nil {
		return err
	}
	buffer := make([]byte, 64<<10)
	for {
		n, err := source.Read(buffer)
		if _, failed := packed.Write(buffer[:n]); failed != nil {
			return failed
		}
		if errors.Is(err, io.EOF) {
			return packed.Close()
		}
		if err != nil {
			b.mutex.Lock()
			b.err = &SourceError{fmt.Errorf("cannot be read: %w", err)}
			b.mutex.Unlock()
			return err
		}
	}
}

func (b *gzipBody) Read(into []byte) (int, error) {
	n, err := b.PipeReader.Read(into)
	if errors.Is(err, io.EOF) {
		b.watch.sent()
	} else {
		b.watch.moving(n)
	}
	return n, err
}

// Close ends the compression and waits for it, so that the source is closed before the next attempt opens it.
func (b *gzipBody) Close() error {
	err := b.PipeReader.CloseWithError(errAbandoned)
	<-b.done
	return err
}

func (b *gzipBody) failure() error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.err
}
