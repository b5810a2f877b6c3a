//go:build windows

package winapi

import (
	"syscall"
	"unsafe"
)

// ProxySettings are what Windows says of one address: a list of proxies, of hosts to reach without, or a script that
// decides.
type ProxySettings struct {
	Proxies, Bypass string
	Script          string
	Detect          bool
}

// wideAt reads text that Windows allocated; the few bytes stay until the program ends.
func wideAt(p *uint16) string {
	if p == nil {
		return ""
	}
	const longest = 1 << 16
	units := unsafe.Slice(p, longest)
	for i := range units {
		if units[i] == 0 {
			return syscall.UTF16ToString(units[:i])
		}
	}
	return ""
}

// UserProxy are the settings of the user as whom this program runs.
func UserProxy() (ProxySettings, error) {
	w, err := openSystemLibrary("winhttp.dll")
	if err != nil {
		return ProxySettings{}, err
	}
	var config struct {
		detect                  int32
		script, proxies, bypass *uint16
	}
	if _, err := w.call("WinHttpGetIEProxyConfigForCurrentUser", uintptr(unsafe.Pointer(&config))); err != nil {
		return ProxySettings{}, err
	}
	return ProxySettings{wideAt(config.proxies), wideAt(config.bypass), wideAt(config.script), config.detect != 0}, nil
}

type proxyInformation struct {
	access          uint32
	proxies, bypass *uint16
}

// MachineProxy are the settings that hold for services (netsh winhttp).
func MachineProxy() (ProxySettings, error) {
	w, err := openSystemLibrary("winhttp.dll")
	if err != nil {
		return ProxySettings{}, err
	}
	var found proxyInformation
	if _, err := w.call("WinHttpGetDefaultProxyConfiguration", uintptr(unsafe.Pointer(&found))); err != nil {
		return ProxySettings{}, err
	}
	return ProxySettings{Proxies: wideAt(found.proxies), Bypass: wideAt(found.bypass)}, nil
}

// ScriptProxy lets Windows run the script that decides, given or looked for in the network, for an address.
func ScriptProxy(settings ProxySettings, address string) (ProxySettings, error) {
	w, err := openSystemLibrary("winhttp.dll")
	if err != nil {
		return ProxySettings{}, err
	}
	const direct, detect, byURL, everywhere = 1, 1, 2, 3
	session, err := w.call("WinHttpOpen", 0, direct, 0, 0, 0)
	if err != nil {
		return ProxySettings{}, err
	}
	defer w.call("WinHttpCloseHandle", session)
	options := struct {
		flags, detect      uint32
		script             *uint16
		reserved           uintptr
		reserved32, logsOn uint32
	}{flags: detect, detect: everywhere}
	if settings.Script != "" {
		options.flags, options.detect, options.script = byURL, 0, text(settings.Script)
	}
	var found proxyInformation
	if _, err := w.call("WinHttpGetProxyForUrl", session, uintptr(unsafe.Pointer(text(address))), uintptr(unsafe.Pointer(&options)), uintptr(unsafe.Pointer(&found))); err != nil {
		return ProxySettings{}, err
	}
	return ProxySettings{Proxies: wideAt(found.proxies), Bypass: wideAt(found.bypass)}, nil
}
