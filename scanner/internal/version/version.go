// Package version says which build this is. The linker sets Version (see build.mjs).
package version

// Version is the release, "0.0.0" where the program was built without build.mjs.
var Version = "0.0.0"
