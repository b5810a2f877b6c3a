package seal

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

func TestRecipients(t *testing.T) {
	if _, err := ParseRecipient(recipient); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"", "age1", recipient[:len(recipient)-1], strings.Replace(recipient, "zv", "vz", 1), strings.ToUpper(recipient), recipient + "q",
		"age-secret-key-1" + recipient[4:], strings.Replace(recipient, "z", "b", 1),
	} {
		if _, err := ParseRecipient(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// The yardstick is age itself: what is sealed here opens there, whatever its length and the pieces it came in.
func TestAgeOpensWhatIsSealed(t *testing.T) {
	age, err := exec.LookPath("age")
	keygen, also := exec.LookPath("age-keygen")
	if err != nil || also != nil {
		t.Skip("age is not installed")
	}
	directory := t.TempDir()
	identity := filepath.Join(directory, "key")
	if out, err := exec.Command(keygen, "-o", identity).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	public, err := exec.Command(keygen, "-y", identity).Output()
	if err != nil {
		t.Fatal(err)
	}
	to, err := ParseRecipient(strings.TrimSpace(string(public)))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 17} {
		content := bytes.Repeat([]byte("0123456789abcde\x00"), size/16+1)[:size]
		var sealed bytes.Buffer
		w, err := NewWriter(&sealed, to)
		if err != nil {
			t.Fatal(err)
		}
		for rest := content; len(rest) > 0; {
			n := min(len(rest), 1+len(rest)/3)
			if written, err := w.Write(rest[:n]); written != n || err != nil {
				t.Fatal(written, err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("x")); err == nil {
			t.Error("a closed file takes more")
		}
		path := filepath.Join(directory, "sealed")
		if err := os.WriteFile(path, sealed.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		opened, err := exec.Command(age, "-d", "-i", identity, path).Output()
		if err != nil || !bytes.Equal(opened, content) {
			t.Errorf("%d bytes: %d come back, %v", size, len(opened), err)
		}
		if size > 16 && bytes.Contains(sealed.Bytes(), content[:16]) {
			t.Error("the content shows")
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestAFullDiskIsAnError(t *testing.T) {
	to, err := ParseRecipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewWriter(full{}, to); err == nil {
		t.Error("the header was not written")
	}
}

func FuzzRecipient(f *testing.F) {
	f.Add(recipient)
	f.Add("age1")
	f.Fuzz(func(t *testing.T, text string) {
		if to, err := ParseRecipient(text); err == nil && len(to.key.Bytes()) != 32 {
			t.Error("a key of another length")
		}
	})
}
