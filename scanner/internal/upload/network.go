package upload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"genehound/scanner/internal/http1"
	"genehound/scanner/internal/jsontext"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/wire"
)

// Network is the Carrier to a server. Its errors are *UndeliverableError: whatever concerns one item only is a
// problem, and the scan goes on.
type Network struct {
	ctx        context.Context
	client     *Client
	scanID     string
	analysisID string
	offered    map[wire.Artifact]bool
	delivered  uint64
	sent       uint64 // bytes of artifacts, before compression
	cut        int    // uploads that a reachable server cut off for good
	forgetful  bool   // the server recalls no messages
	problems   []model.Problem
}

var _ wire.Carrier = (*Network)(nil)

// Begin creates the scan on the server. The context bounds all of the scan's calls. A *KeyError tells that the key
// must not scan, a *RefusedError with 409 that the id is taken.
func Begin(ctx context.Context, client *Client, info wire.ScannerInfo) (*Network, error) {
	var answer any
	body, err := encode(info)
	if err != nil {
		return nil, err
	}
	var unanswered bool
	err = client.call(ctx, request{path: "/api/scans", json: body, answer: &answer, unanswered: &unanswered})
	var refused *RefusedError
	if errors.As(err, &refused) {
		switch refused.Status {
		case statusUnauthorized, statusForbidden:
			return nil, &KeyError{refused.Error()}
		case statusConflict:
			if unanswered {
				cut := errors.New("the connection was cut while the scan was begun, and the server holds its id now")
				return nil, &UndeliverableError{Err: cut, Begun: true}
			}
			return nil, err
		}
	}
	if err != nil {
		return nil, &UndeliverableError{Err: err, Begun: unanswered}
	}
	scan, _ := jsontext.Field(answer, "result")
	scanID := jsontext.Text(scan, "scan_id")
	if scanID == "" {
		return nil, undeliverable(errors.New("the answer to the creation of the scan holds no scan_id"))
	}
	client.begun = true
	return &Network{
		ctx: ctx, client: client, scanID: scanID, analysisID: jsontext.Text(scan, "analysis_id"),
		offered: map[wire.Artifact]bool{},
	}, nil
}

// AnalysisID is the scan's public id.
func (n *Network) AnalysisID() string { return n.analysisID }

// Delivered counts the artifacts that the server acknowledged.
func (n *Network) Delivered() uint64 { return n.delivered }

// Problems are what the server refused and what could not be read.
func (n *Network) Problems() []model.Problem { return n.problems }

func (n *Network) path(route string) string {
	return "/scans/scans/" + url.PathEscape(n.scanID) + "/" + route
}

// Send delivers one message.
func (n *Network) Send(message wire.Message) ([]wire.Artifact, error) {
	if known, err := n.recalls(message); known || err != nil {
		return nil, err
	}
	body, packed, err := encodePacked(message.Body)
	if err != nil {
		return nil, err
	}
	var answer any
	var unanswered bool
	r := request{path: n.path(message.Route), json: body, packed: packed, unanswered: &unanswered}
	if len(message.Offers) > 0 {
		r.answer = &answer
	}
	if err := n.client.call(n.ctx, r); err != nil {
		var refused *RefusedError
		if message.Last && unanswered && errors.As(err, &refused) && isOver(refused.Status) {
			return nil, nil
		}
		if message.Mandatory || !errors.As(err, &refused) || concernsScan(refused.Status) {
			return nil, undeliverable(fmt.Errorf("%s: %w", message.Route, err))
		}
		if !message.Optional || refused.Status != statusNotFound {
			n.refuse(message.Route, refused)
		}
		return nil, nil
	}
	if r.answer == nil {
		return nil, nil
	}
	return n.wanted(message, answer), nil
}

