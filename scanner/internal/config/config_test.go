package config

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const key = "11111111-2222-3333-4444-555555555555"

func load(t *testing.T, conf string, environment map[string]string, args ...string) (Config, error) {
	t.Helper()
	directory := t.TempDir()
	if conf != "" {
		if err := os.WriteFile(filepath.Join(directory, FileName), []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lookup := func(name string) (string, bool) { value, ok := environment[name]; return value, ok }
	return Load(args, Environment{Lookup: lookup, Directory: directory})
}

func TestArgumentsThenEnvironmentThenFile(t *testing.T) {
	conf := "\xef\xbb\xbf# kit of hunt 7\r\nurl = https://file.example/api/\r\nkey=\"file-key\"\r\ncpu = 40%\r\n"
	c, err := load(t, conf, map[string]string{"GENEHOUND_URL": "https://env.example"}, "-k", key)
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.String() != "https://env.example" || c.Key != key || c.CPUPercent != 40 {
		t.Errorf("got %v %q %d", c.Server, c.Key, c.CPUPercent)
	}
	c, err = load(t, conf, nil)
	if err != nil || c.Server.String() != "https://file.example" || c.Key != "file-key" {
		t.Errorf("got %v %q %v", c.Server, c.Key, err)
	}
	c, err = load(t, conf, map[string]string{"GENEHOUND_URL": "https://env.example"}, "-u", "http://127.0.0.1:9/api")
	if err != nil || c.Server.String() != "http://127.0.0.1:9" || len(c.Notes) != 0 {
		t.Errorf("got %v %v %v", c.Server, c.Notes, err)
	}
}

func TestAKeyFileOfANearerSourceHidesTheKeyOfAFartherOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load(t, "key = other\nurl = h.example", nil, "--key-file", path)
	if err != nil || c.Key != key {
		t.Errorf("got %q %v", c.Key, err)
	}
}

func TestEveryOption(t *testing.T) {
	fingerprint := strings.Repeat("AB:", 31) + "cd"
	c, err := load(t, "", nil, "--key="+key, "--url", "https://h.example:8443/sub/api/", "-p", "user:pa%40ss@proxy:3128",
		"--ca", "ca.pem", "--fingerprint", fingerprint, "--timeout", "90", "--cpu", "100", "--pid", "1,2", "--pid", "3",
		"--exclude", "4 5", "-i", key, "--json", "-q", "--self-test", "--fail-on-suspicious")
	if err != nil {
		t.Fatal(err)
	}
	password, _ := c.Proxy.User.Password()
	if c.Server.String() != "https://h.example:8443/sub" || c.Proxy.Host != "proxy:3128" || password != "pa@ss" {
		t.Errorf("got %v, %v", c.Server, c.Proxy.Redacted())
	}
	if hex.EncodeToString(c.Fingerprint) != strings.Repeat("ab", 31)+"cd" || c.Timeout != 90*time.Second || c.CPUPercent != 100 {
		t.Errorf("got %x %v %d", c.Fingerprint, c.Timeout, c.CPUPercent)
	}
	if len(c.PIDs) != 3 || !c.PIDs[3] || len(c.ExcludePIDs) != 2 || c.AnalysisID != key {
		t.Errorf("got %v %v %q", c.PIDs, c.ExcludePIDs, c.AnalysisID)
	}
	if !c.JSON || !c.Quiet || !c.SelfTest || !c.FailOnSuspicious || c.DryRun {
		t.Errorf("got %+v", c)
	}
}

func TestRefusals(t *testing.T) {
	server := []string{"-k", key, "-u", "https://h.example"}
	for name, tt := range map[string]struct {
		conf string
		args []string
		text string
	}{
		"no server":              {"", []string{"-k", key}, "no server known"},
		"no key":                 {"", []string{"-u", "https://h.example"}, "no API key"},
		"unknown option":         {"", append(server, "--fast"), "fast"},
		"stray argument":         {"", append(server, "now"), "unexpected argument"},
		"missing value":          {"", []string{"-k"}, "-k"},
		"empty value":            {"key = other\nurl = h", []string{"-k", ""}, "needs a value"},
		"option for a value":     {"", []string{"-k", "-u", "https://h.example"}, "-k needs a value"},
		"scheme":                 {"", []string{"-k", key, "-u", "ftp://h.example"}, "https://"},
		"no host":                {"", []string{"-k", key, "-u", "https://"}, "no URL"},
		"credentials in address": {"", []string{"-k", key, "-u", "https://a:b@h.example"}, "credentials"},
		"proxy scheme":           {"", append(server, "-p", "ftp://h"), "proxy"},
		"memory":                 {"", append(server, "--mem", "10"), "memory ceiling"},
		"rate":                   {"", append(server, "--max-rate", "-1k"), "rate"},
		"upload":                 {"", append(server, "--max-upload", "NaN"), "sent"},
		"fingerprint":            {"", append(server, "--fingerprint", "abcd"), "SHA-256"},
		"timeout":                {"", append(server, "--timeout", "soon"), "timeout"},
		"negative timeout":       {"", append(server, "--timeout", "0s"), "timeout"},
		"cpu":                    {"", append(server, "--cpu", "0"), "CPU"},
		"pid":                    {"", append(server, "--pid", "x1"), "process id"},
		"id":                     {"", append(server, "-i", "7"), "UUID"},
		"key with line feed":     {"", []string{"-k", "a\nb", "-u", "https://h.example"}, "characters"},
		"no public key":          {"", []string{"-o", "d", "--encrypt-to", "age1abc"}, "--encrypt-to"},
		"dry run into directory": {"", []string{"--dry-run", "-o", "d"}, "--dry-run"},
		"line without =":         {"url", server, "line 1"},
		"missing key file":       {"", []string{"--key-file", "/nonexistent/key", "-u", "https://h.example"}, "key file"},
	} {
		_, err := load(t, tt.conf, nil, tt.args...)
		var refusal *UsageError
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Text, tt.text) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAProxyPasswordIsNeverRepeated(t *testing.T) {
	_, err := load(t, "", nil, "-k", key, "-u", "https://h.example", "-p", "http://user:s3cret@[bad")
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}

func TestHelpVersionAndScansWithoutServer(t *testing.T) {
	for _, tt := range []struct {
		arg  string
		want error
	}{{"--help", ErrHelp}, {"-h", ErrHelp}, {"--version", ErrVersion}, {"--dry-run", nil}, {"-o=d", nil}} {
		if _, err := load(t, "", nil, tt.arg); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v", tt.arg, err)
		}
	}
}

func TestNotes(t *testing.T) {
	c, err := load(t, "colour = blue\nca = ca.pem", nil, "-k", key, "-u", "http://h.example")
	if err != nil || len(c.Notes) != 2 {
		t.Fatalf("got %v %v", c.Notes, err)
	}
	if !filepath.IsAbs(c.CAFile) {
		t.Errorf("a path in the file is relative to the file, got %q", c.CAFile)
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte("url = https://h\n# c\nkey='k'"))
	f.Add([]byte("\xef\xbb\xbfurl=\r\n=\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		found, _, err := parseFile(text, "/d/genehound.conf")
		if err == nil && found == nil {
			t.Error("neither settings nor an error")
		}
	})
}
