package codetest

import (
	"math/rand"
	"strings"
	"testing"
)

func BenchmarkClassify(b *testing.B) {
	noise := make([]byte, 256<<10)
	rand.New(rand.NewSource(1)).Read(noise)
	inputs := map[string][]byte{
		"noise": noise,
		"text":  []byte(strings.Repeat("some document text, words and numbers 12345 ", 6000))[:256<<10],
		"zeros": make([]byte, 256<<10),
	}
	if code, _ := sections(&testing.T{}, "/bin/bash"); len(code) > 256<<10 {
		inputs["code"] = code[:256<<10]
	}
	for name, input := range inputs {
		b.Run(name, func(b *testing.B) {
			c := NewClassifier(X8664, len(input))
			b.SetBytes(int64(len(input)))
			for i := 0; i < b.N; i++ {
				c.Classify(input, Options{Final: true})
			}
		})
	}
}
