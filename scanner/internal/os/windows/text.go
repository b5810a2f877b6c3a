package windows

import (
	"strconv"
	"strings"

	"genehound/scanner/internal/model"
)

// clip makes text valid and at most limit bytes long, as the contract demands.
func clip(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func partial(check model.CheckName, reason model.Reason, details string) model.Check {
	return model.Check{Check: check, State: model.StatePartial, Reason: reason, Details: clip(details, model.MaxText)}
}

func notPossible(check model.CheckName, reason model.Reason, details string) model.Check {
	return model.Check{Check: check, State: model.StateNotPossible, Reason: reason, Details: clip(details, model.MaxText)}
}

func done(check model.CheckName) model.Check {
	return model.Check{Check: check, State: model.StateDone}
}

// baseName is the last part of a Windows path, in lower case.
func baseName(path string) string {
	if at := strings.LastIndexAny(path, `\/`); at >= 0 {
		path = path[at+1:]
	}
	return strings.ToLower(path)
}

// integrityName names an integrity level (winnt.h, SECURITY_MANDATORY_*_RID).
func integrityName(level uint32) string {
	switch {
	case level >= 0x4000:
		return "system"
	case level >= 0x3000:
		return "high"
	case level >= 0x2000:
		return "medium"
	case level >= 0x1000:
		return "low"
	default:
		return "untrusted"
	}
}

// isSecurityAuthority recognises LSASS by the path from which the kernel starts it.
func isSecurityAuthority(path *string) bool {
	return path != nil && strings.HasSuffix(strings.ToLower(*path), `\system32\lsass.exe`)
}

// isTrustedOwner tells whether what belongs to an account is safe to be written to: the system's, the administrators' or our own.
func isTrustedOwner(owner, own string) bool {
	return owner == "S-1-5-18" || owner == "S-1-5-32-544" || owner == own && own != ""
}
