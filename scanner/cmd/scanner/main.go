// Command scanner looks for executable code in the memory of this machine, delivers what the server does not know
// yet, and exits. See README.md, or --help.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"genehound/scanner/internal/config"
	"genehound/scanner/internal/version"
)

// Exit statuses; config.Help explains them.
const (
	exitDone        = 0
	exitInternal    = 1
	exitUsage       = 2
	exitUnsupported = 2 // as wrong usage: this program is the wrong one here
	exitKey         = 3
	exitFindings    = 10
	exitIncomplete  = 20
	exitUndelivered = 30
)

func main() {
	// A closed pipe must not end a scan that is to be delivered: without this, a log line would.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// run is the whole program: arguments in, exit status out.
func run(args []string, lookup func(string) (string, bool), stdout, stderr io.Writer) int {
	request, err := config.Load(args, config.Environment{Lookup: lookup, Directory: executableDirectory()})
	switch {
	case errors.Is(err, config.ErrHelp):
		fmt.Fprint(stdout, config.Help)
		return exitDone
	case errors.Is(err, config.ErrVersion):
		fmt.Fprintf(stdout, "genehound scanner %s %s/%s\n", version.Version, runtime.GOOS, runtime.GOARCH)
		return exitDone
	case err != nil:
		fmt.Fprintf(stderr, "scanner: %v. See --help.\n", err)
		return exitUsage
	}
	console := newConsole(stderr, request.Quiet)
	for _, note := range request.Notes {
		console.say("Note: %s.", note)
	}
	result := newScan(request, console, stdout).run()
	console.clear()
	result.report(request, console, stdout)
	return result.ExitCode
}

// executableDirectory is where genehound.conf lies. Without it there is no such file.
func executableDirectory() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}
