package detect

import "testing"

func TestMasquerade(t *testing.T) {
	for _, tt := range []struct {
		name, commandLine string
		want              bool
	}{
		{"memfd:kworkerx", "[kworker/1:2]\x00", true},
		{"kworker/0:3", "/tmp/x\x00", true},
		{"x", "[kdmtmpflush]\x00", true},
		{"x", "[kworker/u8:0-events]", true},
		{"x", "[kworker/0:1]\x00-d\x00", true},
		{"kthreadd", "", true},
		{"ksoftirqd/0", "a\x00", true},
		{"nfsd", "/usr/sbin/nfsd\x00", false},
		{"celery", "[celeryd: celery@host:MainProcess] -active- (worker)", false},
		{"celery", "[celeryd: host]", false},
		{"watchdog-mux", "/usr/sbin/watchdog-mux\x00", false},
		{"netnsd", "/usr/bin/netnsd", false},
		{"bash", "-bash\x00", false},
		{"writebackd", "x", false},
		{"[", "[\x00-f\x00/etc/passwd\x00]\x00", false},
		{"test", "[]", false},
		{"kswapd0", "x", true},
	} {
		if sentence, got := Masquerade(tt.name, tt.commandLine); got != tt.want {
			t.Errorf("%q %q: got %v (%s)", tt.name, tt.commandLine, got, sentence)
		}
	}
}

func FuzzMasquerade(f *testing.F) {
	f.Add("kworker/0:0", "[a]\x00")
	f.Fuzz(func(t *testing.T, name, commandLine string) {
		if sentence, found := Masquerade(name, commandLine); found && sentence == "" {
			t.Error("a finding without a sentence")
		}
	})
}
