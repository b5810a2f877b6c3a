package http1

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
)

// Numbers of RFC 1928 and RFC 1929.
const (
	socksVersion      = 5
	socksNoPassword   = 0
	socksPassword     = 2
	socksConnect      = 1
	socksIPv4         = 1
	socksName         = 3
	socksIPv6         = 4
	passwordVersion   = 1
	maxSocksTextBytes = 255
)

// socks asks a SOCKS5 proxy for a connection; the proxy resolves the name.
func (c *connection) socks(address *url.URL, user *url.Userinfo) error {
	port := address.Port()
	if port == "" {
		port = defaultPorts[address.Scheme]
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || len(address.Hostname()) > maxSocksTextBytes {
		return errors.New("the server's address is none that a SOCKS proxy can reach")
	}
	if err := c.socksGreeting(user); err != nil {
		return err
	}
	request := []byte{socksVersion, socksConnect, 0, socksName, byte(len(address.Hostname()))}
	request = binary.BigEndian.AppendUint16(append(request, address.Hostname()...), uint16(number))
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	var head [4]byte
	if _, err := io.ReadFull(c.reader, head[:]); err != nil {
		return err
	}
	if head[0] != socksVersion {
		return &ProxyError{0, "it is no SOCKS5 proxy"}
	}
	if head[1] != 0 {
		return &ProxyError{0, fmt.Sprintf("SOCKS error %d", head[1])}
	}
	return c.skipSocksAddress(head[3])
}

func (c *connection) socksGreeting(user *url.Userinfo) error {
	methods := []byte{socksVersion, 1, socksNoPassword}
	if user != nil {
		methods = []byte{socksVersion, 2, socksNoPassword, socksPassword}
	}
	if _, err := c.conn.Write(methods); err != nil {
		return err
	}
	var answer [2]byte
	if _, err := io.ReadFull(c.reader, answer[:]); err != nil {
		return err
	}
	switch {
	case answer[0] != socksVersion:
		return &ProxyError{0, "it is no SOCKS5 proxy"}
	case answer[1] == socksNoPassword:
		return nil
	case answer[1] != socksPassword || user == nil:
		return &ProxyError{0, "it wants credentials, or another kind of them"}
	}
	password, _ := user.Password()
	if len(user.Username()) > maxSocksTextBytes || len(password) > maxSocksTextBytes {
		return &ProxyError{0, "the credentials are too long for SOCKS"}
	}
	request := append([]byte{passwordVersion, byte(len(user.Username()))}, user.Username()...)
	request = append(append(request, byte(len(password))), password...)
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	if _, err := io.ReadFull(c.reader, answer[:]); err != nil {
		return err
	}
	if answer[1] != 0 {
		return &ProxyError{0, "it refuses the credentials"}
	}
	return nil
}

// skipSocksAddress reads over the address that the proxy is bound to.
func (c *connection) skipSocksAddress(kind byte) error {
	size := 0
	switch kind {
	case socksIPv4:
		size = 4
	case socksIPv6:
		size = 16
	case socksName:
		length, err := c.reader.ReadByte()
		if err != nil {
			return err
		}
		size = int(length)
	default:
		return &ProxyError{0, "its answer is no SOCKS5"}
	}
	_, err := c.reader.Discard(size + 2)
	return err
}
