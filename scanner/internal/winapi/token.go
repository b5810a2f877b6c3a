//go:build windows

package winapi

import (
	"syscall"
	"unsafe"
)

var (
	adjustTokenPrivileges = advapi32.NewProc("AdjustTokenPrivileges")
	lookupPrivilegeValue  = advapi32.NewProc("LookupPrivilegeValueW")
	getSubAuthorityCount  = advapi32.NewProc("GetSidSubAuthorityCount")
	getSubAuthority       = advapi32.NewProc("GetSidSubAuthority")
)

const (
	tokenAdjust         = 0x20
	classPrivileges     = 3
	classIntegrityLevel = 25
	privilegeEnabled    = 2
)

// Account is as whom a process runs, and the last part of its integrity level's identifier.
func Account(process Handle) (user string, integrity uint32, err error) {
	var token syscall.Token
	if err := syscall.OpenProcessToken(process, syscall.TOKEN_QUERY, &token); err != nil {
		return "", 0, err
	}
	defer token.Close()
	owner, err := token.GetTokenUser()
	if err != nil {
		return "", 0, err
	}
	var label [256]byte // TOKEN_MANDATORY_LABEL: begins with a pointer to the identifier
	size := uint32(len(label))
	if syscall.GetTokenInformation(token, classIntegrityLevel, &label[0], size, &size) == nil {
		sid := *(*uintptr)(unsafe.Pointer(&label[0]))
		if n, _, _ := getSubAuthorityCount.Call(sid); n != 0 {
			count := *(*byte)(pointer(n))
			if last, _, _ := getSubAuthority.Call(sid, uintptr(count)-1); count > 0 && last != 0 {
				integrity = *(*uint32)(pointer(last))
			}
		}
	}
	return accountName(owner.User.Sid), integrity, nil
}

func accountName(sid *syscall.SID) string {
	account, domain, _, err := sid.LookupAccount("")
	if err == nil {
		return domain + `\` + account
	}
	plain, err := sid.String()
	if err != nil {
		return ""
	}
	return plain
}

// AccountOf is the name of the account with a security identifier, or the identifier where nobody knows it.
func AccountOf(identifier string) string {
	sid, err := syscall.StringToSid(identifier)
	if err != nil {
		return identifier
	}
	return accountName(sid)
}

// privileges is TOKEN_PRIVILEGES with one entry.
type privileges struct {
	count      uint32
	low, high  uint32
	attributes uint32
}

// Enable switches on a privilege of this program; false where it does not hold it.
func Enable(name string) bool {
	var token syscall.Token
	if syscall.OpenProcessToken(CurrentProcess, tokenAdjust|syscall.TOKEN_QUERY, &token) != nil {
		return false
	}
	defer token.Close()
	wanted := privileges{count: 1, attributes: privilegeEnabled}
	if ok, _, _ := lookupPrivilegeValue.Call(0, uintptr(unsafe.Pointer(text(name))), uintptr(unsafe.Pointer(&wanted.low))); ok == 0 {
		return false
	}
	if ok, _, _ := adjustTokenPrivileges.Call(uintptr(token), 0, uintptr(unsafe.Pointer(&wanted)), unsafe.Sizeof(wanted), 0, 0); ok == 0 {
		return false
	}
	// The call also succeeds where the token lacks the privilege: ask what is enabled now.
	return isEnabled(token, wanted.low, wanted.high)
}

func isEnabled(token syscall.Token, low, high uint32) bool {
	var size uint32
	// The first call only tells how much room is needed.
	_ = syscall.GetTokenInformation(token, classPrivileges, nil, 0, &size)
	if size < 4 {
		return false
	}
	buffer := make([]uint32, (size+3)/4)
	if syscall.GetTokenInformation(token, classPrivileges, (*byte)(unsafe.Pointer(&buffer[0])), size, &size) != nil {
		return false
	}
	for held := buffer[1:]; len(held) >= 3; held = held[3:] {
		if held[0] == low && held[1] == high {
			return held[2]&privilegeEnabled != 0
		}
	}
	return false
}
