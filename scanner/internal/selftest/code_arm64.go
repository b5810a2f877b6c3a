package selftest

import _ "embed"

//go:embed code_arm64.bin
var encoded []byte

// call runs the code at the given address by the procedure call standard for Arm on 16 KiB of this goroutine's stack.
//
//go:noescape
func call(code uintptr, seed, rounds uint64) uint64
