package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"time"

	"genehound/scanner/internal/model"
)

// Manifest is a scan's own account of all that it handed over, in its order. It is the last message but the end, which it
// cannot hold.
type Manifest struct {
	Version int             `json:"version"`
	Scanner ManifestScanner `json:"scanner"`
	Clock   ManifestClock   `json:"clock"`
	// Private: user names, profile paths and command lines are pseudonyms.
	Private   bool               `json:"private"`
	Messages  []ManifestMessage  `json:"messages"`
	Artifacts []ManifestArtifact `json:"artifacts"`
	// LeftOut counts artifacts beyond those that are listed.
	LeftOut int `json:"left_out"`
}

// ManifestScanner says which program took all this.
type ManifestScanner struct {
	Version  string `json:"version"`
	Platform string `json:"platform"`
	SHA256   string `json:"sha256,omitempty"` // of its own file
}

// ManifestClock is the endpoint's clock: RFC 3339 with its offset from UTC.
type ManifestClock struct {
	Started string `json:"started"`
	Ended   string `json:"ended"`
}

// ManifestMessage is one message, by the hash of its bytes.
type ManifestMessage struct {
	Route  string `json:"route"`
	SHA256 string `json:"sha256"`
	Size   uint64 `json:"size_in_bytes"`
}

// ManifestArtifact is one artifact whose bytes were handed over. Size is theirs before compression.
type ManifestArtifact struct {
	Route  string       `json:"route"`
	SHA256 string       `json:"sha256"`
	Layout model.Layout `json:"layout"`
	Size   uint64       `json:"size_in_bytes"`
}

const maxManifestArtifacts = 20_000

// Account is a Carrier that keeps the manifest of what goes through it, and sends that before the end.
type Account struct {
	carrier  Carrier
	manifest Manifest
	sizes    map[Artifact]uint64 // of what is wanted and not handed over yet
	listing  bool                // the carrier only lists: what is offered counts as handed over
	now      func() time.Time
}

var _ Carrier = (*Account)(nil)

// NewAccount begins a manifest. listing: the carrier takes no bytes, and shows what would be taken.
func NewAccount(carrier Carrier, scanner ManifestScanner, clock func() time.Time, private, listing bool) *Account {
	return &Account{
		carrier: carrier, sizes: map[Artifact]uint64{}, listing: listing, now: clock,
		manifest: Manifest{
			Version: model.MessageVersion, Scanner: scanner, Private: private,
			Clock:    ManifestClock{Started: clock().Format(time.RFC3339)},
			Messages: []ManifestMessage{}, Artifacts: []ManifestArtifact{},
		},
	}
}

// Problems are the carrier's.
func (a *Account) Problems() []model.Problem { return a.carrier.Problems() }

// counter hashes and counts what is written.
type counter struct {
	hash.Hash
	size uint64
}

func (c *counter) Write(b []byte) (int, error) {
	c.size += uint64(len(b))
	return c.Hash.Write(b)
}

// Digest is the hash of a message's bytes, and how many they are.
func Digest(body any) (hash string, size uint64, err error) {
	sum := &counter{Hash: sha256.New()}
	err = Encode(sum, body)
	return hex.EncodeToString(sum.Sum(nil)), sum.size, err
}

// Send accounts for the message that the carrier takes.
func (a *Account) Send(message Message) ([]Artifact, error) {
	if message.Last {
		if err := a.sendManifest(); err != nil {
			return nil, err
		}
	}
	before := len(a.carrier.Problems())
	wanted, err := a.carrier.Send(message)
	if err != nil || len(a.carrier.Problems()) > before || message.Last {
		return wanted, err
	}
	digest, size, err := Digest(message.Body)
	if err != nil {
		return nil, err
	}
	a.manifest.Messages = append(a.manifest.Messages, ManifestMessage{Route: message.Route, SHA256: digest, Size: size})
	sizes := map[Artifact]uint64{}
	for _, offer := range message.Offers {
		if _, known := sizes[offer.Artifact]; a.listing && !known {
			a.handedOver(offer.Artifact, offer.Size)
		}
		sizes[offer.Artifact] = offer.Size
	}
	a.sizes = map[Artifact]uint64{}
	for _, artifact := range wanted {
		a.sizes[artifact] = sizes[artifact]
	}
	return wanted, nil
}

func (a *Account) handedOver(artifact Artifact, size uint64) {
	if len(a.manifest.Artifacts) >= maxManifestArtifacts {
		a.manifest.LeftOut++
		return
	}
	a.manifest.Artifacts = append(a.manifest.Artifacts, ManifestArtifact{artifact.Route(), artifact.SHA256, artifact.Layout, size})
}

// Binary accounts for the bytes that the carrier takes.
func (a *Account) Binary(artifact Artifact, open func() (io.ReadCloser, error)) error {
	before := len(a.carrier.Problems())
	err := a.carrier.Binary(artifact, open)
	if err == nil && len(a.carrier.Problems()) == before {
		a.handedOver(artifact, a.sizes[artifact])
	}
	return err
}

func (a *Account) sendManifest() error {
	a.manifest.Clock.Ended = a.now().Format(time.RFC3339)
	_, err := a.carrier.Send(Message{
		Route: ManifestRoute, File: "manifest_info.json", Body: manifestInfo{a.manifest}, Optional: true,
	})
	return err
}

// ManifestRoute is where the manifest goes.
const ManifestRoute = "manifest-info"

type manifestInfo struct {
	Manifest Manifest `json:"manifest_info"`
}
