module genehound/scanner

go 1.21

toolchain go1.26.8

require golang.org/x/sys v0.30.0
