module genehound/scanner

go 1.21

toolchain go1.26.8

require golang.org/x/sys v0.30.0

require golang.org/x/crypto v0.33.0
