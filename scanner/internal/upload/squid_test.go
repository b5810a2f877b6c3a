package upload

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const squidPath = "/usr/sbin/squid"

// squidConfiguration lets clients of this machine through to any port, with a password where a helper is named.
func squidConfiguration(directory string, port int, helper string) string {
	lines := []string{
		fmt.Sprintf("http_port 127.0.0.1:%d", port), "pid_filename none", "access_log none", "cache deny all", "cache_mem 8 MB",
		"cache_log " + filepath.Join(directory, "cache.log"), "coredump_dir " + directory, "shutdown_lifetime 0 seconds",
		"pinger_enable off", "cache_effective_user proxy", "netdb_filename none",
	}
	if helper != "" {
		lines = append(lines, "auth_param basic program "+helper, "auth_param basic children 1", "acl known proxy_auth REQUIRED", "http_access allow known")
	} else {
		lines = append(lines, "http_access allow localhost")
	}
	return strings.Join(append(lines, "http_access deny all"), "\n") + "\n"
}

// startSquid starts it on a free port and waits until it accepts connections.
func startSquid(t *testing.T, helper string) string {
	t.Helper()
	for attempt := 0; attempt < 3; attempt++ {
		directory, port := t.TempDir(), freePort(t)
		file := filepath.Join(directory, "squid.conf")
		if err := os.WriteFile(file, []byte(squidConfiguration(directory, port, helper)), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(directory, 0o777); err != nil { // it gives up root
			t.Fatal(err)
		}
		command := exec.Command(squidPath, "-N", "-f", file, "-n", fmt.Sprintf("gh%d%d", os.Getpid(), port))
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { command.Process.Kill(); command.Wait() })
		address := fmt.Sprintf("127.0.0.1:%d", port)
		for waited := 0; waited < 200; waited++ {
			if conn, err := net.Dial("tcp", address); err == nil {
				conn.Close()
				return address
			}
			time.Sleep(50 * time.Millisecond)
		}
		log, _ := os.ReadFile(filepath.Join(directory, "cache.log"))
		t.Logf("squid does not start: %s", log)
	}
	t.Fatal("squid does not start")
	return ""
}

// TestSquid goes through a proxy that is not ours (Debian: squid), without and with a password.
func TestSquid(t *testing.T) {
	if _, err := os.Stat(squidPath); err != nil {
		t.Skip("squid is not installed")
	}
	if os.Getuid() != 0 {
		t.Skip("squid changes its user, which only root may")
	}
	if err := deliverThrough(t, &url.URL{Scheme: "http", Host: startSquid(t, "")}); err != nil {
		t.Error(err)
	}
	// The helper speaks squid's protocol: a line of name and password, escaped as in URLs, answered by OK or ERR.
	directory := t.TempDir()
	for _, open := range []string{directory, filepath.Dir(directory)} { // squid's own user runs it
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	helper := filepath.Join(directory, "helper")
	script := "#!/bin/sh\nwhile read -r line; do case \"$line\" in 'user p%40ss%3Aword'|'user p%40ss%3aword'|'user p%40ss:word'|'user p@ss:word') echo OK;; *) echo ERR;; esac; done\n"
	if err := os.WriteFile(helper, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	address := &url.URL{Scheme: "http", Host: startSquid(t, helper), User: url.UserPassword("user", "p@ss:word")}
	if err := deliverThrough(t, address); err != nil {
		t.Error(err)
	}
	for _, user := range []*url.Userinfo{nil, url.UserPassword("user", "wrong")} {
		address.User = user
		if err := deliverThrough(t, address); err == nil || !strings.Contains(err.Error(), "credentials") {
			t.Errorf("%v: got %v", user, err)
		}
	}
}
