// Package config learns what to do from arguments, environment and genehound.conf, in this order of precedence.
package config

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"genehound/scanner/internal/seal"
)

// FileName is the configuration that downloads and kits carry beside the executable.
const FileName = "genehound.conf"

// Config is a valid request. Zero values mean the default of whoever reads them.
type Config struct {
	Server      *url.URL        // host root, without "/api"; nil only for Output and DryRun
	Key         string          // API key; empty only for Output and DryRun
	Proxy       *url.URL        // nil: proxies of the environment
	CAFile      string          // PEM file of certificates to trust, in addition to the system's
	Fingerprint []byte          // SHA-256 of the server's certificate, 32 bytes, or nil
	Output      string          // directory of an offline scan
	SealTo      *seal.Recipient // whose key opens what is written on this machine; nil: it is not sealed
	RuntimeDir  string          // of the lock against a second scanner; empty takes the system\'s
	AnalysisID  string          // UUID chosen by the caller

	Timeout     time.Duration // of the whole scan
	ProcessTime time.Duration // of one look at one process
	CPUPercent  int           // of one core
	Memory      uint64        // ceiling of the scanner's own memory in bytes
	MaxUpload   uint64        // bytes of artifacts that may be sent
	MaxRate     uint64        // bytes per second that may be sent
	PIDs        map[uint32]bool
	ExcludePIDs map[uint32]bool

	DryRun           bool
	JSON             bool
	Quiet            bool
	SelfTest         bool
	Private          bool
	PrivateKey       []byte // of the organisation's pseudonyms; nil: one for this scan alone
	FailOnSuspicious bool

	// Notes are what the caller should tell: unknown settings, a key that travels unencrypted.
	Notes []string
}

// ErrHelp and ErrVersion ask for a text instead of a scan.
var (
	ErrHelp    = errors.New("help requested")
	ErrVersion = errors.New("version requested")
)

// UsageError is a request that cannot be followed; its text is for the operator.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

func usage(format string, values ...any) error { return &UsageError{fmt.Sprintf(format, values...)} }

// Environment is what the program was started in. Directory is where its executable lies.
type Environment struct {
	Lookup    func(name string) (string, bool)
	Directory string
}

// Load reads the arguments (without the program's name), then the environment, then genehound.conf. Errors are
// ErrHelp, ErrVersion or a *UsageError.
func Load(args []string, env Environment) (Config, error) {
	given, err := parseArguments(args)
	if err != nil {
		return Config{}, err
	}
	file, notes, err := readFile(filepath.Join(env.Directory, FileName))
	if err != nil {
		return Config{}, err
	}
	settings := merge(given.settings, fromEnvironment(env.Lookup), file)
	c := Config{
		Output: given.output, AnalysisID: given.analysisID, PIDs: given.pids,
		DryRun: given.dryRun, JSON: given.json, Quiet: given.quiet, SelfTest: given.selfTest,
		FailOnSuspicious: given.failOnSuspicious, Notes: notes,
	}
	c.RuntimeDir, _ = env.Lookup("GENEHOUND_RUNTIME_DIR")
	if err := c.apply(settings); err != nil {
		return Config{}, err
	}
	return c, c.check()
}

// settings are the texts of what may stand in any of the three places; empty is not given.
type settings map[string]string

// names of the settings, as genehound.conf writes them.
const (
	settingURL         = "url"
	settingKey         = "key"
	settingKeyFile     = "key_file"
	settingProxy       = "proxy"
	settingCA          = "ca"
	settingFingerprint = "fingerprint"
	settingTimeout     = "timeout"
	settingProcessTime = "process_timeout"
	settingCPU         = "cpu"
	settingMemory      = "mem"
	settingMaxUpload   = "max_upload"
	settingMaxRate     = "max_rate"
	settingExclude     = "exclude"
	settingPrivate     = "private"
	settingPrivateKey  = "private_key_file"
	settingEncryptTo   = "encrypt_to"
)

var settingNames = []string{
	settingURL, settingKey, settingKeyFile, settingProxy, settingCA, settingFingerprint, settingTimeout,
	settingProcessTime, settingCPU, settingMemory, settingMaxUpload, settingMaxRate, settingExclude,
	settingPrivate, settingPrivateKey, settingEncryptTo,
}

var environmentNames = map[string]string{
	settingURL: "GENEHOUND_URL", settingKey: "GENEHOUND_KEY", settingKeyFile: "GENEHOUND_KEY_FILE",
	settingProxy: "GENEHOUND_PROXY", settingCA: "GENEHOUND_CA", settingFingerprint: "GENEHOUND_FINGERPRINT",
}

