//go:build windows

package windows

import (
	"fmt"
	"net/url"

	"genehound/scanner/internal/winapi"
)

// SystemProxy is the proxy by which Windows reaches a server, nil where it needs none: the user's settings, their script
// included, then those of the machine. An error tells that a script should have been asked and could not be.
func SystemProxy(server *url.URL) (*url.URL, error) {
	if bypassed("", server.Hostname()) {
		return nil, nil
	}
	var trouble error
	user, err := winapi.UserProxy()
	if err == nil && (user.Script != "" || user.Detect) {
		found, err := winapi.ScriptProxy(user, server.String())
		if err == nil {
			return proxyOf(found.Proxies, found.Bypass, server), nil
		}
		// Looking for a script that nobody offers is no trouble: it is Windows's default.
		if user.Script != "" {
			trouble = fmt.Errorf("Windows could not run the proxy script %s: %w", user.Script, err)
		}
	}
	if err == nil && user.Proxies != "" {
		return proxyOf(user.Proxies, user.Bypass, server), trouble
	}
	machine, err := winapi.MachineProxy()
	if err != nil {
		return nil, trouble
	}
	return proxyOf(machine.Proxies, machine.Bypass, server), trouble
}
