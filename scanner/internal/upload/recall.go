package upload

import (
	"genehound/scanner/internal/jsontext"
	"genehound/scanner/internal/wire"
)

// knownRoute is KNOWN_MESSAGE_ROUTE of the contract.
const knownRoute = "known-message"

// recallFrom is the size from which a message is worth the question. Bytes, before compression.
const recallFrom = 8 << 10

// recalls asks whether the server has the very bytes of a message, which then counts as sent. The question only saves
// sending: whatever comes but a plain yes (404 of a server that does not know it, a lasting 5xx, silence), the message is
// sent, and what stands in its way shows there.
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
	if err := n.client.call(n.ctx, request{path: n.path(knownRoute), json: question, answer: &answer, spare: true}); err != nil {
		n.forgetful = true
		return false, nil
	}
	result, _ := jsontext.Field(answer, "result")
	known, _ := jsontext.Field(result, "known")
	yes, isBool := known.(bool)
	return isBool && yes, nil
}
