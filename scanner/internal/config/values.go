package config

import (
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// parseServer takes a host, or the root of one with a scheme; a trailing "/api" is left out, since the scanner
// adds it.
func parseServer(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	address, err := url.Parse(text)
	if err != nil || address.Host == "" || address.Hostname() == "" {
		return nil, usage("the server's address %q is no URL such as https://genehound.example.org", text)
	}
	if !isASCII(address.Host) {
		return nil, usage("the server's name %q has letters beyond ASCII: write it as DNS has it (xn--…)", address.Host)
	}
	if address.Scheme != "https" && address.Scheme != "http" {
		return nil, usage("the server's address must begin with https:// or http://, not %s://", address.Scheme)
	}
	if address.User != nil || address.RawQuery != "" || address.Fragment != "" {
		return nil, usage("the server's address must hold neither credentials nor a query")
	}
	path := strings.TrimRight(address.Path, "/")
	path = strings.TrimRight(strings.TrimSuffix(path, "/api"), "/")
	return &url.URL{Scheme: address.Scheme, Host: address.Host, Path: path}, nil
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > '~' })
}

// parseProxy takes host:port or a URL, with or without credentials. Errors never repeat the text: it may hold a
// password.
func parseProxy(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	address, err := url.Parse(text)
	if err != nil || address.Hostname() == "" || !isASCII(address.Host) {
		return nil, usage("the proxy is no URL such as http://user:password@proxy.example.org:3128")
	}
	switch address.Scheme {
	case "http", "https", "socks5", "socks5h":
		return address, nil
	default:
		return nil, usage("the proxy's address must begin with http://, https:// or socks5://, not %s://", address.Scheme)
	}
}

func parseFingerprint(text string) ([]byte, error) {
	plain := strings.NewReplacer(":", "", " ", "").Replace(text)
	plain = strings.TrimPrefix(strings.ToLower(plain), "sha256")
	digest, err := hex.DecodeString(plain)
	if err != nil || len(digest) != 32 {
		return nil, usage("the fingerprint %q is no SHA-256 in hexadecimal", text)
	}
	return digest, nil
}

// parseTimeout takes seconds, or a duration such as 5m. Empty is the default.
func parseTimeout(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	duration, err := time.ParseDuration(text)
	if seconds, plain := strconv.ParseUint(text, 10, 31); plain == nil {
		duration, err = time.Duration(seconds)*time.Second, nil
	}
	if err != nil || duration < time.Second || duration > 24*time.Hour {
		return 0, usage("the timeout %q is neither seconds nor a duration from 1s to 24h", text)
	}
	return duration, nil
}

func parseCPU(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	percent, err := strconv.Atoi(strings.TrimSuffix(text, "%"))
	if err != nil || percent < 1 || percent > 100 {
		return 0, usage("the CPU ceiling %q is no number from 1 to 100 (percent of one core)", text)
	}
	return percent, nil
}

// minMemory is what the scanner cannot do without, in bytes.
const minMemory = 32_000_000

// applySizes reads what is given in megabytes.
func (c *Config) applySizes(s settings) (err error) {
	for _, one := range []struct {
		setting, what string
		least         uint64
		into          *uint64
	}{
		{settingMemory, "memory ceiling", minMemory, &c.Memory},
		{settingMaxUpload, "ceiling of what is sent", 1, &c.MaxUpload},
		{settingMaxRate, "ceiling of the rate", 1_000, &c.MaxRate},
	} {
		if *one.into, err = parseMegabytes(s[one.setting], one.what, one.least); err != nil {
			return err
		}
	}
	return nil
}

// minPrivateKey is the shortest key of pseudonyms, in bytes: a guessable key gives the names away.
const minPrivateKey = 16

// applyPrivate reads whether names of people are to leave as pseudonyms, and under which key. A key file alone asks for it.
func (c *Config) applyPrivate(s settings) error {
	switch strings.ToLower(s[settingPrivate]) {
	case "", "no", "false", "0":
	case "yes", "true", "1":
		c.Private = true
	default:
		return usage("private is yes or no, not %q", s[settingPrivate])
	}
	if s[settingPrivateKey] == "" {
		return nil
	}
	c.Private = true
	key, err := readKeyFile(s[settingPrivateKey])
	if err != nil {
		return err
	}
	if len(key) < minPrivateKey {
		return usage("the key of pseudonyms in %s has fewer than %d characters", s[settingPrivateKey], minPrivateKey)
	}
	c.PrivateKey = []byte(key)
	return nil
}

// parseMegabytes takes a number of megabytes, or one with k, M or G behind it. Empty is the default, 0.
func parseMegabytes(text, what string, least uint64) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	number, unit := text, 1e6
	switch text[len(text)-1] {
	case 'k', 'K':
		number, unit = text[:len(text)-1], 1e3
	case 'm', 'M':
		number = text[:len(text)-1]
	case 'g', 'G':
		number, unit = text[:len(text)-1], 1e9
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || !(value >= 0) || value*unit < float64(least) || value*unit > 1e15 {
		return 0, usage("the %s %q is no number of megabytes (or 500k, 64M, 2G), or is below %d bytes", what, text, least)
	}
	return uint64(value * unit), nil
}

// parsePIDs takes process ids separated by commas or spaces; nil where there are none.
func parsePIDs(text string) (map[uint32]bool, error) {
	var pids map[uint32]bool
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		pid, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return nil, usage("%q is no process id", word)
		}
		if pids == nil {
			pids = map[uint32]bool{}
		}
		pids[uint32(pid)] = true
	}
	return pids, nil
}
