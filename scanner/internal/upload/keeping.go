package upload

import (
	"errors"
	"fmt"
	"io"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/offline"
	"genehound/scanner/internal/wire"
)

// Keeping delivers a scan to a server and loses nothing: each message is also kept in a directory of this scan's
// own, which is removed when the server has the whole scan. Where the server gets out of reach, the rest of the scan
// goes into that directory, with all bytes that the server has not acknowledged.
type Keeping struct {
	network *Network // nil where the server was out of reach from the beginning
	open    func() (*offline.Writer, error)
	kept    *offline.Writer
	keeping error // why the scan cannot be kept
	lost    error // why the scan cannot be delivered
	log     func(string)
}

var _ wire.Carrier = (*Keeping)(nil)

// NewKeeping delivers by the network; where lost is set, it keeps only. open makes the directory.
func NewKeeping(network *Network, lost error, open func() (*offline.Writer, error), log func(string)) *Keeping {
	return &Keeping{network: network, lost: lost, open: open, log: log}
}

// Lost tells why the scan was not delivered; nil where it was.
func (k *Keeping) Lost() error { return k.lost }

// Kept is where the scan is, nil where it is not on disk.
func (k *Keeping) Kept() *offline.Writer { return k.kept }

// Problems are those of the way that the scan takes.
func (k *Keeping) Problems() []model.Problem {
	var problems []model.Problem
	if k.network != nil {
		problems = append(problems, k.network.Problems()...)
	}
	if k.lost != nil && k.kept != nil {
		problems = append(problems, k.kept.Problems()...)
	}
	return problems
}

// Send keeps the message, then delivers it.
func (k *Keeping) Send(message wire.Message) ([]wire.Artifact, error) {
	wanted := k.keep(message)
	if k.lost == nil {
		asked, err := k.network.Send(message)
		if err == nil {
			return asked, nil
		}
		if err := k.lose(err); err != nil {
			return nil, err
		}
	}
	if k.keeping != nil {
		return nil, errors.Join(k.lost, k.keeping)
	}
	return wanted, nil
}

// keep writes the message to the directory. Trouble there does not matter as long as the server is in reach.
func (k *Keeping) keep(message wire.Message) []wire.Artifact {
	if k.keeping == nil && k.kept == nil {
		k.kept, k.keeping = k.open()
	}
	if k.keeping != nil {
		return nil
	}
	wanted, err := k.kept.Send(message)
	k.keeping = err
	return wanted
}

// Binary delivers the bytes, or keeps them.
func (k *Keeping) Binary(artifact wire.Artifact, open func() (io.ReadCloser, error)) error {
	if k.lost == nil {
		err := k.network.Binary(artifact, open)
		if err == nil {
			return nil
		}
		if err := k.lose(err); err != nil {
			return err
		}
	}
	if k.keeping != nil {
		return errors.Join(k.lost, k.keeping)
	}
	return k.kept.Binary(artifact, open)
}

// lose turns to the directory for good; an error tells that there is none.
func (k *Keeping) lose(cause error) error {
	k.lost = cause
	if k.keeping != nil {
		return errors.Join(cause, k.keeping)
	}
	k.log(fmt.Sprintf("The server is out of reach (%v): the scan is kept in %s.", cause, k.kept.Root()))
	return nil
}

// Finish removes the directory of a scan that was delivered whole. Call it once, after End.
func (k *Keeping) Finish() error {
	if k.lost != nil || k.kept == nil {
		return nil
	}
	kept := k.kept
	k.kept = nil
	return kept.Discard()
}