// wanted takes from the answer what was offered by this message, and nothing else: a server that asks for anything
// else does not get it.
func (n *Network) wanted(message wire.Message, answer any) (wanted []wire.Artifact) {
	asked, ok := hashesIn(answer)
	if !ok {
		n.problems = append(n.problems, wire.Problem(model.ReasonIOError, "%s: the server's answer lists no hashes", message.Route))
		return nil
	}
	for _, offer := range message.Offers {
		if asked[offer.SHA256] && !n.offered[offer.Artifact] {
			n.offered[offer.Artifact] = true
			if n.overCeiling(offer) {
				continue
			}
			wanted = append(wanted, offer.Artifact)
		}
	}
	return wanted
}

// hashesIn reads {"result": ["hash", …]}; ok is false where it is anything else. Null is no hash.
func hashesIn(answer any) (hashes map[string]bool, ok bool) {
	result, ok := jsontext.Field(answer, "result")
	list, isList := result.([]any)
	if !ok || !isList && result != nil {
		return nil, false
	}
	hashes = make(map[string]bool, len(list))
	for _, one := range list {
		hash, isText := one.(string)
		if !isText {
			return nil, false
		}
		hashes[strings.ToLower(hash)] = true
	}
	return hashes, true
}

// overCeiling tells whether an artifact would exceed what may be sent, and counts it otherwise.
func (n *Network) overCeiling(offer wire.Offer) bool {
	ceiling := n.client.options.MaxUpload
	if ceiling == 0 {
		return false
	}
	if n.sent+offer.Size > ceiling {
		n.problems = append(n.problems, wire.Problem(model.ReasonLimit,
			"%s %s (%d bytes) was not sent: the ceiling of what may be sent is %d bytes", offer.Layout, offer.SHA256, offer.Size, ceiling))
		return true
	}
	n.sent += offer.Size
	return false
}

// Binary uploads one artifact.
func (n *Network) Binary(artifact wire.Artifact, open func() (io.ReadCloser, error)) error {
	if !n.offered[artifact] {
		return fmt.Errorf("%s %s was never wanted", artifact.Layout, artifact.SHA256)
	}
	err := n.client.call(n.ctx, request{path: n.path(artifact.Route()), open: open})
	var source *SourceError
	var refused *RefusedError
	var key *KeyError
	switch {
	case err == nil:
		n.delivered++
	case errors.As(err, &source):
		n.problems = append(n.problems, wire.Problem(wire.ReasonOf(source), "%s %s was not sent: %v", artifact.Layout, artifact.SHA256, source))
	case errors.As(err, &refused) && !concernsScan(refused.Status):
		n.refuse(fmt.Sprintf("%s %s", artifact.Layout, artifact.SHA256), refused)
	case !errors.As(err, &refused) && !errors.As(err, &key) && n.cut < maxCut && n.isReachable():
		// A server that refuses a body by cutting the connection never gets to say why.
		n.cut++
		n.problems = append(n.problems, wire.Problem(model.ReasonIOError, "%s %s was not sent: %v", artifact.Layout, artifact.SHA256, err))
	default:
		return undeliverable(err)
	}
	return nil
}

// maxCut is how many uploads a server may cut off before it counts as out of reach.
const maxCut = 3

// isReachable asks, after an upload failed for good, whether it was the upload or the server.
func (n *Network) isReachable() bool {
	if n.ctx.Err() != nil {
		return false
	}
	address, err := n.client.address("/api/is-available")
	if err != nil {
		return false
	}
	ctx, watch := newWatch(n.ctx, n.client.options.Pacing)
	defer watch.stop()
	watch.sent()
	response, err := n.client.http.Do(ctx, http1.Request{Method: "GET", URL: address})
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.Status == statusOK
}

// isOver tells that the scan has ended already: the answer to an end whose first answer got lost.
func isOver(status int) bool {
	return status == statusConflict || status == statusGone || status == statusNotFound
}

// concernsScan tells a refusal that holds for everything that would follow.
func concernsScan(status int) bool {
	return status == statusUnauthorized || status == statusProxyAuthRequired || isTemporaryStatus(status)
}

func (n *Network) refuse(what string, refused *RefusedError) {
	code := model.ReasonIOError
	if refused.Status == statusRequestEntityTooLarge {
		code = model.ReasonLimit
	}
	n.problems = append(n.problems, wire.Problem(code, "the server refused %s: %v", what, refused))
}
