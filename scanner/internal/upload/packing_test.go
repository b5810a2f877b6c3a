package upload

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func TestLongMessagesArePackedAndSaySo(t *testing.T) {
	for _, length := range []int{0, 1, packFrom - 20, packFrom - 13, packFrom - 12, packFrom, 300_000} {
		body := map[string]string{"text": strings.Repeat("a", length)}
		want, err := encode(body)
		if err != nil {
			t.Fatal(err)
		}
		got, packed, err := encodePacked(body)
		if err != nil {
			t.Fatal(err)
		}
		if packed != (len(want) >= packFrom) {
			t.Errorf("%d bytes: packed is %v", len(want), packed)
		}
		if packed {
			reader, err := gzip.NewReader(bytes.NewReader(got))
			if err != nil {
				t.Fatal(err)
			}
			if got, err = io.ReadAll(reader); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d bytes became %d others", len(want), len(got))
		}
	}
}
