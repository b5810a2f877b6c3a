package wire_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"genehound/scanner/internal/model"
	"genehound/scanner/internal/wire"
)

var update = flag.Bool("update", false, "write the golden messages anew")

// golden is read by the contract's tests, too: each message must be what its schema says.
const golden = "../../../packages/contract/golden"

// captured keeps the messages under the names that an offline directory gives them.
type captured struct{ files map[string][]byte }

func (c *captured) Send(message wire.Message) ([]wire.Artifact, error) {
	var body bytes.Buffer
	err := wire.Encode(&body, message.Body)
	c.files[strings.Replace(message.File, "%d", "1", 1)] = body.Bytes()
	return nil, err
}

func (c *captured) Binary(wire.Artifact, func() (io.ReadCloser, error)) error { return nil }

func (c *captured) Problems() []model.Problem {
	return []model.Problem{wire.Problem(model.ReasonLimit, "the server refused file %s: 413", hashOf("d"))}
}

func hashOf(digit string) string { return strings.Repeat(digit, 64) }

func to[T any](value T) *T { return &value }

// sendEverything sends one of each message, with every field that there is.
func sendEverything(t *testing.T, carrier wire.Carrier) {
	t.Helper()
	clock := func() time.Time { return time.Unix(1_790_000_000, 0).In(time.FixedZone("", 2*60*60)) }
	scanner := wire.ManifestScanner{Version: "1.2.3", Platform: "linux/amd64", SHA256: hashOf("f")}
	account := wire.NewAccount(carrier, scanner, clock, true, true)
	sink := wire.NewSink(account)
	_, filesError := sink.Files(goldenFiles)
	_, dumpsError := sink.MemoryDumps(goldenDumps)
	for _, err := range []error{
		sink.HostInfo(goldenHost), sink.Identity(goldenIdentity), sink.ScheduledTasks(goldenTasks),
		sink.Autoruns(goldenAutoruns), sink.Processes(goldenProcesses),
		sink.LoadedModules(goldenModules), filesError, sink.ModuleDifferences(goldenDifferences),
		sink.InjectedModules([]model.InjectedModule{{BaseAddress: 0x7ffe_dead_b000, PID: 1234}}), dumpsError,
		sink.Regions(goldenRegions), sink.Findings(goldenFindings), sink.Coverage(goldenCoverage), sink.End(goldenEnd),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	info := wire.Message{File: "scanner_info.json", Body: goldenScanner}
	if _, err := carrier.Send(info); err != nil {
		t.Fatal(err)
	}
}

func TestMessagesAreThoseOfTheContract(t *testing.T) {
	got := &captured{files: map[string][]byte{}}
	sendEverything(t, got)
	if *update {
		if err := os.MkdirAll(golden, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, body := range got.files {
			if err := os.WriteFile(filepath.Join(golden, name), body, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	there, err := filepath.Glob(filepath.Join(golden, "*.json"))
	if err != nil || len(there) != len(got.files) {
		t.Errorf("%d golden messages for %d: %v", len(there), len(got.files), err)
	}
	for name, body := range got.files {
		want, err := os.ReadFile(filepath.Join(golden, name))
		if err != nil || !bytes.Equal(body, want) {
			t.Errorf("%s differs (go test ./internal/wire -update writes it anew): %v\n%s", name, err, body)
		}
	}
}

// TestTheGoldenMessagesUseEveryField keeps a field from being added without being shown to the contract.
func TestTheGoldenMessagesUseEveryField(t *testing.T) {
	for _, value := range []any{
		goldenHost, goldenIdentity, goldenTasks, goldenAutoruns, goldenProcesses, goldenModules, goldenFiles, goldenDifferences, goldenDumps,
		goldenRegions, goldenFindings, goldenCoverage, goldenEnd, goldenScanner,
	} {
		used := map[string]bool{}
		visit(reflect.ValueOf(value), used)
		for field, isUsed := range used {
			if !isUsed {
				t.Errorf("%s is nowhere set", field)
			}
		}
	}
}

// visit notes for each field of each record whether any record sets it.
func visit(value reflect.Value, used map[string]bool) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			visit(value.Elem(), used)
		}
	case reflect.Slice:
		for i := 0; i < value.Len(); i++ {
			visit(value.Index(i), used)
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			visit(value.MapIndex(key), used)
		}
	case reflect.Struct:
		for i := 0; i < value.NumField(); i++ {
			if value.Field(i).Kind() == reflect.Bool && value.Type().Field(i).Tag.Get("json") == "-" {
				continue // it does not travel
			}
			name := value.Type().String() + "." + value.Type().Field(i).Name
			used[name] = used[name] || !value.Field(i).IsZero()
			visit(value.Field(i), used)
		}
	}
}
