//go:build linux

package linux

import (
	"net"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"

	"genehound/scanner/internal/model"
)

func readLine(path string) string {
	content, _, err := readBounded(path, 4096)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(content), "\n")
	return clip(strings.TrimSpace(line), model.MaxName)
}

// HostInfo describes the machine; what cannot be read is left out.
func (s *System) HostInfo() model.HostInfo {
	name, _ := os.Hostname()
	info := model.HostInfo{
		ComputerName: clip(name, model.MaxName), FQDN: clip(fullName(name), model.MaxName), CPUCount: runtime.NumCPU(),
		OSVersion: osVersion(), SystemType: "64", MachineID: machineID(), Kernel: readLine(proc + "/sys/kernel/osrelease"),
	}
	if content, _, err := readBounded(proc+"/meminfo", 64<<10); err == nil {
		for _, line := range strings.Split(string(content), "\n") {
			fields := strings.Fields(line)
			if len(fields) >= 2 && fields[0] == "MemTotal:" {
				if kilobytes, err := strconv.ParseUint(fields[1], 10, 54); err == nil {
					info.TotalPhysicalMemory = kilobytes * 1024
				}
			}
		}
	}
	return info
}

// osVersion is the distribution and its version as one word: debian_12.
func osVersion() string {
	values := map[string]string{}
	for _, path := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		content, _, err := readBounded(path, 64<<10)
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(content), "\n") {
			if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found {
				values[name] = strings.Trim(value, `"'`)
			}
		}
		break
	}
	id := values["ID"]
	if id == "" {
		id = "linux"
	}
	if version := values["VERSION_ID"]; version != "" {
		id += "_" + version
	}
	return clip(id, model.MaxName)
}

func machineID() string {
	for _, path := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		if id := readLine(path); id != "" && id != "uninitialized" {
			return id
		}
	}
	return ""
}

// fullName finds the host's qualified name without asking the network: a name server may be the attacker's, or slow.
func fullName(name string) string {
	if strings.Contains(name, ".") || name == "" {
		return name
	}
	if content, _, err := readBounded("/etc/hosts", 1<<20); err == nil {
		for _, line := range strings.Split(string(content), "\n") {
			line, _, _ = strings.Cut(line, "#")
			fields := strings.Fields(line)
			for i := 1; i < len(fields); i++ {
				if strings.HasPrefix(fields[i], name+".") {
					return fields[i]
				}
			}
		}
	}
	if domain := domainName(); domain != "" {
		return name + "." + domain
	}
	return name
}

func domainName() string {
	if domain := readLine(proc + "/sys/kernel/domainname"); domain != "" && domain != "(none)" {
		return domain
	}
	return ""
}

// Identity says which endpoint this is.
func (s *System) Identity() model.Identity {
	name, _ := os.Hostname()
	identity := model.Identity{
		Version: model.MessageVersion, MachineID: machineID(), HostName: clip(name, model.MaxName),
		HardwareUUID: readLine("/sys/class/dmi/id/product_uuid"),
	}
	identity.Domain = clip(domainName(), model.MaxName)
	if _, domain, found := strings.Cut(fullName(name), "."); found && identity.Domain == "" {
		identity.Domain = clip(domain, model.MaxName)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return identity
	}
	for _, address := range addresses {
		network, ok := address.(*net.IPNet)
		if !ok || network.IP.IsLoopback() {
			continue
		}
		identity.Addresses = append(identity.Addresses, network.IP.String())
	}
	sort.Strings(identity.Addresses)
	const maxAddresses = 256
	if len(identity.Addresses) > maxAddresses {
		identity.Addresses = identity.Addresses[:maxAddresses]
	}
	return identity
}
