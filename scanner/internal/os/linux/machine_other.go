//go:build linux && !arm64

package linux

// is64ARM tells which machine's images run here.
const is64ARM = false
