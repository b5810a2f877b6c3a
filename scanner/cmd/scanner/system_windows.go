package main

import (
	"os"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/windows"
)

func newSystem() (model.System, error) { return windows.New() }

// temporaryBase is the user's or the system's temporary directory.
func temporaryBase() string { return os.TempDir() }
