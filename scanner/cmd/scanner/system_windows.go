package main

import (
	"net/url"
	"os"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/os/windows"
)

// newSystem is this machine; an error with it says why it cannot be scanned, and it can still say which it is.
func newSystem() (model.System, error) { return windows.New() }

// temporaryBase is where a scan is kept that cannot be delivered: %ProgramData%\Genehound, which others cannot read.
func temporaryBase() string {
	if folder, ok := windows.OwnFolder(); ok {
		return folder
	}
	return os.TempDir()
}

// spoolBase is where what is collected waits: in the offline directory where there is one, for nothing else is written to then.
func spoolBase(output string) string {
	if output != "" {
		return output
	}
	return temporaryBase()
}

// leaveBase removes the folder where nothing was kept in it.
func leaveBase() { windows.LeaveOwnFolder() }

// systemProxy is the proxy by which the system reaches a server, nil where it needs none.
func systemProxy(server *url.URL) (*url.URL, error) { return windows.SystemProxy(server) }
