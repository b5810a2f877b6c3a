//go:build race

package main

// raced: the race detector multiplies memory and time, so that ceilings tell nothing.
const raced = true
