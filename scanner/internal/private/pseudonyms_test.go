package private

import (
	"strings"
	"testing"
)

func TestPseudonyms(t *testing.T) {
	p, other := New([]byte("a key of sixteen bytes")), New([]byte("another key of the like"))
	ann := p.User("ann")
	for _, tt := range []struct{ got, want string }{
		{p.User("Ann"), ann}, {p.User("root"), "root"}, {p.User(`NT AUTHORITY\SYSTEM`), `NT AUTHORITY\SYSTEM`}, {p.User(ann), ann},
		{p.Path("/usr/lib/libc.so.6"), "/usr/lib/libc.so.6"},
		{p.Path("/home/ann"), "/home/" + ann},
		{p.Path("/home/ann/x.so"), "/home/" + ann + "/" + p.of("file", "x") + ".so"},
		{p.Path("/home/ann/x.so (deleted)"), "/home/" + ann + "/" + p.of("file", "x") + ".so (deleted)"},
		{p.Path(`C:\Users\Ann\a b.exe`), `C:\Users\` + ann + `\` + p.of("file", "a b") + ".exe"},
		{p.Text(`goes to C:\USERS\ann\x.dll; and "/home/ann/y" too`), `goes to C:\USERS\` + ann + `\` + p.of("file", "x") + `.dll; and "/home/` + ann + "/" + p.of("file", "y") + `" too`},
		{p.CommandLine("/usr/bin/vi /home/ann/x"), "/usr/bin/vi " + p.of("arguments", "/home/ann/x")},
		{p.CommandLine(`"C:\Program Files\x.exe" -a`), `"C:\Program Files\x.exe" ` + p.of("arguments", "-a")},
		{p.CommandLine("sleep"), "sleep"},
		{p.Path("/var/spool/cron/ann"), "/var/spool/cron/" + ann},
		{p.Path("/var/spool/cron/crontabs/ann"), "/var/spool/cron/crontabs/" + ann},
		{p.CommandLine("/var/spool/cron/ann: /bin/x y"), "/var/spool/cron/" + ann + ": " + p.of("arguments", "/bin/x y")},
		{p.Path(`HKU\S-1-5-21-1-2-3-1001_Classes\Run\x`), `HKU\` + p.of("sid", "s-1-5-21-1-2-3-1001") + `_Classes\Run\x`},
		{p.Path(`HKU\S-1-5-18\Run`), `HKU\S-1-5-18\Run`},
		{p.Text("of s-1-12-1-7-8 and S-1-5-21-9"), "of " + p.of("sid", "s-1-12-1-7-8") + " and " + p.of("sid", "s-1-5-21-9")},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
	if other.User("ann") == ann {
		t.Error("another key gives the same pseudonym")
	}
}

// FuzzNoNameIsLeft: wherever a profile's path stands in a text, its owner and its files are gone.
func FuzzNoNameIsLeft(f *testing.F) {
	f.Add("see ", "; x")
	f.Add("\xff/home/", "/Users/x")
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(before+after, "qzx") {
			return
		}
		p := New([]byte("a key of sixteen bytes"))
		for _, path := range []string{"/home/qzxann/qzxfile", `C:\Users\qzxann\qzxfile`, "/var/spool/cron/qzx"} {
			for _, text := range []string{p.Path(before + path), p.Text(before + path + after)} {
				if strings.Contains(text, "qzx") {
					t.Errorf("%q is left in %q", "qzx", text)
				}
			}
		}
	})
}
