//go:build windows

package windows

import (
	"net"

	"genehound/scanner/internal/winapi"
)

const maxAddresses = 256

// machineID is the id that Windows makes when it is installed.
func machineID() string {
	key, err := winapi.LocalMachine.Open(`SOFTWARE\Microsoft\Cryptography`)
	if err != nil {
		return ""
	}
	defer key.Close()
	id, _ := key.Value("MachineGuid")
	return id.Text()
}

// addresses lists the machine's own, without loopback and link-local ones.
func addresses() []string {
	var found []string
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, address := range all {
		network, ok := address.(*net.IPNet)
		if ok && !network.IP.IsLoopback() && !network.IP.IsLinkLocalUnicast() && len(found) < maxAddresses {
			found = append(found, network.IP.String())
		}
	}
	return found
}

// PeakMemory is this program's largest working set in bytes.
func (s *System) PeakMemory() uint64 { return winapi.PeakWorkingSet() }