func fromEnvironment(lookup func(string) (string, bool)) settings {
	found := settings{}
	for setting, name := range environmentNames {
		if value, ok := lookup(name); ok {
			found[setting] = strings.TrimSpace(value)
		}
	}
	return found
}

// merge takes each setting from the first source that has it. A key and a key file are one setting: a source that
// names either hides both of the later ones.
func merge(sources ...settings) settings {
	result := settings{}
	for _, source := range sources {
		keyKnown := result[settingKey] != "" || result[settingKeyFile] != ""
		for name, value := range source {
			isKey := name == settingKey || name == settingKeyFile
			if value != "" && result[name] == "" && !(isKey && keyKnown) {
				result[name] = value
			}
		}
	}
	return result
}

func (c *Config) apply(s settings) (err error) {
	if c.Key, err = keyOf(s); err != nil {
		return err
	}
	if s[settingURL] != "" {
		if c.Server, err = parseServer(s[settingURL]); err != nil {
			return err
		}
	}
	if s[settingProxy] != "" {
		if c.Proxy, err = parseProxy(s[settingProxy]); err != nil {
			return err
		}
	}
	if s[settingFingerprint] != "" {
		if c.Fingerprint, err = parseFingerprint(s[settingFingerprint]); err != nil {
			return err
		}
	}
	if c.Timeout, err = parseTimeout(s[settingTimeout]); err != nil {
		return err
	}
	if c.ProcessTime, err = parseTimeout(s[settingProcessTime]); err != nil {
		return err
	}
	if err := c.applySizes(s); err != nil {
		return err
	}
	if c.CPUPercent, err = parseCPU(s[settingCPU]); err != nil {
		return err
	}
	if c.ExcludePIDs, err = parsePIDs(s[settingExclude]); err != nil {
		return err
	}
	c.CAFile = s[settingCA]
	if text := s[settingEncryptTo]; text != "" {
		if c.SealTo, err = seal.ParseRecipient(text); err != nil {
			return usage("--encrypt-to %q: %v, as genehound key seal makes it", text, err)
		}
	}
	return c.applyPrivate(s)
}

func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(text) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
		if dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return true
}

func (c *Config) check() error {
	if c.AnalysisID != "" && !isUUID(c.AnalysisID) {
		return usage("--id %q is no UUID", c.AnalysisID)
	}
	if c.DryRun && c.Output != "" {
		return usage("--dry-run writes nothing: leave out -o")
	}
	if c.Output != "" || c.DryRun {
		return nil
	}
	if c.Server == nil {
		return usage("no server known: name it by -u https://HOST, by GENEHOUND_URL, or by \"url = https://HOST\" in %s beside the scanner; -o DIR scans without a server", FileName)
	}
	if c.Key == "" {
		return usage("no API key: give it by -k KEY, GENEHOUND_KEY, --key-file FILE, or \"key = KEY\" in %s beside the scanner", FileName)
	}
	if c.Server.Scheme == "http" && !isLoopback(c.Server.Hostname()) {
		c.Notes = append(c.Notes, "the server's address is http, not https: key and scan travel unencrypted")
	}
	return nil
}

func isLoopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

const maxKeyBytes = 512

// readKeyFile reads a key that stands alone in a file.
func readKeyFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", usage("cannot read the key file: %v", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxKeyBytes+1))
	if err != nil {
		return "", usage("cannot read the key file: %v", err)
	}
	key := strings.TrimSpace(string(text))
	if key == "" {
		return "", usage("the key file %s is empty", path)
	}
	return key, nil
}

func keyOf(s settings) (string, error) {
	key := s[settingKey]
	if key == "" && s[settingKeyFile] != "" {
		var err error
		if key, err = readKeyFile(s[settingKeyFile]); err != nil {
			return "", err
		}
	}
	for _, r := range key {
		if r < '!' || r > '~' {
			return "", usage("the API key holds characters that no key has")
		}
	}
	if len(key) > maxKeyBytes {
		return "", usage("the API key is longer than %d characters", maxKeyBytes)
	}
	return key, nil
}

// Secrets lists what of this request must be in no report: the key, and the proxy's password as it is and as a URL
// writes it.
func (c Config) Secrets() []string {
	secrets := []string{c.Key}
	if c.Proxy != nil && c.Proxy.User != nil {
		if password, set := c.Proxy.User.Password(); set {
			secrets = append(secrets, password, url.QueryEscape(password), url.PathEscape(password))
		}
	}
	return secrets
}
