package windows

import (
	"net/url"
	"testing"
)

func TestProxiesOfWindows(t *testing.T) {
	server, _ := url.Parse("https://genehound.example.org/api/")
	plain, _ := url.Parse("http://hunt:8080/")
	for _, one := range []struct {
		list, bypass string
		server       *url.URL
		want         string
	}{
		{"proxy:3128", "", server, "http://proxy:3128"},
		{"http=a:80;https=b:8443", "", server, "http://b:8443"},
		{"http=a:80;https=b:8443", "", plain, "http://a:80"},
		{"ftp=a:21", "", server, ""},
		{"proxy", "", server, "http://proxy:80"},
		{"https://proxy:443", "", server, "https://proxy:443"},
		{"proxy:3128", "*.example.org", server, ""},
		{"proxy:3128", "10.*;*.example.com", server, "http://proxy:3128"},
		{"proxy:3128", "<local>", plain, ""},
		{"proxy:3128", "<local>", server, "http://proxy:3128"},
		{"proxy:3128", "gene*.example.*", server, ""},
		{"", "", server, ""},
		{"socks=s:1080", "", server, ""},
	} {
		got := ""
		if proxy := proxyOf(one.list, one.bypass, one.server); proxy != nil {
			got = proxy.String()
		}
		if got != one.want {
			t.Errorf("%q without %q: got %q, want %q", one.list, one.bypass, got, one.want)
		}
	}
}

func FuzzProxy(f *testing.F) {
	server, _ := url.Parse("https://genehound.example.org/api/")
	f.Add("http=a:80;https=b:8443", "*.a;<local>;b*c*")
	f.Fuzz(func(t *testing.T, list, bypass string) {
		if proxy := proxyOf(list, bypass, server); proxy != nil && proxy.Host == "" {
			t.Fatal("a proxy without a host")
		}
	})
}
