package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"genehound/scanner/internal/collect"
	"genehound/scanner/internal/config"
	"genehound/scanner/internal/dryrun"
	"genehound/scanner/internal/lock"
	"genehound/scanner/internal/model"
	"genehound/scanner/internal/offline"
	"genehound/scanner/internal/private"
	"genehound/scanner/internal/selftest"
	"genehound/scanner/internal/upload"
	"genehound/scanner/internal/version"
	"genehound/scanner/internal/wire"
)

const (
	defaultTimeout = 9 * time.Minute
	// deliveryTimeouts is how many times the scan's timeout delivery may take on top of it.
	deliveryTimeouts = 3
	// farewell is how long an interrupted scan may still take to tell the server.
	farewell = 20 * time.Second
)

// scan is one run.
type scan struct {
	request config.Config
	console *console
	stdout  io.Writer
	start   time.Time
	system  model.System        // nil: this machine
	refusal error               // why this machine cannot be scanned
	names   *private.Pseudonyms // nil: names leave as they are
	pacing  upload.Pacing

	collecting context.Context // ends with the first signal
	delivering context.Context // ends later
}

func newScan(request config.Config, console *console, stdout io.Writer) *scan {
	if request.Timeout == 0 {
		request.Timeout = defaultTimeout
	}
	return &scan{request: request, console: console, stdout: stdout, start: time.Now()}
}

// run scans and returns what came of it; it never fails without a result.
func (s *scan) run() *result {
	r := &result{Outcome: outcomeFailed, Version: version.Version, SelfTest: s.request.SelfTest}
	defer func() { r.Seconds = time.Since(s.start).Seconds() }()
	if s.system == nil {
		if s.system, s.refusal = newSystem(); s.system == nil {
			return r.fail(exitInternal, s.refusal)
		}
	}
	if err := s.prepareNames(r); err != nil {
		return r.fail(exitInternal, err)
	}
	held, err := lock.Acquire(s.request.RuntimeDir)
	if err != nil && s.refusal == nil {
		return r.fail(exitInternal, err)
	}
	if err == nil {
		defer held.Release()
		// Only who holds the lock: another scanner's folder is not for this one to remove.
		defer leaveBase()
	}
	defer s.handleSignals()()
	if s.refusal != nil {
		s.console.warn("scanner: %v. This is told, and nothing is read.", s.refusal)
		s.handOver(r)
		return r
	}
	if s.request.SelfTest {
		threat, err := selftest.Plant()
		if errors.Is(err, selftest.ErrUnsupported) {
			return r.fail(exitUsage, err)
		}
		if err != nil {
			return r.fail(exitInternal, err)
		}
		defer threat.Release()
		s.console.say("Self-test: the Genehound Test Threat lies at %#x in process %d.", threat.Base(), os.Getpid())
	}
	s.handOver(r)
	return r
}

// handOver collects, and takes what there is where it belongs.
func (s *scan) handOver(r *result) {
	switch {
	case s.request.DryRun:
		s.list(r)
	case s.request.Output != "":
		s.write(r)
	default:
		s.deliver(r)
	}
}

// handleSignals ends collecting with the first signal, and delivering with the second or after a while. The returned
// function undoes it.
func (s *scan) handleSignals() func() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	collecting, stopCollecting := context.WithCancel(context.Background())
	delivering, stopDelivering := context.WithTimeout(context.Background(), (1+deliveryTimeouts)*s.request.Timeout)
	s.collecting, s.delivering = collecting, delivering
	go func() {
		select {
		case <-signals:
			stopCollecting()
			s.console.warn("Interrupted: ending the scan; once more to end at once.")
		case <-delivering.Done():
			return
		}
		patience := time.NewTimer(farewell)
		defer patience.Stop()
		select {
		case <-signals:
		case <-patience.C:
		case <-delivering.Done():
		}
		stopDelivering()
	}()
	return func() {
		signal.Stop(signals)
		stopDelivering()
		stopCollecting()
	}
}

func (s *scan) info() wire.ScannerInfo {
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	directory, err := os.Getwd()
	if err != nil {
		directory = ""
	}
	info := wire.ScannerInfo{
		ScanType:   wire.ScanTypeEndpoint,
		AnalysisID: s.request.AnalysisID,
		Options: wire.ScanOptions{
			Analyze: true, SelfTest: s.request.SelfTest, Limited: s.request.PIDs != nil || s.request.ExcludePIDs != nil,
			Private: s.names != nil,
		},
		Scanner: wire.Scanner{
			Version: version.Version, Platform: runtime.GOOS + "/" + runtime.GOARCH, ImageType: "64",
			PID: os.Getpid(), ProcessPath: path, Username: s.system.Privileges().User, WorkDir: directory,
		},
		StartTime: s.start.Unix(),
	}
	if s.names != nil {
		info.Scanner.ProcessPath, info.Scanner.WorkDir = s.names.Path(path), s.names.Path(directory)
		info.Scanner.Username = s.names.User(info.Scanner.Username)
	}
	return info
}

// prepareNames makes the pseudonyms that were asked for.
func (s *scan) prepareNames(r *result) error {
	if !s.request.Private {
		return nil
	}
	key := s.request.PrivateKey
	if key == nil {
		key = make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return err
		}
		r.Notes = append(r.Notes, "without --private-key-file the pseudonyms of this scan are like those of no other")
	}
	s.names = private.New(key)
	return nil
}

