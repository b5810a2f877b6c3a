package codetest

import (
	"debug/pe"
	"path/filepath"
	"testing"
)

// narrowSections returns the code and the data of a 32-bit PE file.
func narrowSections(t *testing.T, path string) (code, data []byte) {
	t.Helper()
	file, err := pe.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, s := range file.Sections {
		content, err := s.Data()
		if err != nil {
			continue
		}
		switch s.Name {
		case ".text":
			code = content[:min(len(content), int(s.VirtualSize))]
		case ".rdata", ".data", ".eh_frame", ".rsrc", ".edata", ".reloc":
			data = append(data, content...)
		}
	}
	return code, data
}

func narrowLibraries(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/gcc/i686-w64-mingw32/*/*.dll")
	if err != nil || len(found) == 0 {
		t.Skip("Debian's gcc-mingw-w64-i686 is not there: no 32-bit code for Windows")
	}
	return found
}

func TestRealCodeOf32BitsIsAccepted(t *testing.T) {
	for _, path := range narrowLibraries(t) {
		code, data := narrowSections(t, path)
		r, d := measureAll(X86, code), measureAll(X86, data)
		t.Logf("%-22s code %v", filepath.Base(path), r)
		t.Logf("%-22s data %v", filepath.Base(path), d)
		if r.share() < 0.92 || d.share() > 0.0005 {
			t.Errorf("%s: %.2f %% of the code and %.2f %% of the data pass", path, 100*r.share(), 100*d.share())
		}
		// The other decoder gets less of it: otherwise this one would not be needed.
		if wide := measureAll(X8664, code); wide.share() >= r.share() {
			t.Errorf("%s: as 64-bit code %.2f %% pass", path, 100*wide.share())
		}
	}
}
