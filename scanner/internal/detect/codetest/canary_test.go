package codetest

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"testing"
)

// codeOfThisMachine returns .text of some program here.
func codeOfThisMachine(t *testing.T) []byte {
	t.Helper()
	self, _ := os.Executable()
	for _, path := range []string{"/bin/bash", "/usr/bin/python3.11", "/lib/x86_64-linux-gnu/libc.so.6", self} {
		if code, _ := sections(t, path); len(code) > 64*pageSize {
			return code
		}
	}
	t.Skip("no x86-64 program here")
	return nil
}

func masked(page []byte) []byte {
	out := make([]byte, len(page))
	Mask(out, page, Classify(X8664, page, Options{Final: true}).Code)
	return out
}

// functionEnds lists offsets behind a return, where a compiler or an attacker would put data.
func functionEnds(code []byte) []int {
	var ends []int
	for i := 0; i+1 < len(code); i++ {
		if code[i] == 0xc3 && code[i+1] != 0xc3 && (i < 4 || code[i-1] != 0x0f) {
			ends = append(ends, i+1)
		}
	}
	return ends
}

var secrets = map[string]func(*rand.Rand, int) string{
	"letters and digits": func(r *rand.Rand, n int) string {
		return draw(r, n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
	},
	"hexadecimal": func(r *rand.Rand, n int) string { return draw(r, n, "0123456789abcdef") },
	"printable":   func(r *rand.Rand, n int) string { return draw(r, n, printableAlphabet()) },
	"words":       func(r *rand.Rand, n int) string { return ("CANARY-" + draw(r, 256, "abcdef0123456789-"))[:n] },
	"wide": func(r *rand.Rand, n int) string {
		return strings.Join(strings.Split(draw(r, n, "abcdefghijklmnopqrstuvwxyz "), ""), "\x00") + "\x00"
	},
	"bytes": func(r *rand.Rand, n int) string {
		b := make([]byte, n)
		r.Read(b)
		return string(b)
	},
}

func draw(r *rand.Rand, n int, alphabet string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.Intn(len(alphabet))]
	}
	return string(b)
}

func printableAlphabet() string {
	var b strings.Builder
	for c := byte(0x20); c < 0x7f; c++ {
		b.WriteByte(c)
	}
	return b.String()
}

// A secret that stands in a page of real code must not leave with it, wherever in the page it stands: behind a
// function, over the middle of one, or at the page's edge.
func TestSecretsBesideCodeStay(t *testing.T) {
	code := codeOfThisMachine(t)
	random := rand.New(rand.NewSource(11))
	for name, make := range secrets {
		for _, length := range []int{12, 14, 16, 24, 36, 64, 200} {
			leaks, whole, total := 0, 0, 0
			example := ""
			for try := 0; try < 120; try++ {
				start := random.Intn(len(code)-pageSize) / pageSize * pageSize
				page := bytes.Clone(code[start : start+pageSize])
				secret := make(random, length)
				if len(secret) >= pageSize {
					continue
				}
				at := random.Intn(pageSize - len(secret))
				if ends := functionEnds(page[:pageSize-len(secret)]); try%3 != 0 && len(ends) > 0 {
					at = ends[random.Intn(len(ends))]
				}
				copy(page[at:], secret)
				out := masked(page)
				total++
				if bytes.Contains(out, []byte(secret)) {
					whole++
					example = fmt.Sprintf("%q at %d", secret, at)
				}
				if longest := longestCommon(out[at:at+len(secret)], secret); longest >= 10 {
					leaks++
				}
			}
			t.Logf("%-20s %3d: %d of %d leave whole, %d with 10 bytes or more %s", name, length, whole, total, leaks, example)
			if name != "bytes" && length >= minText && whole > 0 {
				t.Errorf("%s of %d bytes: %d of %d leave: %s", name, length, whole, total, example)
			}
			// A few random bytes can be a plausible instruction or two; a key's length cannot.
			if limit := 0.15; length < 24 && float64(whole) > limit*float64(total) || length >= 36 && whole > 0 {
				t.Errorf("%s of %d bytes: %d of %d leave: %s", name, length, whole, total, example)
			}
		}
	}
}

// longestCommon is the longest run of secret that is still in place in out.
func longestCommon(out []byte, secret string) int {
	longest, run := 0, 0
	for i := range out {
		if out[i] == secret[i] && out[i] != 0 {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}