// self describes this program for the manifest; its hash is left out where its file cannot be read.
func self() wire.ManifestScanner {
	described := wire.ManifestScanner{Version: version.Version, Platform: runtime.GOOS + "/" + runtime.GOARCH}
	path, err := os.Executable()
	if err != nil {
		return described
	}
	file, err := os.Open(path)
	if err != nil {
		return described
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err == nil {
		described.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	return described
}

// keptInfo is what an offline directory says: the uploader sets the kind of scan, and an id that a server may already
// hold cannot be used again.
func (s *scan) keptInfo(begun bool) wire.ScannerInfo {
	info := s.info()
	info.ScanType = ""
	if begun {
		info.AnalysisID = ""
	}
	return info
}

func (s *scan) openDirectory(root string, begun bool) (*offline.Writer, error) {
	return offline.New(offline.Options{
		Root: root, Base: temporaryBase(), Computer: s.system.HostInfo().ComputerName,
		ScannerInfo: s.keptInfo(begun), Start: s.start, SealTo: s.request.SealTo,
	})
}

// pass collects into the carrier.
func (s *scan) pass(r *result, carrier wire.Carrier) error {
	options := collect.Options{
		CPUPercent: s.request.CPUPercent, Timeout: s.request.Timeout, ProcessTimeout: s.request.ProcessTime,
		Memory: s.request.Memory, SpoolDirectory: spoolBase(r.Directory),
		ExcludePIDs: s.request.ExcludePIDs, OnlyPIDs: s.request.PIDs, Secrets: s.request.Secrets(),
	}
	account := wire.NewAccount(carrier, self(), time.Now, s.names != nil, s.request.DryRun)
	var sink model.Sink = wire.NewSink(account)
	if s.names != nil {
		sink = private.NewSink(sink, s.names)
	}
	if s.refusal != nil {
		summary, err := collect.Refuse(s.system, sink, s.refusal)
		r.add(summary, append(summary.Problems, carrier.Problems()...))
		r.Error = s.refusal.Error()
		return err
	}
	summary, err := collect.Run(s.collecting, s.system, sink, options, s.console.progress)
	r.add(summary, carrier.Problems())
	return err
}

func (s *scan) list(r *result) {
	listing := dryrun.New(s.stdout, s.request.JSON)
	if err := s.pass(r, listing); err != nil {
		r.fail(exitInternal, err)
		return
	}
	totals := listing.Totals()
	r.Listed = &totals
	r.finish(s.request, outcomeListed)
}

func (s *scan) write(r *result) {
	directory, err := s.openDirectory(s.request.Output, false)
	if err != nil {
		r.fail(exitInternal, err)
		return
	}
	r.Directory, r.ScanDirectory = directory.Root(), directory.Directory()
	if err := s.pass(r, directory); err != nil {
		r.fail(exitInternal, err)
		return
	}
	r.finish(s.request, outcomeWritten)
}

// proxy is the one that was asked for; else, where the environment names none, the system's.
func (s *scan) proxy() *url.URL {
	if s.request.Proxy != nil {
		return s.request.Proxy
	}
	for _, name := range []string{"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"} {
		if os.Getenv(name) != "" {
			return nil // upload asks the environment itself
		}
	}
	proxy, err := systemProxy(s.request.Server)
	if err != nil {
		s.console.warn("%v.", err)
	}
	return proxy
}

func (s *scan) deliver(r *result) {
	client, err := upload.NewClient(upload.Options{
		Server: s.request.Server, Key: s.request.Key, Proxy: s.proxy(), CAFile: s.request.CAFile,
		Fingerprint: s.request.Fingerprint,
		UserAgent:   fmt.Sprintf("genehound-scanner/%s (%s; %s)", version.Version, runtime.GOOS, runtime.GOARCH),
		Pacing:      s.pacing,
		MaxUpload:   s.request.MaxUpload,
		MaxRate:     s.request.MaxRate,
		Log:         func(text string) { s.console.say("%s", text) },
	})
	if err != nil {
		r.fail(exitUsage, err)
		return
	}
	defer client.Close()
	r.Server = s.request.Server.String()
	network, lost := s.begin(client)
	var key *upload.KeyError
	var taken *upload.RefusedError
	switch {
	case errors.As(lost, &key):
		r.fail(exitKey, key)
		return
	case errors.As(lost, &taken) && network == nil && taken.Status == 409:
		r.fail(exitUsage, fmt.Errorf("the server has a scan with this id already: %s", taken.Text))
		return
	case lost != nil:
		s.console.warn("The server cannot be reached: %v. The scan will be kept on this machine.", lost)
	default:
		r.AnalysisID = network.AnalysisID()
	}
	var undelivered *upload.UndeliverableError
	begun := network != nil || errors.As(lost, &undelivered) && undelivered.Begun
	open := func() (*offline.Writer, error) { return s.openDirectory("", begun) }
	keeping := upload.NewKeeping(network, lost, open, func(text string) { s.console.warn("%s", text) })
	err = s.pass(r, keeping)
	s.conclude(r, keeping, network, err)
}

// begin gets the token and creates the scan, before anything is collected.
func (s *scan) begin(client *upload.Client) (*upload.Network, error) {
	if err := client.Authenticate(s.delivering); err != nil {
		return nil, err
	}
	return upload.Begin(s.delivering, client, s.info())
}

// conclude tells delivered from kept from lost.
func (s *scan) conclude(r *result, keeping *upload.Keeping, network *upload.Network, err error) {
	if network != nil {
		r.ArtifactsDelivered = network.Delivered()
	}
	if err := keeping.Finish(); err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("the temporary directory could not be removed: %v", err))
	}
	if kept := keeping.Kept(); kept != nil {
		r.Directory, r.ScanDirectory = kept.Root(), kept.Directory()
	}
	if lost := keeping.Lost(); lost != nil {
		r.Error = lost.Error()
	}
	switch {
	case err != nil:
		r.fail(exitInternal, err)
	case keeping.Lost() != nil:
		r.finish(s.request, outcomeKept)
	default:
		r.finish(s.request, outcomeDelivered)
	}
}
