package main

import (
	"net/url"
	"os"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/windows"
)

func newSystem() (model.System, error) { return windows.New() }

// temporaryBase is the user's or the system's temporary directory.
func temporaryBase() string { return os.TempDir() }

// systemProxy is the proxy by which the system reaches a server, nil where it needs none.
func systemProxy(server *url.URL) (*url.URL, error) { return windows.SystemProxy(server) }
