package windows

import (
	"net/url"
	"strings"
)

// proxyOf takes the proxy for a server out of Windows's list, nil where the server is reached without: entries are
// host:port, or scheme=host:port, apart by semicolons or blanks. bypass lists hosts with stars; <local> is a name without a
// dot.
func proxyOf(list, bypass string, server *url.URL) *url.URL {
	if bypassed(bypass, strings.ToLower(server.Hostname())) {
		return nil
	}
	for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == ' ' || r == '\t' }) {
		scheme, host, found := strings.Cut(entry, "=")
		if !found {
			scheme, host = server.Scheme, entry
		}
		if !strings.EqualFold(scheme, server.Scheme) {
			continue
		}
		if !strings.Contains(host, "://") {
			host = "http://" + host
		}
		proxy, err := url.Parse(host)
		if err != nil || proxy.Hostname() == "" || proxy.Scheme != "http" && proxy.Scheme != "https" {
			continue
		}
		if proxy.Port() == "" && proxy.Scheme == "http" {
			proxy.Host += ":80"
		}
		return &url.URL{Scheme: proxy.Scheme, Host: proxy.Host, User: proxy.User}
	}
	return nil
}

func bypassed(list, host string) bool {
	if host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1" {
		return true
	}
	for _, pattern := range strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ';' || r == ' ' || r == '\t' || r == ',' }) {
		if pattern == "<local>" {
			if !strings.ContainsAny(host, ".:") {
				return true
			}
			continue
		}
		if _, rest, found := strings.Cut(pattern, "://"); found {
			pattern = rest
		}
		if matches(pattern, host) {
			return true
		}
	}
	return false
}

// matches compares a host with a pattern in which stars stand for anything; it takes at most their product of steps.
func matches(pattern, host string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == host
	}
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(host, first) || len(host) < len(first)+len(last) || !strings.HasSuffix(host, last) {
		return false
	}
	host = host[len(first) : len(host)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, rest, found := strings.Cut(host, part)
		if !found {
			return false
		}
		host = rest
	}
	return true
}
