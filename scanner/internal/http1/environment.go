package http1

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// FromEnvironment names the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY (or their lower-case forms, which come
// first, as curl has them) give for an address. ALL_PROXY is the last resort.
func FromEnvironment(lookup func(string) (string, bool)) func(*url.URL) (*url.URL, error) {
	first := func(names ...string) string {
		for _, name := range names {
			if value, ok := lookup(name); ok && strings.TrimSpace(value) != "" {
				return strings.TrimSpace(value)
			}
		}
		return ""
	}
	byScheme := map[string]string{
		"http":  first("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
		"https": first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
	}
	direct := strings.Split(first("no_proxy", "NO_PROXY"), ",")
	return func(address *url.URL) (*url.URL, error) {
		text := byScheme[address.Scheme]
		if text == "" || isDirect(address, direct) {
			return nil, nil
		}
		if !strings.Contains(text, "://") {
			text = "http://" + text
		}
		proxy, err := url.Parse(text)
		if err != nil || proxy.Hostname() == "" || defaultPorts[proxy.Scheme] == "" {
			return nil, &ProxyError{0, "the environment's proxy is no address"}
		}
		return proxy, nil
	}
}

// isDirect follows what curl and the Go library agree on: names with everything below them, addresses, networks, an
// optional port, "*" for all. This machine itself is never reached through a proxy.
func isDirect(address *url.URL, direct []string) bool {
	host := strings.ToLower(strings.TrimSuffix(address.Hostname(), "."))
	ip, err := netip.ParseAddr(host)
	isIP := err == nil
	if host == "localhost" || isIP && ip.IsLoopback() {
		return true
	}
	for _, entry := range direct {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if entry == "*" {
			return true
		}
		if network, err := netip.ParsePrefix(entry); err == nil {
			if isIP && network.Contains(ip.Unmap()) {
				return true
			}
			continue
		}
		name := entry
		if before, port, err := net.SplitHostPort(entry); err == nil {
			if port != portOf(address) {
				continue
			}
			name = before
		}
		name = strings.TrimPrefix(strings.TrimPrefix(strings.Trim(name, "[]"), "*"), ".")
		if name != "" && (host == name || !isIP && strings.HasSuffix(host, "."+name)) {
			return true
		}
	}
	return false
}

func portOf(address *url.URL) string {
	if port := address.Port(); port != "" {
		return port
	}
	return defaultPorts[address.Scheme]
}
