package linux

// is64ARM tells which machine's images run here.
const is64ARM = true
