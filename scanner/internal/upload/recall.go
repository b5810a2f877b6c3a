package upload

import (
	"errors"
	"fmt"

	"genehound/scanner/internal/jsontext"
	"genehound/scanner/internal/wire"
)

// knownRoute is KNOWN_MESSAGE_ROUTE of the contract.
const knownRoute = "known-message"

// recallFrom is the size from which a message is worth the question. Bytes, before compression.
const recallFrom = 8 << 10

// recalls asks whether the server has the very bytes of a message, which then counts as sent. An error is about the scan.
// A server or collector that does not know the question answers 404; whatever a server answers but a plain yes, the
// message is sent.
func (n *Network) recalls(message wire.Message) (bool, error) {
	if message.Recalled == "" || n.forgetful {
		return false, nil
	}
	digest, size, err := wire.Digest(message.Body)
	if err != nil || size < recallFrom {
		return false, err
	}
	question, err := encode(map[string]string{"message": message.Recalled, "sha256": digest})
	if err != nil {
		return false, err
	}
	var answer any
	err = n.client.call(n.ctx, request{path: n.path(knownRoute), json: question, answer: &answer})
	var refused *RefusedError
	var odd *answerError
	switch {
	case err == nil:
		result, _ := jsontext.Field(answer, "result")
		known, _ := jsontext.Field(result, "known")
		yes, isBool := known.(bool)
		return isBool && yes, nil
	case errors.As(err, &odd), errors.As(err, &refused) && !concernsScan(refused.Status):
		n.forgetful = true
		return false, nil
	default:
		return false, undeliverable(fmt.Errorf("%s: %w", knownRoute, err))
	}
}
