package detect

import (
	"strings"
	"testing"
)

func TestSecurityProductsAreNamed(t *testing.T) {
	for path, want := range map[string]string{
		`C:\Windows\System32\umppc19003.dll`: "CrowdStrike Falcon", `C:\x\UMPPC.DLL`: "CrowdStrike Falcon",
		`C:\Program Files\SentinelOne\Sentinel Agent 23.3\InProcessClient64.dll`: "SentinelOne", `C:\umppc.dll\evil.dll`: "", "": "",
		`C:\x\umppc`: "", "/usr/lib/libc.so.6": "", `sysfer.dll`: "Symantec Endpoint Protection",
	} {
		if got := productOf(path); got != want {
			t.Errorf("%s: got %q", path, got)
		}
	}
	area := Area{Name: `C:\Windows\System32\umppc19003.dll`, Module: true}
	if got := area.String(); !strings.HasSuffix(got, "umppc19003.dll (a name that CrowdStrike Falcon uses)") {
		t.Errorf("got %s", got)
	}
}

func TestTheTableOfProductsIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, one := range products {
		if one.file != strings.ToLower(one.file) || seen[one.file] || one.product == "" || one.source == "" || strings.Count(one.file, "*") > 1 {
			t.Errorf("%+v", one)
		}
		seen[one.file] = true
	}
}
